"""Hostile bytes by the ten thousand: frames for the wire, archives and notebooks for intake.

Whatever the bytes, there comes a value or the documented error (WireError and what the asking side makes of
it; Unreadable in one printable sentence), within a bound of time for each and of memory for all. With
atheris, coverage leads the mutations; without it they are random. Each fuzzer runs in a child of its own,
whose address space is limited; a crash or another error ends it, and its input is printed.

    python -m benchmarks.fuzz [frames [files]]     100,000 and 10,000 unless said
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from inspect import isclass
from pathlib import Path
from types import FunctionType

import numpy as np

from grader import wire
from grader.intake import Unreadable
from grader.intake.chosen import choose
from grader.intake.files import Held
from grader.student.ends import BrokenError
from grader.student.replies import answer, failed
from suites.types import Call, Ref
from tests.grader.intake.packing import gzipped, notebook, tarred, zipped

MEMORY = 512 << 20  # of address space, beyond what the child has when it begins
SLOWEST_S = 1.0  # of CPU time for one input
SUBMIT = "layer.py"
SOURCE = b"import numpy as np\n\ndef forward(x):\n    return np.abs(x)\n"
CELLS = ["%matplotlib inline\nimport numpy as np", "%%bash\nls", SOURCE.decode(), "x = !ls\ny = 4 % (3)"]
ENTRIES = {"hw/" + SUBMIT: SOURCE, "hw/more/b.py": b"y = 1\n" * 50, "hw/data.npz": bytes(300), "é" * 60: b""}
CALL = Call("forward", (np.ones(2),), (None, Ref("cache")), (0,))
BOUNDS = wire.REPLY


# --------------------------------------------------------------------------- what is fuzzed


def frame(data: bytes) -> None:
    """Bytes as they come from a sandbox: a header, a value, and what it claims to answer."""
    with suppress(wire.WireError):
        wire.unpack_header(data[: wire.HEADER_BYTES], BOUNDS.size)
    with suppress(wire.WireError, BrokenError):
        value = wire.decode(data[wire.HEADER_BYTES :], BOUNDS)
        with suppress(BrokenError):
            failed(value, 0, 0.0)
        answer(CALL, 0, wire.REPLY_TO_CALL, value, 0.0)


def archive(data: bytes) -> None:
    """Bytes as they are handed in, as a zip or a tar: the first byte says which."""
    kind = (".zip", ".tar", ".tar.gz")[data[0] % 3] if data else ".zip"
    _taken_in("hw" + kind, data[1:])


def book(data: bytes) -> None:
    """Bytes as they are handed in as a notebook."""
    _taken_in("layer.ipynb", data)


def _taken_in(name: str, data: bytes) -> None:
    try:
        files = choose(Held({name: lambda most: data}), SUBMIT).files
    except Unreadable as refused:
        sentence = str(refused)
        assert sentence.isprintable(), sentence
        assert 10 < len(sentence) <= 300, sentence
        return
    for path in files:
        assert path.isprintable(), path
        assert not {"..", ".", ""} & set(path.split("/")), path


def frames() -> list[bytes]:
    """Replies as an honest worker writes them."""
    values = [
        (0, [(np.linspace(0, 1, 12).reshape(3, 4),)], [(np.ones(2),)]),
        (0, [(np.asfortranarray(np.ones((2, 3), np.float32)),)], [("text", 1, 2.5, None, True, 1 + 2j)]),
        (0, ["a generator cannot cross"], [([1.0] * 40, tuple(range(50)), {"a": [{}], "b": ()})]),
        (0, [(np.float32(1.5),)], [(2,)], 1234),
        {"i": 0, "verdict": "error", "cause": "raised ValueError", "text": "line 1\nline 2"},
    ]
    kinds = [wire.REPLY_TO_CALL] * 4 + [wire.FAILED]
    return [wire.frame(kind, 7, bytes(16), value, BOUNDS) for kind, value in zip(kinds, values, strict=True)]


def archives() -> list[bytes]:
    """Archives as students pack them."""
    zips = [zipped(ENTRIES), zipped(ENTRIES, zipfile.ZIP_STORED), zipped({"n.ipynb": notebook(*CELLS)})]
    tars = [tarred(ENTRIES), tarred(ENTRIES, tarfile.GNU_FORMAT)]
    return [
        *(b"\0" + data for data in zips),
        *(b"\1" + data for data in tars),
        *(b"\2" + gzipped(data) for data in tars),
    ]


def books() -> list[bytes]:
    """Notebooks as Jupyter saves them."""
    return [notebook(*CELLS), notebook(*CELLS, version=3), notebook(CELLS, metadata={"a": [1, 2.5, None]})]


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "frames": (frame, frames),
    "archives": (archive, archives),
    "notebooks": (book, books),
}


# --------------------------------------------------------------------------- how


def run(name: str, count: int, report: str) -> None:
    """One fuzzer, in this process: it is given up to the limits, and ends with them."""
    target, seeds = TARGETS[name]
    with open("/proc/self/statm", encoding="ascii") as statm:
        held = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, held + MEMORY))
    watched = _Watched(target, Path(report))
    if find_spec("atheris"):
        _led(watched, seeds(), count)
    else:
        _random(watched, seeds(), count)


class _Watched:
    """A target that keeps the time of its slowest input and says so after each hundredth."""

    def __init__(self, target: Callable[[bytes], None], report: Path) -> None:
        self._target, self._report = target, report
        self.count, self.slowest = 0, 0.0

    def __call__(self, data: bytes) -> None:
        began = time.process_time()
        try:
            self._target(data)
        except BaseException as error:
            self._write(f"{type(error).__name__}: {error}: {data!r}"[:4000])
            raise
        self.count += 1
        self.slowest = max(self.slowest, time.process_time() - began)
        if self.count % 100 == 0:
            self._write("")

    def _write(self, error: str) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        said = {"count": self.count, "slowest": self.slowest, "peak": peak, "error": error}
        self._report.write_text(json.dumps(said), encoding="utf-8")


def _led(target: _Watched, seeds: list[bytes], count: int) -> None:
    import atheris

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # it talks; what matters stands in the report
    for code in _functions_of("grader"):
        atheris.instrument_func(code)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds):
            Path(corpus, str(number)).write_bytes(seed)
        options = [
            f"-runs={count}",
            "-max_len=8192",
            "-verbosity=0",
            "-print_final_stats=0",
            "-rss_limit_mb=0",
            "-close_fd_mask=3",
        ]
        atheris.Setup(["fuzz", *options, corpus], target)
        atheris.Fuzz()  # and the process ends


def _functions_of(room: str) -> list[FunctionType]:
    """Its functions and methods: coverage counts there alone."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(f"{room}.")]
    owners = [*modules, *(thing for module in modules for thing in vars(module).values() if isclass(thing))]
    found = {thing for owner in owners for thing in vars(owner).values() if isinstance(thing, FunctionType)}
    return [function for function in found if function.__module__.startswith(f"{room}.")]


def _random(target: _Watched, seeds: list[bytes], count: int) -> None:
    randomness = random.Random(0)
    for _ in range(count):
        target(_mutated(randomness.choice(seeds), randomness))


def _mutated(data: bytes, randomness: random.Random) -> bytes:
    """Some bytes changed, cut out, doubled or moved: most of the structure stays."""
    made = bytearray(data)
    for _ in range(randomness.randint(1, 6)):
        at, size = randomness.randrange(len(made) + 1), randomness.choice((1, 1, 2, 4, 30, 600))
        piece, other = bytes(made[at : at + size]), randomness.randrange(len(made) + 1)
        match randomness.randrange(5):
            case 0:
                made[at : at + size] = randomness.randbytes(len(piece))
            case 1:
                del made[at : at + size]
            case 2:
                made[other:other] = piece
            case 3:
                made[at : at + 4] = b"\xff\xff\xff\xff"
            case _:
                made[at : at + 1] = bytes([1 << randomness.randrange(8)])
    return bytes(made)


def main(of_frames: int, of_files: int) -> int:
    how = "atheris" if find_spec("atheris") else "random mutation"
    print(
        f"{how}; address space {MEMORY >> 20} MiB beyond the start, at most {SLOWEST_S:g} s of CPU an input"
    )
    bad = False
    for name in TARGETS:
        count = of_frames if name == "frames" else of_files
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report")
            began = time.monotonic()
            child = multiprocessing.get_context("spawn").Process(target=run, args=(name, count, str(report)))
            child.start()
            child.join()
            said = json.loads(report.read_text(encoding="utf-8"))
        ended_well = child.exitcode == 0 and not said["error"] and said["count"] >= count - 100
        well = ended_well and said["slowest"] < SLOWEST_S
        bad |= not well
        print(
            f"{name:10} {said['count']:>7} inputs in {time.monotonic() - began:6.1f} s, slowest "
            f"{1e3 * said['slowest']:6.1f} ms, peak {said['peak'] >> 10} MiB: "
            + ("only the documented errors" if well else f"FOUND {said['error'] or child.exitcode}")
        )
    return int(bad)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:3]]
    sys.exit(main(*given, *(100_000, 10_000)[len(given) :]))
