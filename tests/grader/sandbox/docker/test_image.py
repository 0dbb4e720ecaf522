"""The image: what is in it decides its name, and nothing of a student's is."""

from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.docker import image
from grader.sandbox.docker.engine import EngineError, ImageMissingError
from grader.sandbox.docker.image import Recipe

ROOT = Path(__file__).parents[4]


def pins(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return {
        name.lower().replace("_", "-"): version
        for name, equals, version in (line.partition("==") for line in lines)
        if equals
    }


def test_the_smallest_target_with_the_packages_is_taken() -> None:
    assert Recipe.of(("numpy",)).target == "numpy"
    assert Recipe.of(("torch",)).target == "torch"
    assert Recipe.of(("numpy", "torch"), "mine").base == "mine"
    with pytest.raises(EngineError, match="no image with scipy; it has numpy and torch"):
        Recipe.of(("numpy", "scipy"))


def test_the_base_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_BASE_IMAGE", "theirs")
    assert Recipe.of(("numpy",)).base == "theirs"
    assert Recipe.of(("numpy",), "mine").base == "mine"


def test_the_pins_are_those_of_the_project() -> None:
    """What grades and what is graded are of one version."""
    project = pins(ROOT / "constraints.txt")
    for file in ("numpy", "torch"):
        pinned = pins(Path(image.__file__).parent / "pins" / f"{file}.txt")
        assert pinned
        assert pinned.items() <= project.items()


def test_the_context_is_what_runs_beside_a_student_and_no_more() -> None:
    files = image._files()
    assert {"Dockerfile", "pins/numpy.txt", "grader/sandbox/porter.py", "grader/worker/calls.py"} <= set(
        files
    )
    assert not [path for path in files if "student" in path or "judge" in path or "plan" in path]
    for path, data in files.items():
        if path.endswith(".py"):
            assert b"import suites" not in data
            assert b"import reference" not in data


def test_another_content_is_another_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe.of(("numpy",))
    tags = {image._tag(recipe, "sha256:1"), image._tag(recipe, "sha256:2")}
    tags.add(image._tag(Recipe.of(("torch",)), "sha256:1"))
    files = image._files()
    monkeypatch.setattr(image, "_files", lambda: {**files, "pins/numpy.txt": b"numpy==1.26.4\n"})
    tags.add(image._tag(recipe, "sha256:1"))
    assert len(tags) == 4
    assert image._tag(recipe, "sha256:1") == image._tag(recipe, "sha256:1")


def test_an_image_that_is_there_is_not_built_again(client: Any, tag: str) -> None:
    said: list[str] = []
    assert image.build(client, Recipe.of(("numpy",)), said.append) == tag
    assert said == []
    assert image.find(client, Recipe.of(("numpy",))) == tag


def test_a_base_that_cannot_be_had_is_one_sentence(client: Any) -> None:
    with pytest.raises(EngineError, match="--image or ASSAY_BASE_IMAGE"):
        image.build(client, Recipe.of(("numpy",), "assay-no-such-base:1"))
    with pytest.raises(ImageMissingError):
        image.find(client, Recipe.of(("numpy",), "assay-no-such-base:1"))


def test_a_base_without_python_is_one_sentence(client: Any, tag: str) -> None:
    made = client.import_image_from_data(_empty_tar(), repository="assay-test-empty")
    assert made
    try:
        with pytest.raises(EngineError, match="assay-test-empty"):
            image.build(client, Recipe.of(("numpy",), "assay-test-empty"))
    finally:
        client.remove_image("assay-test-empty", force=True)


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ("write /x: no space left on device", "the engine's disk is full"),
        (
            "The command '/bin/sh -c pip' returned a non-zero code: 1",
            "building the image t failed: .*code: 1",
        ),
    ],
)
def test_a_build_that_fails_says_why(said: str, match: str) -> None:
    with pytest.raises(EngineError, match=match):
        image._told({"error": said}, ["Step 3"], "t", print)


def _empty_tar() -> bytes:
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    return packed.getvalue()
