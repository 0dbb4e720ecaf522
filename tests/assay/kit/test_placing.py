"""A kit's folder: new, or one that only releases have written."""

import json
from pathlib import Path

import pytest

from assay.errors import AssayError
from assay.kit import placing
from assay.kit.placing import place, refuse_others

FILES = {"README.txt": b"one\n", "data/x.csv": b"1\n", "check.pyz": b"PK"}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def without_manifest(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(folder).items() if name != placing.MANIFEST}


@pytest.mark.parametrize("beforehand", ["nothing", "an empty folder"])
def test_a_new_folder(tmp_path: Path, beforehand: str) -> None:
    out = tmp_path / "deep" / "kit"
    if beforehand == "an empty folder":
        out.mkdir(parents=True)
    place(out, "layer", FILES)
    assert without_manifest(out) == FILES
    assert [path.name for path in out.parent.iterdir()] == ["kit"]


def test_a_release_replaces_the_last_and_leaves_what_is_not_of_it(tmp_path: Path) -> None:
    out = tmp_path / "kit"
    place(out, "layer", FILES)
    (out / ".git").mkdir()
    (out / ".git" / "HEAD").write_text("ref")
    place(out, "layer", {"README.txt": b"two\n", "more.py": b"x\n"})
    assert without_manifest(out) == {"README.txt": b"two\n", "more.py": b"x\n", ".git/HEAD": b"ref"}


@pytest.mark.parametrize("name", ["README.txt", "data/x.csv"])
@pytest.mark.parametrize("again", [FILES, {"README.txt": b"two\n"}])
def test_what_somebody_changed_is_not_written_over(
    tmp_path: Path, name: str, again: dict[str, bytes]
) -> None:
    out = tmp_path / "kit"
    place(out, "layer", FILES)
    (out / name).write_bytes(b"mine")
    before = contents(out)
    with pytest.raises(AssayError, match="is not as the kit had it; move it away, or name a new folder"):
        place(out, "layer", again)
    assert contents(out) == before


def test_a_file_in_the_way_of_a_new_one_stays(tmp_path: Path) -> None:
    out = tmp_path / "kit"
    place(out, "layer", FILES)
    (out / "more.py").write_bytes(b"mine")
    with pytest.raises(AssayError, match=r"more\.py is not as the kit had it"):
        place(out, "layer", {**FILES, "more.py": b"ours"})
    assert (out / "more.py").read_bytes() == b"mine"


@pytest.mark.parametrize("beforehand", ["a kit", "an empty folder"])
def test_what_was_cut_off_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beforehand: str
) -> None:
    out = tmp_path / "kit"
    out.mkdir()
    if beforehand == "a kit":
        place(out, "layer", FILES)
    new = {name: data * 2 for name, data in FILES.items()}
    written = placing.put_bytes

    def cut_off(path: Path, data: bytes, mode: int = 0o644) -> None:
        if path.name == "x.csv":
            raise OSError("disk full")
        written(path, data, mode)

    with monkeypatch.context() as patch:
        patch.setattr(placing, "put_bytes", cut_off)
        with pytest.raises(OSError, match="disk full"):
            place(out, "layer", new)
        with pytest.raises(OSError, match="disk full"):
            place(tmp_path / "other", "layer", new)
    assert [path.name for path in tmp_path.iterdir()] == ["kit"]
    place(out, "layer", new)
    assert without_manifest(out) == new


def test_other_folders_and_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.tex").write_text("x")
    place(tmp_path / "kit", "other", FILES)
    for out in (tmp_path / "file", full, tmp_path / "kit"):
        with pytest.raises(AssayError, match=f"{out.name} is there already and is no kit of layer"):
            place(out, "layer", FILES)
    with pytest.raises(AssayError, match="is a file, and no folder to make kit in"):
        refuse_others(tmp_path / "file" / "kit", "layer")
    assert contents(full) == {"thesis.tex": b"x"}


@pytest.mark.parametrize("files", [{"../mine": "0"}, {"/etc/mine": "0"}, [], "x"])
def test_a_manifest_of_somebody_else_s_leads_nowhere(tmp_path: Path, files: object) -> None:
    out = tmp_path / "kit"
    out.mkdir()
    (tmp_path / "mine").write_text("x")
    (out / placing.MANIFEST).write_text(json.dumps({"assignment": "layer", "files": files}))
    if isinstance(files, dict):
        place(out, "layer", FILES)
        assert without_manifest(out) == FILES
    else:
        with pytest.raises(AssayError, match="is no kit of layer"):
            place(out, "layer", FILES)
    assert (tmp_path / "mine").read_text() == "x"
