"""Whatever is handed in is graded or refused in a sentence, and nothing of it touches the disk (row G)."""

import json
import os
import struct
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from grader.intake import Unreadable, read_submission
from grader.record import Record
from grader.store import Store

from ..grader.intake.packing import gzipped, notebook, tarred, tarred_kind, zipped, zipped_kind
from .handed_in import HERE

RIGHT = "def attacked(x):\n    return x * x + 1\n\n\ndef untouched(x):\n    return 2 * x\n"
SOURCE = RIGHT.encode()


def overlapping() -> bytes:
    """Two entries of a zip that share their bytes."""
    data = bytearray(zipped({"target.py": SOURCE, "a.txt": b"x" * 40}))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(data)


def lying() -> bytes:
    """An entry that is larger than it says."""
    data = bytearray(zipped({"target.py": SOURCE * 2000}))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 100)
    return bytes(data)


@dataclass(frozen=True)
class Handed:
    """A file as handed in: its row, its bytes, and the words of the refusal; none where it is graded."""

    row: str
    data: bytes
    refused: str = ""


TOUCH = "touch THROUGH"
MAGICS = f"!{TOUCH}", f"%%bash\n{TOUCH}", "%load /etc/passwd", f"get_ipython().system({TOUCH!r})"
OUTPUT = {"output_type": "display_data", "data": {"text/html": "<script>alert(1)</script>"}, "metadata": {}}
FILES: dict[str, Handed] = {
    "slip.zip": Handed("G1", zipped({"../../THROUGH.py": SOURCE}), "leads out of the archive"),
    "absolute.zip": Handed("G1", zipped({"/tmp/THROUGH.py": SOURCE}), "begins with /"),
    "drive.zip": Handed("G1", zipped({"C:\\THROUGH.py": SOURCE}), "backslash"),
    "share.zip": Handed("G1", zipped({"\\\\srv\\THROUGH.py": SOURCE}), "backslash"),
    "slipped.tar": Handed("G1", tarred({"../THROUGH.py": SOURCE}), "leads out of the archive"),
    "linked.tar": Handed("G2", tarred_kind("target.py", b"2"), "is a link"),
    "hard.tar": Handed("G2", tarred_kind("target.py", b"1"), "is a hard link"),
    "device.tar": Handed("G2", tarred_kind("target.py", b"3"), "is a device"),
    "fifo.tar": Handed("G2", tarred_kind("target.py", b"6"), "is a named pipe"),
    "zipped_link.zip": Handed("G2", zipped_kind("target.py", 0o120777), "is a link"),
    "bomb.zip": Handed("G3", zipped({"target.py": bytes(20 << 20)}), "larger than 1 MiB"),
    "bombs.tar.gz": Handed("G3", gzipped(tarred({"target.py": bytes(20 << 20)})), "unpacks to more than"),
    "overlap.zip": Handed("G3", overlapping(), "is damaged"),
    "lying.zip": Handed("G3", lying(), "is damaged"),
    "many.zip": Handed(
        "G3", zipped({f"{n}.txt": b"" for n in range(10_001)}, zipfile.ZIP_STORED), "10000 files"
    ),
    "nested.zip": Handed("G3", zipped({"inner.zip": zipped({"target.py": SOURCE})}), "was not opened"),
    "twice.zip": Handed("G4", zipped([("target.py", SOURCE), ("target.py", b"1")]), "twice"),
    "case.zip": Handed("G4", zipped({"target.py": SOURCE, "TARGET.PY": b"1"}), "case does not count"),
    "reserved.zip": Handed("G4", zipped({"target.py": SOURCE, "con.py": b"1"}), "Windows keeps"),
    "outputs.ipynb": Handed("G7", notebook(RIGHT, outputs=["x" * (17 << 20)]), "larger than 16 MiB"),
    "deep.ipynb": Handed("G7", notebook(RIGHT, metadata=json.loads("[" * 90 + "]" * 90)), "nested more than"),
    "magics.ipynb": Handed("G7", notebook(*MAGICS, RIGHT)),
    "html.ipynb": Handed("G7", notebook(RIGHT, attachments=[OUTPUT])),
    "old.ipynb": Handed("G7", notebook(RIGHT, version=3)),
    "latin.py": Handed("G8", b"# caf\xe9\n" + SOURCE, "not UTF-8"),
    "wide.py": Handed("G8", RIGHT.encode("utf-16"), "UTF-16"),
    "nul.py": Handed("G8", SOURCE + b"\0", "NUL"),
    "empty.zip": Handed("G8", b"", "is empty"),
    "bom.py": Handed("G8", b"\xef\xbb\xbf" + SOURCE.replace(b"\n", b"\r\n")),
    "long.py": Handed("B26", SOURCE + b"#" * (10 << 20), "larger than 1 MiB"),
    "a_b.py": Handed("G6", SOURCE + b"# one"),
    "a b.py": Handed("G6", SOURCE + b"# two"),
    "%2f..%2falice\n.py": Handed("G5", SOURCE + b"# three"),
    f"{'n' * 240}.py": Handed("G5", SOURCE + b"# four"),
}


@dataclass(frozen=True)
class Intake:
    records: dict[str, Record]
    run: Path
    appeared: set[str]


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    """All of it in one folder, graded by the command, with what cannot be held as bytes."""
    folder = tmp_path_factory.mktemp("intake")
    handed = folder / "class"
    handed.mkdir()
    for name, each in FILES.items():
        (handed / name).write_bytes(each.data)
    os.mkfifo(handed / "pipe.py")
    (handed / "link.py").symlink_to(handed / "a_b.py")
    (handed / "folder.py").mkdir()
    (handed / "inside").mkdir()
    (handed / "inside" / "target.py").symlink_to("/etc/passwd")
    before = set(folder.rglob("*")) | set(Path("/tmp").glob("THROUGH*"))
    command = [sys.executable, "-m", "assay", "grade", str(HERE / "target"), str(handed)]
    options = ["--out", str(folder / "run"), "--sandbox", "process", "--i-trust-these-submissions"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    after = {path for path in folder.rglob("*") if folder / "run" not in (path, *path.parents)}
    with Store(folder / "run" / "results.sqlite", create=False) as store:
        records = {record.submission: record for record in store.latest()}
    appeared = {str(path) for path in (after | set(Path("/tmp").glob("THROUGH*"))) - before}
    return Intake(records, folder / "run", appeared)


EACH = [pytest.param(name, each, id=f"{each.row}-{ascii(name)[1:30]}") for name, each in FILES.items()]


@pytest.mark.parametrize(("name", "each"), EACH)
def test_each_is_taken_or_refused(intake: Intake, name: str, each: Handed) -> None:
    record = intake.records[name]
    if each.refused:
        assert record.status == "unreadable"
        assert each.refused in record.reason
        assert record.reason.isprintable()
        assert record.score == 0
    else:
        assert (record.status, record.score) == ("graded", record.max_score)


@pytest.mark.parametrize(
    ("name", "words"),
    [("pipe.py", "named pipe"), ("link.py", "link"), ("folder.py", "no Python file"), ("inside", "link")],
)
def test_what_is_no_file_is_refused(intake: Intake, name: str, words: str) -> None:  # G8, G9
    record = intake.records[name]
    assert record.status == "unreadable"
    assert words in record.reason


def test_nothing_is_unpacked_or_run(intake: Intake) -> None:  # G1, G2, G7
    assert {path for path in intake.appeared if "THROUGH" in path} == set()


def test_names_are_never_paths(intake: Intake) -> None:  # G5, G6
    slugs = [record.slug for record in intake.records.values()]
    assert len(set(slugs)) == len(slugs)
    pages = {path.stem for path in (intake.run / "report" / "students").iterdir()}
    assert pages == set(slugs)
    assert all(slug.replace("-", "").isalnum() and slug.isascii() and len(slug) < 100 for slug in slugs)


def test_what_was_checked_is_what_is_graded(tmp_path: Path) -> None:  # G10
    """While it is read, the file is replaced without a pause: what is taken is one version, and its hash."""
    versions = [RIGHT + f"# {number} " + "x" * (200 * number) for number in range(40)]
    path = tmp_path / "target.py"
    path.write_text(versions[0])
    stop = threading.Event()

    def replace() -> None:
        while not stop.is_set():
            for number, version in enumerate(versions):
                if number % 2:
                    path.write_text(version)  # in place: torn while it is written
                else:
                    (tmp_path / "next").write_text(version)
                    (tmp_path / "next").rename(path)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        for _ in range(200):
            try:
                submission = read_submission(path, "target.py")
            except Unreadable:
                continue
            text = submission.files["target.py"]
            parts = (b"target.py", text.encode(), b"target.py")
            digest = sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts))
            assert submission.content == digest.hexdigest()
            assert any(version.startswith(text) for version in versions)
    finally:
        stop.set()
        thread.join()
