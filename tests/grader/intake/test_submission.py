"""Reading one submission: what is taken, what is refused and in which words."""

import os
import re
import socket
from pathlib import Path

import pytest

from grader.intake import Submission, Unreadable, files, read_submission

from .packing import notebook, zipped

SUBMIT = "layer.py"
SOURCE = b"def forward(x):\n    return x\n"


def read(path: Path) -> Submission:
    return read_submission(path, SUBMIT)


def refusal(path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        read(path)
    message = str(caught.value)
    assert message.isprintable()
    assert not message.endswith(".")
    return message


def write(path: Path, data: bytes = SOURCE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# --------------------------------------------------------------------------- taken


def test_a_lone_file_is_taken_under_the_name_asked_for(tmp_path: Path) -> None:
    submission = read(write(tmp_path / "alice.py"))
    assert submission.files == {SUBMIT: SOURCE.decode()}
    assert submission.main == SUBMIT
    assert (submission.student, submission.name, submission.slug) == ("alice", "alice.py", "alice")
    assert submission.notes == ()


def test_a_folder_is_taken_with_its_modules(tmp_path: Path) -> None:
    write(tmp_path / "bob" / SUBMIT)
    write(tmp_path / "bob" / "more" / "things.py", b"y = 1\n")
    write(tmp_path / "bob" / "__pycache__" / "x.py")
    write(tmp_path / "bob" / ".venv" / "x.py")
    submission = read(tmp_path / "bob")
    assert sorted(submission.files) == [SUBMIT, "more/things.py"]
    assert (submission.student, submission.main) == ("bob", SUBMIT)


def test_a_lone_file_of_another_name_in_a_folder_is_the_one_meant(tmp_path: Path) -> None:
    write(tmp_path / "bob" / "homework.py")
    assert read(tmp_path / "bob").content == read(write(tmp_path / "alice.py")).content


def test_a_folder_wrapped_around_the_work_is_taken_away(tmp_path: Path) -> None:
    write(tmp_path / "bob" / "hw" / "one" / SUBMIT)
    write(tmp_path / "bob" / "hw" / "one" / "other.py")
    assert sorted(read(tmp_path / "bob").files) == [SUBMIT, "other.py"]


def test_what_is_no_python_is_left_out_with_a_note(tmp_path: Path) -> None:
    write(tmp_path / "bob" / SUBMIT)
    write(tmp_path / "bob" / "data.bin", b"\0" * 10)
    write(tmp_path / "bob" / "README.md")
    (tmp_path / "bob" / "data").symlink_to("/etc")
    assert read(tmp_path / "bob").notes == (
        "data was left out: links are not followed",
        "2 files were left out (README.md, data.bin): only .py files are taken, or one notebook",
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
        ("x = 'é'\n".encode(), "x = 'é'\n"),
        (b"", ""),
    ],
    ids=["BOM", "CRLF", "UTF-8", "empty"],
)
def test_text_is_taken_as_it_is(tmp_path: Path, data: bytes, text: str) -> None:
    assert read(write(tmp_path / "a.py", data)).files[SUBMIT] == text


def test_content_tells_apart_what_is_graded_apart(tmp_path: Path) -> None:
    same = read(write(tmp_path / "a.py")), read(write(tmp_path / "b.py"))
    assert same[0].content == same[1].content
    assert re.fullmatch("[0-9a-f]{64}", same[0].content)
    assert read(write(tmp_path / "c.py", SOURCE + b"#")).content != same[0].content
    write(tmp_path / "d" / SUBMIT)
    write(tmp_path / "d" / "notes.txt")  # brings a note
    assert read(tmp_path / "d").content != same[0].content


def test_moving_bytes_between_files_changes_the_content(tmp_path: Path) -> None:
    write(tmp_path / "a" / SUBMIT, b"xy")
    write(tmp_path / "a" / "z.py", b"z")
    write(tmp_path / "b" / SUBMIT, b"x")
    write(tmp_path / "b" / "z.py", b"yz")
    assert read(tmp_path / "a").content != read(tmp_path / "b").content


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"# -*- coding: latin-1 -*-\n", "latin-1"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n", "cp1252"),
        (b"\xef\xbb\xbf# coding: rot13\n", "rot13"),
        (b"# coding: UTF-8\n", None),
        (b"# coding: utf8\n", None),
        (b"# coding: ascii\n", None),
        (b"x = 1\n# coding: latin-1\n", None),
        (b"\n\n# coding: latin-1\n", None),
    ],
)
def test_what_is_utf_8_is_read_so_whatever_it_declares(
    tmp_path: Path, head: bytes, named: str | None
) -> None:
    submission = read(write(tmp_path / "a.py", head + "x = 'é'\n".encode()))
    assert submission.files[SUBMIT].endswith("x = 'é'\n")
    says = f"a.py declares the encoding {named}, which is ignored: it was read as UTF-8"
    assert submission.notes == ((says,) if named else ())


@pytest.mark.parametrize(
    ("encoding", "word"), [("latin-1", "é"), ("cp1252", "€é"), ("koi8-r", "да"), ("shift_jis", "日本")]
)
def test_what_is_not_utf_8_is_read_as_it_declares(tmp_path: Path, encoding: str, word: str) -> None:
    text = f"#!/usr/bin/python\n# -*- coding: {encoding} -*-\nx = '{word}'\n"
    submission = read(write(tmp_path / "a.py", text.encode(encoding)))
    assert submission.files == {SUBMIT: text}
    assert submission.notes == ()


def test_a_file_beside_that_is_no_text_is_left_out_with_a_note(tmp_path: Path) -> None:
    alice = tmp_path / "alice"
    write(alice / "hw" / SUBMIT)
    write(alice / "hw" / "old" / "draft.py", b"x = '\xe9'\n")
    submission = read(alice)
    assert list(submission.files) == [SUBMIT]
    told = "hw/old/draft.py is not UTF-8 (line 1), and looks like Latin-1; save it as UTF-8"
    assert submission.notes == (f"left out: {told}",)
    write(alice / "hw" / "old" / "nul.py", b"\0")
    assert read(alice).notes == (f"2 .py files were left out, the first: {told}",)


# --------------------------------------------------------------------------- refused


def test_a_file_is_named_as_it_was_handed_in(tmp_path: Path) -> None:
    latin = b"x = '\xe9'\n"
    told = "is not UTF-8 (line 1), and looks like Latin-1; save it as UTF-8"
    assert refusal(write(tmp_path / "a.py", latin)) == f"a.py {told}"
    write(tmp_path / "b" / "lat" / SUBMIT, latin)
    assert refusal(tmp_path / "b") == f"lat/layer.py {told}"
    write(tmp_path / "c" / "lat" / "work.py", latin)
    assert refusal(tmp_path / "c") == f"lat/work.py {told}"
    write(tmp_path / "n" / "lat" / "layer.ipynb", latin)
    assert refusal(tmp_path / "n") == f"lat/layer.ipynb {told}"
    write(tmp_path / "d.zip", zipped({"hw/lat/layer.py": latin}))
    assert refusal(tmp_path / "d.zip") == f"hw/lat/layer.py in d.zip {told}"


@pytest.mark.parametrize(
    "encoding",
    [
        *("rot13", "utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "hex"),
        *("utf-16", "cp037", "zlib", "aliases", "..os", "no-such-thing", "n" * 3000),
    ],
)
def test_an_encoding_that_cannot_be_taken_is_refused(tmp_path: Path, encoding: str) -> None:
    told = refusal(write(tmp_path / "a.py", f"# coding: {encoding}\nx = '".encode() + b"\xe9'\n"))
    assert told == (
        f"a.py declares the encoding {encoding[:40]} and cannot be read as that or as UTF-8; save it as UTF-8"
    )


def test_a_mark_of_utf_8_allows_no_other_encoding(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf# coding: latin-1\nx = '\xe9'\n"
    assert "cannot be read as that or as UTF-8" in refusal(write(tmp_path / "a.py", data))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x = '\xe9'\n", "a.py is not UTF-8 (line 1), and looks like Latin-1; save it as UTF-8"),
        (b"x\n\ny = '\x80'\n", "is not UTF-8 (line 3); save it as UTF-8"),
        ("x = 1\n".encode("utf-16"), "a.py is UTF-16; save it as UTF-8"),
        ("x = 1\n".encode("utf-16-be"), "a.py is UTF-16; save it as UTF-8"),
        ("x = 1\n".encode("utf-32"), "a.py is UTF-32; save it as UTF-8"),
        (b"x = 1\0\n", "holds NUL bytes"),
        (b"#" * (files.FILE_BYTES + 1), "a.py is larger than 1 MiB"),
    ],
    ids=["latin-1", "line", "UTF-16", "UTF-16 without a mark", "UTF-32", "NUL", "large"],
)
def test_bytes_that_are_no_source_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refusal(write(tmp_path / "a.py", data))


def test_the_largest_file_is_taken(tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "a.py", b"#" * files.FILE_BYTES)).files[SUBMIT]) == files.FILE_BYTES


def test_links_are_refused(tmp_path: Path) -> None:
    target = write(tmp_path / "oracle" / SUBMIT)
    for name, pointed in (("a.py", target), ("b", target.parent), ("c.py", Path("nowhere"))):
        (tmp_path / name).symlink_to(pointed)
        assert refusal(tmp_path / name).startswith(f"{name} is a link; hand in the file")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / SUBMIT).symlink_to(target)
    assert refusal(tmp_path / "d") == "layer.py is a link; hand in the file itself"


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert refusal(tmp_path / "a.py") == "a.py is a named pipe, not a regular file"
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "b" / SUBMIT)
    assert refusal(tmp_path / "b") == "layer.py is a named pipe, not a regular file"


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may have 108 bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a.py")
        assert refusal(tmp_path / "a.py") == "a.py is a socket, not a regular file"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_refused(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("submission", "chosen"):
        monkeypatch.setattr(f"grader.intake.{module}.kind_of", lambda name: ".py")
    assert "not a regular file" in refusal(Path(device)) or "cannot be read" in refusal(Path(device))


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.py") == "a.py cannot be read: No such file or directory"


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    words = "a.txt is no Python file: hand in a .py file, a notebook, an archive or a folder"
    assert refusal(write(tmp_path / "a.txt")) == words


def test_a_folder_without_the_file_says_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert refusal(tmp_path / "a") == "there is no Python file; layer.py was expected"
    for name in ("one.py", "two.py", "sub/three.py", "sub/four.py"):
        write(tmp_path / "a" / name)
    expected = "layer.py was expected, and there are 4 other files (one.py, two.py, sub/four.py, ...)"
    expected += "; rename yours"
    assert refusal(tmp_path / "a") == expected


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("src/layer.py", "tests/test_layer.py", "setup.py"), "src/"),
        (("src/layer.py", "tests/layer.py", "starter/layer.py", ".github/layer.py"), "src/"),
        (("hw1/layer.py", "hw1/old/layer.py", "hw2/other.py"), "hw1/"),
        (("work/hw1/layer.ipynb", "work/hw2/other.ipynb"), "work/hw1/"),
    ],
)
def test_the_one_folder_that_has_the_file_is_taken(
    tmp_path: Path, names: tuple[str, ...], taken: str
) -> None:
    for name in names:
        write(tmp_path / "a" / name, notebook("x = 1") if name.endswith(".ipynb") else SOURCE)
    submission = read(tmp_path / "a")
    assert SUBMIT in submission.files
    assert not any("test" in name or "other" in name for name in submission.files)
    assert submission.notes[0] == f"only {taken} was taken: what is asked for lies there"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            ("a/layer.py", "b/layer.py"),
            "layer.py or its notebook is in 2 folders (a, b); hand in the one that",
        ),
        (("a/layer.py", "b/c/layer.ipynb"), "is in 2 folders (a, b/c); hand in the one that counts"),
        (("tests/layer.py", "mine.py"), "layer.py was expected, and there are 2 other files"),
        (("starter/layer.py", "mine.py"), "layer.py was expected, and there are 2 other files"),
    ],
)
def test_nothing_is_guessed_between_two_folders(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    for name in names:
        write(tmp_path / "x" / name)
    assert words in refusal(tmp_path / "x")


def test_the_file_at_the_root_of_a_repository_counts(tmp_path: Path) -> None:
    repository = tmp_path / "bn-alice"
    for name in (SUBMIT, "tests/layer.py", "tests/test_layer.py", ".git/config", ".github/x.py", "README.md"):
        write(repository / name)
    submission = read(repository)
    assert sorted(submission.files) == [SUBMIT, "tests/layer.py", "tests/test_layer.py"]
    assert submission.notes == ("1 file was left out (README.md): only .py files are taken, or one notebook",)


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(files.FILES + 1):
        write(tmp_path / "many" / f"m{number}.py")
    assert "more than 200 .py files" in refusal(tmp_path / "many")
    write(tmp_path / "large" / SUBMIT)
    for number in range(9):
        write(tmp_path / "large" / f"m{number}.py", b"#" * (files.FILE_BYTES - number))
    assert "larger than 8 MiB together" in refusal(tmp_path / "large")
    write(tmp_path / "deep" / "/".join("d" * (files.DEPTH + 1)) / SUBMIT)
    assert "nested more than 12 deep" in refusal(tmp_path / "deep")
    monkeypatch.setattr(files, "ENTRIES", 3)
    for number in range(4):
        write(tmp_path / "data" / f"{number}.txt")
    assert "holds more than 3 files" in refusal(tmp_path / "data")


def test_odd_names_are_refused_in_plain_letters(tmp_path: Path) -> None:
    write(tmp_path / "a" / SUBMIT)
    write(tmp_path / "a" / "x\x1b[31m.py")
    assert refusal(tmp_path / "a") == r"x\x1b[31m.py has a name with odd characters; rename it"
    (tmp_path / "a" / "x\x1b[31m.py").unlink()
    with open(os.fsencode(tmp_path / "a") + b"/\xff.py", "wb") as file:
        file.write(SOURCE)
    assert "has a name with odd characters" in refusal(tmp_path / "a")


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "b" / "x.py")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        refusal(tmp_path / "b")
        read(write(tmp_path / "a.py"))
    assert len(os.listdir("/proc/self/fd")) == before
