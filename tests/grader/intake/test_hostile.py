"""Whatever the bytes, there comes a submission or one sentence: for thousands of each kind of file."""

import os
import random
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.intake import Unreadable
from grader.intake.chosen import choose
from grader.intake.files import Held
from grader.intake.magics import plain
from grader.intake.submission import read_submission

from .packing import gzipped, notebook, tarred, zipped

SUBMIT = "layer.py"
SOURCE = b"import numpy as np\n\ndef forward(x):\n    return np.abs(x)\n"
CELLS = ["%matplotlib inline\nimport numpy as np", "%%bash\nls", SOURCE.decode(), "x = !ls\ny = 4 % (3)"]

ENTRIES = {"hw/" + SUBMIT: SOURCE, "hw/more/b.py": b"y = 1\n" * 50, "hw/data.npz": bytes(300), "é" * 60: b""}
SEEDS: dict[str, list[bytes]] = {
    "a.zip": [zipped(ENTRIES), zipped(ENTRIES, zipfile.ZIP_STORED), zipped({"n.ipynb": notebook(*CELLS)})],
    "a.tar": [tarred(ENTRIES), tarred(ENTRIES, tarfile.GNU_FORMAT)],
    "a.tar.gz": [gzipped(tarred(ENTRIES))],
    "a.ipynb": [notebook(*CELLS), notebook(*CELLS, version=3)],
    "a.py": [
        *(SOURCE, b"\xef\xbb\xbf# coding: latin-1\n" + "é".encode(), SOURCE.decode().encode("utf-16")),
        *(
            b"# coding: latin-1\nx = '\xe9'\n",
            b"# coding: shift_jis\nx = '\x93\xfa'\n",
            b"# coding: idna\n\xff",
        ),
    ],
}
TOKENS = [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"\xff" * 4, bytes(8), b"../", b"\\", b"0" * 12]
TOKENS += [b'"', b"[{", b"\n%", b"!", b"\xe9"]
EXAMPLES = {"a.zip": 2000, "a.tar": 1000, "a.tar.gz": 500, "a.ipynb": 1500, "a.py": 500}


def mutated(data: bytes, randomness: random.Random) -> bytes:
    """Some bytes changed, some cut out, doubled or moved: most of the structure stays."""
    made = bytearray(data)
    for _ in range(randomness.randint(1, 4)):
        at, size = randomness.randrange(len(made) + 1), randomness.choice((1, 1, 2, 4, 30, 600))
        piece = bytes(made[at : at + size])
        other = randomness.randrange(len(made) + 1)
        match randomness.randrange(6):
            case 0:
                made[at : at + size] = randomness.randbytes(len(piece))
            case 1:
                del made[at : at + size]
            case 2:
                made[other:other] = piece
            case 3:
                token = randomness.choice(TOKENS)
                made[at : at + len(token)] = token
            case 4:
                made[at:at] = randomness.choice(TOKENS)
            case _:
                made[at : at + 1] = bytes([1 << randomness.randrange(8)])
    return bytes(made)


def sentence(refused: Unreadable) -> str:
    message = str(refused)
    assert message.isprintable()
    assert 10 < len(message) <= 300
    return message


def outcome(path: Path, data: bytes) -> str:
    """The sentence of a refusal, or which files were taken."""
    path.write_bytes(data)
    try:
        submission = read_submission(path, SUBMIT)
    except Unreadable as refused:
        return sentence(refused)
    assert submission.main in submission.files
    assert all(note.isprintable() for note in submission.notes)
    for text in (*submission.files.values(), *submission.notes):
        text.encode()
    return ", ".join((*submission.files, *submission.notes))


@pytest.mark.parametrize("name", EXAMPLES)
def test_mutants_are_read_or_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    randomness = random.Random(name)
    seen = set()
    tracemalloc.start()
    begin = time.process_time()
    for _ in range(EXAMPLES[name]):
        data = mutated(randomness.choice(SEEDS[name]), randomness)
        if name == "a.tar.gz" and randomness.random() < 0.5:  # past the checksum
            data = gzipped(mutated(SEEDS["a.tar"][0], randomness))
        seen.add(outcome(tmp_path / name, data))
    spent, peak = time.process_time() - begin, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(seen) > 3  # the mutants reach deep
    assert spent < 30
    assert peak < 64 << 20


PART = st.binary(max_size=60) | st.sampled_from([seed for seeds in SEEDS.values() for seed in seeds])


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(EXAMPLES)), st.lists(PART, max_size=4).map(b"".join))
def test_any_bytes_are_read_or_refused_in_one_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    outcome(tmp_path / name, data)


NAME = st.text("aA.é\u0308/\\:\0\n con.py\u202e", max_size=30)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(NAME, st.binary(max_size=20)), max_size=4), st.sampled_from([zipped, tarred]))
def test_any_names_are_taken_safely_or_refused(
    entries: list[tuple[str, bytes]], pack: Callable[[list[tuple[str, bytes]]], bytes]
) -> None:
    name = "a.zip" if pack is zipped else "a.tar"
    held = Held({name: lambda most: pack([(SUBMIT, SOURCE), *entries])})
    try:
        files = choose(held, SUBMIT).files
    except Unreadable as refused:
        sentence(refused)
        return
    for path in files:
        assert path.isprintable()
        assert not {"..", ".", ""} & set(path.split("/"))
        assert not {"\\", ":"} & set(path[:2])


PIECES = ["%", "!", "?", "x", " = ", "\n", "'", '"', "(", ")", "\\", "#", "time ", " ", "    "]
CODE = st.lists(st.sampled_from(PIECES))


@settings(max_examples=500, deadline=None)
@given(CODE.map("".join))
def test_every_line_of_a_cell_stays_where_it_is(source: str) -> None:
    made = plain(source)
    assert made.text.count("\n") == source.count("\n")
    assert len(made.text) <= 10 * len(source) + 10


@pytest.mark.parametrize("grows", [True, False])
@pytest.mark.parametrize("times", [1, 3, 1000])
def test_two_versions_are_never_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, grows: bool
) -> None:
    """Written over as soon as it was read: what is longer now would follow what was there before."""
    path = tmp_path / "target.py"
    versions = [f"# {number:04} {'x' * 200 * number * grows}" for number in range(times + 1)]
    path.write_text(versions[0])
    waiting = iter(versions[1:])
    read = os.read

    def overtaken(descriptor: int, most: int) -> bytes:
        piece = read(descriptor, most)
        if piece and (version := next(waiting, None)) is not None:
            path.write_text(version)
        return piece

    monkeypatch.setattr(os, "read", overtaken)
    if times > 4 and not grows:
        with pytest.raises(Unreadable, match=r"target\.py is being written; hand it in again"):
            read_submission(path, "target.py")
    else:
        assert read_submission(path, "target.py").files["target.py"] == versions[times]
