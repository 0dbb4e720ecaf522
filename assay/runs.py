"""A run's folder: whose it is, that one process alone writes into it, and its secret seed.

RUN/seed holds the seed that every hidden case is drawn from. It is the instructor's alone (mode 0600) until
the results are published; `sha256sum RUN/seed` is the commitment in run.json, so that anyone can check then
that the cases were fixed before grading began. With `--seed-file` the secret stays where it is.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

from assay.errors import AssayError
from grader.record import RunInfo
from grader.secret import drawn
from grader.store import read_info
from reports.text import some

_SHORTEST, _LONGEST = 16, 4096
_CLOSE = 5  # ids that are offered in place of one that is not there
# What a run may leave when it is killed before its run.json stands.
_BEGINNINGS = {"seed", ".seed", ".run.json"}


@contextmanager
def open_run(run: Path, assignment: str, seed_file: Path | None) -> Iterator[bytes]:
    """Make or reopen the run folder of an assignment, for this process alone, and give its seed."""
    try:
        run.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise AssayError(f"{run} is a file; name a folder for the run") from error
    with _locked(run):
        info = read_info(run)
        _check(run, info, assignment)
        yield seed_of(run, info, seed_file)


@contextmanager
def reopen_run(run: Path) -> Iterator[RunInfo]:
    """A run that must be there, for this process alone, and what its run.json says."""
    info_of(run)  # what is no run is told so before anything in it is touched
    with _locked(run):
        yield info_of(run)


def info_of(run: Path) -> RunInfo:
    """What run.json says of a run that must be there."""
    info = read_info(run)
    if info is None:
        raise AssayError(f"{run} is no run folder: it has no run.json; assay grade makes one")
    return info


def near(student: str, known: Iterable[str]) -> str:
    """Who may be meant by an id that a run does not have, in words."""
    folded = {each.casefold(): each for each in known}
    close = [folded[each] for each in get_close_matches(student.casefold(), folded, _CLOSE)]
    return f"close to it are: {some(close)}" if close else "its gradebook.csv lists who is"


def _check(run: Path, info: RunInfo | None, assignment: str) -> None:
    if info is not None and info.assignment != assignment:
        raise AssayError(f"{run} is a run of {info.assignment}, not of {assignment}; name another folder")
    if info is None and not {entry.name for entry in run.iterdir()} <= _BEGINNINGS:
        raise AssayError(f"{run} holds other files and is no run folder; name a new folder for the run")


def seed_of(run: Path, info: RunInfo | None, seed_file: Path | None) -> bytes:
    """The secret of a run, which is the one that it was graded with; drawn where nothing is graded yet."""
    kept = run / "seed"
    if seed_file is None and info is not None and not kept.exists():
        raise AssayError(f"{run} was graded with a seed file; name it again with --seed-file")
    seed = _read(seed_file or kept) if seed_file or kept.exists() else drawn(kept)
    if info is not None and sha256(seed).hexdigest() != info.seed_commitment:
        raise AssayError(f"{seed_file or kept} is not the seed that {run} was graded with")
    return seed


def _read(path: Path) -> bytes:
    with open(path, "rb") as file:
        seed = file.read(_LONGEST + 1)
    if not _SHORTEST <= len(seed) <= _LONGEST:
        raise AssayError(
            f"{path} is no seed: it must hold {_SHORTEST} to {_LONGEST} bytes, such as 32 random ones"
        )
    return seed


@contextmanager
def _locked(run: Path) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(run, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AssayError(
                f"another assay is grading into {run}, or removes somebody from it; wait until it has ended"
            ) from error
        probe = run / ".writable"
        probe.touch()
        probe.unlink()
        yield
    finally:
        os.close(descriptor)
