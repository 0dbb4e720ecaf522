"""Proves the tests of `suites/`: small mistakes in how code is measured, each of which some test must find.

    python -m assay.validate_suites [--mutants 150] [--minutes 10] [--seed 0] [--jobs N]

The mutants are drawn from all modules of `suites/` by a seed. Each stands in a copy of the checkout, in a
temporary folder, in which the tests of `suites/` are run until one fails. The outcomes are kept, so that what
was cut off goes on, and what nothing has changed is not run again. Exit status 1 if fewer than BAR of those
that are not declared equivalent (tests/suites/equivalent.toml) are found.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from assay.errors import DONE, INTERRUPTED, WRONG
from assay.validate_cache import Cache, default_place, digest
from suites.mutation import Mutant, mutants

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("assay", "assignments", "grader", "reference", "reports", "suites", "tests")
LEFT_OUT = frozenset({"__init__", "types", "mutation", "proof", "proof_oracle"})  # `assay validate` runs them
TESTS = ("tests/suites", "tests/grader/test_judge.py", "tests/assignments/test_mlp.py")
OWN_TESTS = ("test_mutation.py",)  # of what is left out
EQUIVALENT = Path("tests/suites/equivalent.toml")
BAR = 0.95
LIMIT_S = 90.0  # of one run of the tests: a mutant that takes longer is found


@dataclass(frozen=True)
class Candidate:
    """A mutant of one module."""

    module: str
    mutant: Mutant

    @property
    def words(self) -> str:
        return f"{self.module}.{self.mutant.words}"


def candidates(root: Path = ROOT) -> list[Candidate]:
    """All mutants of the modules of `suites/`, but for thresholds that are twice what they were.

    Those were measured and not derived: benchmarks.truth and benchmarks.gradient hold them.
    """
    files = sorted(file for file in (root / "suites").glob("*.py") if file.stem not in LEFT_OUT)
    made = [Candidate(f.stem, m) for f in files for m in mutants(f.read_text(encoding="utf-8"))]
    return [candidate for candidate in made if not candidate.mutant.doubled]


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the checkout, without what is generated."""
    with tempfile.TemporaryDirectory(prefix="assay-validate-") as folder:
        copy = Path(folder)
        for room in ROOMS:
            ignored = shutil.ignore_patterns("__pycache__", "class", "*.pyc")
            shutil.copytree(ROOT / room, copy / room, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", copy)
        yield copy


def tests_fail(copy: Path, module: str) -> bool:
    """Whether a test fails in the copy; those that are about the module come first."""
    first = [f"tests/suites/test_{module}.py"]
    own = [file for file in first if (copy / file).is_file()]
    ignored = [f"--ignore=tests/suites/{name}" for name in OWN_TESTS]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *ignored, *own, *TESTS]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command,
        cwd=copy,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(LIMIT_S) != 0
        except subprocess.TimeoutExpired:
            return True
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


class Copies:
    """As many copies as jobs, each used by one at a time."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for folder in folders:
            self._free.put(folder)

    def found(self, candidate: Candidate, end: float) -> bool | None:
        """Whether the tests find a mutant; None where the time is over."""
        if time.monotonic() > end:
            return None
        copy = self._free.get()
        file = copy / "suites" / f"{candidate.module}.py"
        original = file.read_text(encoding="utf-8")
        try:
            file.write_text(candidate.mutant.source, encoding="utf-8")
            return tests_fail(copy, candidate.module)
        finally:
            file.write_text(original, encoding="utf-8")
            self._free.put(copy)


def judged(chosen: Sequence[Candidate], jobs: int, minutes: float) -> Iterator[tuple[Candidate, bool]]:
    """Each candidate with whether the tests find it, until the time is over."""
    end = time.monotonic() + 60 * minutes
    basis = _basis()
    with Cache(default_place(ROOT / "suites")) as cache, ExitStack() as stack:
        keys = {candidate: digest(basis, candidate.words) for candidate in chosen}
        todo = []
        for candidate in chosen:
            known = cache.get(keys[candidate])
            if known is None:
                todo.append(candidate)
            else:
                yield candidate, known["found"]
        copies = Copies([stack.enter_context(copied()) for _ in range(min(jobs, len(todo)))])
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        try:
            futures = {pool.submit(copies.found, candidate, end): candidate for candidate in todo}
            for future in as_completed(futures):
                found = future.result()
                if found is not None:
                    cache.put(keys[futures[future]], {"found": found})
                    yield futures[future], found
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _basis() -> str:
    rooms = ("suites", "tests/suites", "tests/grader", "grader")
    code = [file for room in rooms for file in (ROOT / room).rglob("*.py")]
    return digest(sys.version, *((f.name, f.read_bytes()) for f in sorted(code)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw mutants, run the tests against each, say which survive."""
    parser = argparse.ArgumentParser(description="Run the tests of suites/ against mutants of it.")
    parser.add_argument("--mutants", type=int, default=150)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    asked = parser.parse_args(arguments)
    equivalent = tomllib.loads((ROOT / EQUIVALENT).read_text(encoding="utf-8"))
    everything = candidates()
    drawn = sorted(
        everything, key=lambda candidate: digest(asked.seed, candidate.words)
    )  # whatever is beside
    chosen = drawn[: asked.mutants]
    with copied() as copy:
        if tests_fail(copy, ""):
            print("the tests of suites/ fail as they are: mend them first", file=sys.stderr)
            return WRONG
    print(f"{len(chosen)} of {len(everything)} mutants of suites/, seed {asked.seed}", file=sys.stderr)
    killed, excused, survivors, last = 0, 0, [], time.monotonic()
    for candidate, found in judged(chosen, asked.jobs, asked.minutes):
        killed += found
        excused += not found and candidate.words in equivalent
        survivors += [candidate] if not found and candidate.words not in equivalent else []
        if time.monotonic() - last > 15:
            last = time.monotonic()
            print(f"{killed + excused + len(survivors)} of {len(chosen)}", file=sys.stderr, flush=True)
    for candidate in sorted(survivors, key=lambda c: (c.module, c.mutant.line)):
        mutant = candidate.mutant
        print(f"suites/{candidate.module}.py:{mutant.line} survives\n  - {mutant.before}\n  + {mutant.after}")
        print(f"  {candidate.words}")
    total = killed + len(survivors)
    rate = killed / total if total else 0.0
    print(
        f"{killed} of {total} killed ({100 * rate:.1f} %), {excused} declared equivalent, bar {100 * BAR:g} %"
    )
    left = len(chosen) - total - excused
    if left:
        print(f"{left} not run for want of time; the same command goes on")
    return DONE if rate >= BAR else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where it stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)
