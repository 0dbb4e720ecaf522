"""What a kit knows: it comes back as it was written, and gives no answer away."""

import ast
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import assignments
from assay.checking import seed_of
from assay.kit.release import sealed
from assay.kit.sealed import Kit, from_bytes, to_bytes
from assay.kit.untold import untold
from grader.plan import make_plan
from grader.planned import PlannedPart
from suites.assignment import Assignment
from tests.assay.kit.conftest import Build

ROOT = Path(__file__).parents[3]
NAMES = [name for name, _ in assignments.bundled()]
CHECKED = ["batchnorm", "convolution", "descent", "dropout", "losses", "mlp"]
LONG = 20  # characters of a line that no two files share by chance


@pytest.fixture(scope="module", params=CHECKED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def lines(folder: Path) -> set[str]:
    """Lines of code that would tell an answer: an oracle's, a variant's, a solution's."""
    files = [*folder.glob("oracle.py"), *folder.glob("variants.py"), *folder.glob("solutions/*.py")]
    files += (ROOT / "reference").glob("*.py")
    told = {line.strip() for file in files for line in file.read_text("utf-8").splitlines()}
    return {line for line in told if len(line) >= LONG and not line.startswith(("from ", "import ", '"""'))}


def held(archive: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(archive) as file:
        for member in file.namelist():
            yield member, file.read(member).decode("utf-8", "replace")


def test_no_line_of_an_answer_is_in_any_member(name: str, kit: Build) -> None:
    secret = lines(assignments.find(name))
    assert len(secret) > 100
    for member, text in held(kit(name) / "check.pyz"):
        assert secret.isdisjoint(line.strip() for line in text.splitlines()), member
        if member.endswith("sealed"):
            assert [line for line in secret if line in text] == []


def test_code_in_it_is_ours_and_that_of_no_assignment(name: str, kit: Build) -> None:
    for member, text in held(kit(name) / "check.pyz"):
        if member not in ("__main__.py", "assay/kit/sealed"):
            assert member.partition("/")[0] in ("assay", "grader", "reports", "suites")
            assert text in ("", (ROOT / member).read_text("utf-8"))


def test_no_mistake_is_named_and_no_hidden_kind_of_input_is_known(name: str, kit: Build) -> None:
    assignment: Assignment = assignments.load(name)
    ((_, text),) = [pair for pair in held(kit(name) / "check.pyz") if pair[0].endswith("sealed")]
    for variant in assignment.all_variants:
        assert variant.words.says.rstrip(".") not in text
        assert variant.id not in text
    assert "def " not in text
    for op in assignment.ops:
        abouts = {regime.about for regime in op.regimes if regime.public}
        for regime in op.regimes:
            assert (f"{op.forward}/{regime.name}/" in text) is regime.public
            assert regime.about not in text or regime.about in abouts or regime.public


def test_it_has_what_the_same_seed_seals(name: str, kit: Build) -> None:
    folder = assignments.find(name)
    plan = make_plan(folder, seed_of(0), public=True)
    back = from_bytes(to_bytes(sealed(folder, 0))).plan
    assert [case.id for case in back.all_cases] == [case.id for case in plan.all_cases]
    for mine, theirs in zip(back.all_cases, plan.all_cases, strict=True):
        assert list(mine.variants) != list(theirs.variants) or not theirs.variants
        for given, value in zip(mine.inputs.values(), theirs.inputs.values(), strict=True):
            assert type(given) is type(value)
            np.testing.assert_array_equal(given, value)
            if isinstance(value, np.ndarray):
                assert given.dtype == value.dtype
                assert given.flags.c_contiguous == value.flags.c_contiguous
        for id, values in zip(mine.variants, theirs.variants.values(), strict=True):
            for tensor, value in values.items():
                np.testing.assert_array_equal(mine.variants[id][tensor], value)
        for tensor, value in theirs.expected.items():
            np.testing.assert_array_equal(mine.expected[tensor], value)
        assert mine.amplification == theirs.amplification
        assert mine.checks == theirs.checks
    assert back.outlines == plan.outlines
    assert [part for part in plan.parts if isinstance(part, PlannedPart)] == list(back.parts)


def test_bytes_come_back_as_the_same_bytes(name: str) -> None:
    data = to_bytes(sealed(assignments.find(name), 0))
    assert to_bytes(from_bytes(data)) == data


@pytest.mark.parametrize("tells", ["symptom", "question", "name"])
def test_a_question_is_known_only_where_it_is_told(tells: str) -> None:
    plan = replace(make_plan(assignments.find("mlp"), b"0", public=True), tells=tells)
    words = untold(plan).grounds.words.values()
    assert words
    assert all(not mistake.says for mistake in words)
    assert any(mistake.hint for mistake in words) is (tells != "symptom")
    assert any(mistake.lecture for mistake in words) is (tells != "symptom")


def test_code_does_not_go_into_it() -> None:
    kit = sealed(assignments.find("mlp"), 0)
    for thing in (len, ast.parse, Assignment("x", "x.py", ())):
        with pytest.raises(TypeError, match="a student kit holds no"):
            to_bytes(Kit(kit.plan, 0, {"x": thing}, {}, "1"))  # type: ignore[dict-item]


def test_parts_are_chosen_with_their_cases_and_what_is_hidden_of_them() -> None:
    kit = sealed(assignments.find("batchnorm"), 0)
    some = kit.only(["inference"])
    assert list(some.plan.cases) == [some.plan.parts[0].op] == list(some.hidden)
    assert sum(outline.points for outline in some.plan.outlines) == Fraction(1)
    assert kit.only([]) is kit
