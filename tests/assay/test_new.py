"""`assay new`: a folder that is proved as it stands, or one sentence and nothing made."""

from pathlib import Path

import pytest

import assignments
from assay import cli
from assay.errors import AssayError
from assay.new import make
from suites.handout import refresh


def test_what_is_made_can_be_loaded_and_its_handout_is_fresh(tmp_path: Path) -> None:
    said = list(make("my_layer", tmp_path / "folder"))
    folder = tmp_path / "folder"
    assignment = assignments.load(folder)
    assert assignment.submit == "my_layer.py"
    assert (folder / "starter" / "my_layer.py").is_file()
    assert len(list((folder / "solutions").glob("*.py"))) == 2
    text = (folder / "handout.md").read_text("utf-8")
    assert refresh(text, assignment) == text
    written = [file for file in folder.rglob("*.*") if file.suffix != ".pyc"]
    assert "{{" not in "".join(file.read_text("utf-8") for file in written)
    assert said[-1] == f"Prove it with: assay validate {folder}"


def test_it_lands_here_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        cli.main(["new", "layer"])
    assert ended.value.code == 0
    assert (tmp_path / "layer" / "assignment.py").is_file()
    assert "starter/layer.py" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["", "My", "two words", "../up", "a-b", "1st", "class", "x" * 41])
def test_a_name_that_is_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="is no name for an assignment"):
        make(name, tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize("name", ["numpy", "json", "sys"])
def test_a_name_that_python_imports_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=rf"{name}\.py would import itself"):
        make(name, tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_a_folder_of_the_same_name_is_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "week1").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    list(make("week1", tmp_path / "week1" / "week1"))
    assert (tmp_path / "week1" / "week1" / "assignment.py").is_file()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(AssayError, match="is there already"):
        make("layer", tmp_path / "there")
    (tmp_path / "file").touch()
    with pytest.raises(AssayError, match="file is a file, and no folder to make layer in"):
        make("layer", tmp_path / "file" / "layer")


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    list(make("layer", tmp_path / "course" / "week1" / "layer"))
    assert (tmp_path / "course" / "week1" / "layer" / "assignment.py").is_file()


def test_what_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assay.new.refresh", failing)
    with pytest.raises(OSError, match="No space"):
        make("layer", tmp_path / "layer")
    assert not (tmp_path / "layer").exists()
