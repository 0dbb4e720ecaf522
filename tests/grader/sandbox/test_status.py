"""Lines on the status pipe: told short, heard strictly."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.control import Streams, pipes
from grader.sandbox.running import RunningSandbox
from grader.sandbox.status import LONGEST, News, Ready, Unready, heard, tell
from grader.sandbox.types import Exit

END = Exit(None, 9, True, 0.25, 1 << 20, "wall time")


def told(news: News) -> bytes:
    readable, writable = os.pipe()
    try:
        tell(writable, news)
        return os.read(readable, 2 * LONGEST)
    finally:
        os.close(readable)
        os.close(writable)


@pytest.mark.parametrize("news", [Ready(1), Unready("no"), END, Exit(0, None, False, 0.0, 0)], ids=str)
def test_what_is_told_is_heard(news: News) -> None:
    assert heard(told(news)) == news


@given(st.text(min_size=1, max_size=10))
def test_words_without_end_are_cut_and_the_line_stays_whole(words: str) -> None:
    line = told(Unready(1000 * words))
    assert len(line) <= LONGEST
    assert line.endswith(b"\n")
    news = heard(line)
    assert isinstance(news, Unready)
    assert (1000 * words).startswith(news.why)
    assert len(news.why) == 300


LIES: dict[str, Any] = {
    "no object": [],
    "nothing": {},
    "a number": 7,
    "ready and more": {"ready": 1, "exit": asdict(END)},
    "no process": {"ready": True},
    "process 0": {"ready": 0},
    "an error without words": {"error": ["no"]},
    "an end without fields": {"exit": {}},
    "no end": {"exit": None},
    **{
        f"{field} is {value!r}": {"exit": {**asdict(END), field: value}}
        for field, value in (
            ("code", 1),
            ("signal", None),
            ("signal", 9.0),
            ("signal", True),
            ("signal", 1 << 40),
            ("killed", 1),
            ("cpu_s", -1.0),
            ("cpu_s", float("nan")),
            ("cpu_s", float("inf")),
            ("cpu_s", 1),
            ("cpu_s", "1"),
            ("max_rss_bytes", -1),
            ("max_rss_bytes", 1e9),
            ("max_rss_bytes", 1 << 70),
            ("cause", None),
            ("cause", "x" * 301),
            ("more", 1),
        )
    },
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_not_heard(name: str) -> None:
    with pytest.raises(EOFError):
        heard(json.dumps(LIES[name]).encode())


@pytest.mark.parametrize("line", [b"", b"{", b"\xff", b"[" * 4000, b'{"a":' * 700])
def test_what_is_no_message_is_not_heard(line: bytes) -> None:
    with pytest.raises(EOFError):
        heard(line)


@pytest.fixture
def far() -> Iterator[tuple[RunningSandbox, Streams]]:
    near, far = pipes()
    sandbox = RunningSandbox(near, 20)
    yield sandbox, far
    sandbox.kill()
    far.close()
    sandbox.close()


@pytest.mark.parametrize("said", [b"{}\n", b"nonsense\n", b'{"ready": 1}\n' * 2 + b"{}\n", b"x" * 65536])
def test_a_launcher_that_lies_is_a_launcher_that_is_lost(
    far: tuple[RunningSandbox, Streams], said: bytes
) -> None:
    sandbox, streams = far
    os.write(streams.status, said)
    end = sandbox.wait()
    assert (end.code, end.signal) == (None, None)
    assert end.cause


def test_a_launcher_that_lies_before_it_is_ready_is_lost_too(far: tuple[RunningSandbox, Streams]) -> None:
    sandbox, streams = far
    os.write(streams.status, b"[1]\n")
    with pytest.raises(ConnectionError):
        sandbox.await_ready(5)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no such flag")
def test_a_zygote_with_a_gpu_cannot_be_looked_into_by_its_runs() -> None:
    script = """
import ctypes
from grader.sandbox import grounds
grounds.prepare("docker", (), gpu=True)
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
    asked = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        check=True,
    )
    assert asked.stdout == b"0\n"
