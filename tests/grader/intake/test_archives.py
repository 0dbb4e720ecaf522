"""Archives: what is taken, and each way in which one is refused."""

import random
import re
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.intake import Submission, Unreadable, files, read_submission
from grader.intake.tars import UNPACKED_BYTES

from . import packing
from .packing import gzipped, notebook, tarred, tarred_kind, zipped, zipped_kind

SUBMIT = "layer.py"
SOURCE = b"def forward(x):\n    return x\n"

PACKERS: dict[str, Callable[[packing.Entries], bytes]] = {
    "a.zip": zipped,
    "a.tar": tarred,
    "a.tar.gz": lambda entries: gzipped(tarred(entries)),
    "a.tgz": lambda entries: gzipped(tarred(entries, tarfile.GNU_FORMAT)),
}


@pytest.fixture(params=PACKERS)
def hand_in(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[packing.Entries], Submission]:
    def read(entries: packing.Entries) -> Submission:
        path = tmp_path / request.param
        path.write_bytes(PACKERS[request.param](entries))
        return read_submission(path, SUBMIT)

    return read


HandIn = Callable[[packing.Entries], Submission]


def refusal(tmp_path: Path, name: str, data: bytes) -> str:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Unreadable) as caught:
        read_submission(tmp_path / name, SUBMIT)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) <= 300
    return message


# --------------------------------------------------------------------------- taken


def test_an_archive_is_what_it_holds(hand_in: HandIn) -> None:
    submission = hand_in({SUBMIT: SOURCE, "more/things.py": b"y = 1\n"})
    assert submission.files == {SUBMIT: SOURCE.decode(), "more/things.py": "y = 1\n"}
    assert (submission.student, submission.slug, submission.notes) == ("a", "a", ())


def test_an_archive_and_a_folder_of_the_same_files_are_the_same(hand_in: HandIn, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / SUBMIT).write_bytes(SOURCE)
    assert hand_in({SUBMIT: SOURCE}).content == read_submission(tmp_path / "b", SUBMIT).content


def test_folders_around_the_work_are_taken_away(hand_in: HandIn) -> None:
    entries = {"./hw/one/" + SUBMIT: SOURCE, "./hw/one/b.py": b"", "__MACOSX/._x": b"", "README": b""}
    assert sorted(hand_in(entries).files) == ["b.py", SUBMIT]


def test_what_programs_leave_behind_is_ignored_in_silence(hand_in: HandIn) -> None:
    names = ("__MACOSX/._layer.py", ".DS_Store", "._x.py", "__pycache__/x.py", ".git/config", "Icon\r")
    more = (".ipynb_checkpoints/layer.ipynb", "hw/.ipynb_checkpoints/layer.py", ".venv/con.py")
    assert hand_in({SUBMIT: SOURCE} | dict.fromkeys(names + more, b"\xff")).notes == ()


def test_other_files_are_left_out_and_three_are_named_work_first(hand_in: HandIn) -> None:
    entries = dict.fromkeys(["a.txt", "b.npz", "c/d.zip", "e.png"], b"\0")
    says = "4 files were left out (c/d.zip, a.txt, b.npz, ...): only .py files are taken, or one notebook"
    assert hand_in({SUBMIT: SOURCE} | entries).notes == (says,)


def test_a_lone_file_or_notebook_is_the_one_meant(hand_in: HandIn) -> None:
    assert hand_in({"hw.py": SOURCE}).files == {SUBMIT: SOURCE.decode()}
    assert "def forward" in hand_in({"hw/hw.ipynb": notebook(SOURCE.decode())}).files[SUBMIT]


def test_names_are_composed(hand_in: HandIn) -> None:
    assert "zoe\u0308.py".replace("e\u0308", "ë") in hand_in({SUBMIT: b"", "zoe\u0308.py": b""}).files


def test_long_names_are_read(hand_in: HandIn) -> None:
    long = "d" * 90 + "/" + "f" * 150 + ".py"
    assert long in hand_in({SUBMIT: b"", long: b"x = 1\n"}).files


def test_what_is_not_needed_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({SUBMIT: SOURCE, "zeros.bin": bytes(64 << 20)}))
    tracemalloc.start()
    read_submission(tmp_path / "a.zip", SUBMIT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_an_archive_or_a_notebook_in_a_students_folder_counts(tmp_path: Path) -> None:
    folder = tmp_path / "bob"
    folder.mkdir()
    (folder / "hw.tar.gz").write_bytes(gzipped(tarred({"x/" + SUBMIT: SOURCE})))
    (folder / "remark.txt").write_bytes(b"late, sorry")
    submission = read_submission(folder, SUBMIT)
    assert submission.files == {SUBMIT: SOURCE.decode()}
    assert "1 file was left out (remark.txt)" in submission.notes[0]
    (folder / SUBMIT).write_bytes(b"x = 2\n")
    assert read_submission(folder, SUBMIT).files == {SUBMIT: "x = 2\n"}  # the file asked for comes first
    (folder / SUBMIT).unlink()
    (folder / "two.zip").write_bytes(zipped({SUBMIT: SOURCE}))
    with pytest.raises(Unreadable, match=r"2 other files \(hw.tar.gz, two.zip\); rename yours"):
        read_submission(folder, SUBMIT)


# --------------------------------------------------------------------------- refused by name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../x.py", "has .. in its name, which leads out of the archive; pack it again from inside"),
        ("a/../x.py", "has .. in its name"),
        ("/etc/x.py", "has a name that begins with /; pack it again from inside its folder"),
        ("C:\\x.py", "has a backslash in its name; pack it again with / between folders"),
        ("\\\\server\\x.py", "has a backslash in its name"),
        ("C:/x.py", "has a name with a drive"),
        ("__MACOSX/../../x.py", "has .. in its name"),
        ("x\x1b[31m.py", r"x\x1b[31m.py in a.zip has a name with control characters; rename it"),
        ("a\nb.txt", r"a\nb.txt in a.zip has a name with control characters"),
        ("con.py", "con.py in a.zip has a name that Windows keeps for a device; rename it"),
        ("data/NUL", "has a name that Windows keeps"),
        ("aux .d/Lpt1.tar.py", "has a name that Windows keeps"),
        ("d/" * 13 + "x.py", "folders in a.zip are nested more than 12 deep; hand in your own alone"),
        ("x" * 1001, "has a name of more than 1000 characters; rename it"),
        ("x\u202e.py", r"x\u202e.py has a name with odd characters; rename it"),
    ],
)
def test_names_that_mean_something_else_are_refused(hand_in: HandIn, name: str, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        hand_in({SUBMIT: SOURCE, name: b"x = 1\n"})
    message = re.sub(r"\ba\.(zip|tar\.gz|tar|tgz)\b", "a.zip", str(caught.value))
    assert words in message
    assert len(message) <= 300
    assert message.isprintable()


def test_a_nul_does_not_hide_the_end_of_a_name(tmp_path: Path) -> None:
    data = zipped({SUBMIT: SOURCE, "x.py#.png": b""}).replace(b"x.py#", b"x.py\0")
    assert (
        refusal(tmp_path, "a.zip", data)
        == r"x.py\x00.png in a.zip has a name with control characters; rename it"
    )


@pytest.mark.parametrize(
    ("one", "two", "words"),
    [
        ("x.py", "x.py", "x.py is in "),
        ("x.py", "./x.py", "x.py is in "),
        ("a.py", "A.PY", "a.py and A.PY in "),
        ("straße.py", "STRASSE.py", "one name where case does not count; rename one"),
        ("zo\xeb.py", "zoe\u0308.py", "is in "),
    ],
)
def test_two_of_one_name_are_refused(hand_in: HandIn, one: str, two: str, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        hand_in([(SUBMIT, SOURCE), (one, b"x = 1\n"), (two, b"x = 2\n")])
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.SYMTYPE, "x.py in a.tar is a link; pack the file itself"),
        (tarfile.LNKTYPE, "is a hard link"),
        (tarfile.CHRTYPE, "is a device"),
        (tarfile.BLKTYPE, "is a device"),
        (tarfile.FIFOTYPE, "is a named pipe"),
        (tarfile.GNUTYPE_SPARSE, "is a sparse file"),
        (b"V", "is something unusual"),
    ],
)
def test_tar_members_that_are_no_files_are_refused(tmp_path: Path, kind: bytes, words: str) -> None:
    assert words in refusal(tmp_path, "a.tar", tarred_kind("x.py", kind))


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (stat.S_IFLNK, "x.py in a.zip is a link; pack the file itself"),
        (stat.S_IFIFO, "is a named pipe"),
        (stat.S_IFSOCK, "is a socket"),
        (stat.S_IFCHR, "is a device"),
    ],
)
def test_zip_members_that_are_no_files_are_refused(tmp_path: Path, mode: int, words: str) -> None:
    assert words in refusal(tmp_path, "a.zip", zipped_kind("x.py", mode | 0o644))


# --------------------------------------------------------------------------- refused by size


def test_too_much_is_refused(hand_in: HandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(0).randbytes(files.FILE_BYTES)
    for entries, words in (
        ({f"m{number}.py": b"" for number in range(201)}, "there are more than 200 .py files"),
        ({SUBMIT: noise + b"#"}, "layer.py is larger than 1 MiB"),
        ({SUBMIT: b""} | {f"m{n}.py": noise for n in range(9)}, "larger than 8 MiB together"),
    ):
        with pytest.raises(Unreadable, match=words):
            hand_in(entries)
    monkeypatch.setattr("grader.intake.members.ENTRIES", 3)
    with pytest.raises(Unreadable, match="holds more than 3 files; hand in your own alone"):
        hand_in({f"{number}.txt": b"" for number in range(4)})


def test_a_million_entries_are_counted_before_they_are_read(tmp_path: Path) -> None:
    data = zipped({SUBMIT: SOURCE}) + b"PK\x01\x02" * 1_000_000
    assert refusal(tmp_path, "a.zip", data) == "a.zip holds more than 10000 files; hand in your own alone"


def test_headers_without_members_are_counted(tmp_path: Path) -> None:
    header = tarfile.TarInfo("x")
    header.type = b"g"
    data = gzipped(header.tobuf(tarfile.USTAR_FORMAT) * 30_000 + random.Random(0).randbytes(200 << 10))
    assert "holds more than" in refusal(tmp_path, "a.tar.gz", data)


def test_bombs_are_refused(tmp_path: Path) -> None:
    bomb = gzipped(bytes(UNPACKED_BYTES * 2))
    noise = random.Random(0).randbytes(1 << 20)
    tracemalloc.start()
    for name, data, words in (
        ("a.zip", zipped({SUBMIT: b"#" * files.FILE_BYTES}), "unpacks to more than 200 times its size"),
        ("a.tar.gz", bomb, "a.tar.gz unpacks to more than 200 times its size; hand in your own source code"),
        ("b.tar.gz", gzipped(noise + bytes(UNPACKED_BYTES * 2)), "unpacks to more than 64 MiB"),
    ):
        assert words in refusal(tmp_path, name, data)
    tracemalloc.stop()
    nested = zipped({"deep.zip": zipped({SUBMIT: SOURCE})})
    words = "there is no Python file; layer.py was expected; deep.zip was not opened, unpack it"
    assert refusal(tmp_path, "c.zip", nested) == words


def test_a_size_that_is_a_lie_costs_no_memory(tmp_path: Path) -> None:
    honest = zipped({SUBMIT: bytes(32 << 20)})
    size, lie = struct.pack("<I", 32 << 20), struct.pack("<I", 40_000)
    tracemalloc.start()
    words = refusal(tmp_path, "a.zip", honest.replace(size, lie))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (
        words
        == "a.zip is damaged: layer.py is not of the size that it is said to be; pack it again and upload it"
    )
    assert peak < 2 << 20


def test_an_archive_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "a.zip", "wb") as file:
        file.truncate(files.ARCHIVE_BYTES + 1)
    with pytest.raises(Unreadable, match=r"^a.zip is larger than 32 MiB"):
        read_submission(tmp_path / "a.zip", SUBMIT)


# --------------------------------------------------------------------------- refused as damaged

TWO = zipped({SUBMIT: SOURCE, "b.py": SOURCE}, zipfile.ZIP_STORED)
LOCAL, CENTRAL = TWO.rindex(b"PK\x03\x04"), TWO.rindex(b"PK\x01\x02")


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "a.zip is empty; upload it again"),
        (b"PK", "a.zip is damaged: it has no table of contents that can be read; pack it again"),
        (TWO[:-30], "it has no table of contents"),
        (TWO[40:], "is not where it should be"),
        (TWO.replace(SOURCE, SOURCE.upper(), 1), "layer.py has another checksum than it should have"),
        (TWO.replace(b"b.py", b"c.py", 1), "b.py has two names"),
        (patched(TWO, CENTRAL + 42, bytes(4)), "overlaps another file"),
        (patched(TWO, CENTRAL + 20, struct.pack("<I", 500)), "b.py is cut off"),
        (patched(TWO, CENTRAL + 24, struct.pack("<I", 500)), "b.py is not of the size that it is said to be"),
        (patched(TWO, CENTRAL + 10, b"\x08"), "b.py cannot be unpacked"),
        (patched(TWO, CENTRAL + 10, b"\x0c"), "is packed by an unusual method"),
        (patched(TWO, CENTRAL + 8, b"\x01"), "b.py in a.zip is encrypted; pack it again without a password"),
        (b"Rar!\x1a\x07", "a.zip is really a RAR archive; pack your files as a zip archive"),
        (b"7z\xbc\xaf\x27\x1c", "is really a 7-Zip archive"),
        (gzipped(b""), "is really a gzip file"),
        (b"<html>", "is really a web page"),
    ],
)
def test_damaged_zips_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refusal(tmp_path, "a.zip", data)


TAR = tarred({SUBMIT: SOURCE})
PAX = tarred({"é.py": SOURCE})


def resummed(data: bytes, at: int, new: bytes) -> bytes:
    data = patched(data, at, new)
    head = patched(data[:512], 148, b" " * 8)
    return patched(data, 148, b"%06o\0 " % sum(head))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "a.tar is empty"),
        (TAR[:300], "a.tar is damaged: it is cut off or no tar archive; pack it again and upload it"),
        (TAR[:515], "it is cut off"),
        (TAR[:1024], "it is cut off"),
        (b"x" * 2000, "one of its headers holds no number"),
        (patched(TAR, 0, b"m"), "it is cut off or no tar archive"),
        (resummed(TAR, 124, b"00000000900\0"), "one of its headers holds no number"),
        (resummed(TAR, 124, b"77777777777\0"), "it is cut off"),
        (resummed(TAR, 124, b"\xff" * 12), "one of its headers holds no number"),
        (resummed(TAR, 124, b"\x80" + b"\xff" * 11), "it is cut off"),
        (resummed(TAR, 0, b"\xff.py\0"), r"\xff.py in a.tar has a name that is not UTF-8; rename it"),
        (PAX.replace(b"path=", b"path:"), "one of its headers cannot be read"),
        (PAX.replace(b" path=", b"9path="), "one of its headers holds no number"),
        (resummed(PAX, 124, b"00000400000\0"), "one of its headers is larger than any name"),
        (gzipped(TAR)[:-9], "it is cut off"),
        (patched(gzipped(TAR), len(gzipped(TAR)) - 8, b"1234"), "it cannot be unpacked"),
        (gzipped(TAR) + b"more", "something follows after its end"),
        (TWO, "a.tar is really a zip archive; pack your files as a zip archive"),
    ],
)
def test_damaged_tars_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refusal(tmp_path, "a.tar", data)


@pytest.mark.parametrize(
    ("name", "data"), [("a.rar", b"Rar!\x1a\x07"), ("a.7z", b"7z\xbc\xaf\x27\x1c"), ("a.tar.bz2", b"BZh9")]
)
def test_archives_of_other_kinds_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    told = f"{name} is of a kind that is not opened; pack your files as a zip archive"
    assert refusal(tmp_path, name, data) == told


def test_nothing_is_written(hand_in: HandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hand_in({SUBMIT: SOURCE, "deep/er.py": b""})
    with pytest.raises(Unreadable):
        hand_in({SUBMIT: SOURCE, "../escaped.py": b""})
    assert len(list(tmp_path.iterdir())) == 1
    assert not (tmp_path.parent / "escaped.py").exists()
