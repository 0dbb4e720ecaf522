"""Tests that are collected once and then tried on one mutant after the other, each in a fork of this process.

A mutant of a function that nothing has called while the tests were collected is put in the place of the
function that is there, so a trial costs little more than its tests. Any other (a constant of a module, say)
is imported afresh, with all that stands on it. Only those tests are run that reach the mutated statement when
nothing is mutated, the likeliest to fail first; the first that fails ends the trial.
"""

import gc
import pickle
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import coverage
import pytest

import assignments
from assay.proving.forks import Fork, ready_ones
from assay.proving.plant import Planted, Source, functions_of, put

QUIET = (
    *("-p", "no:terminal", "-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
CPU_S, WALL_S = 20, 300.0  # beyond thrice what its tests usually take, and in all: what takes longer is found
TEST_S = 60.0  # wall time of one test of a mutant: who waits for what never comes uses no CPU
COLLECTING = "collecting"


@dataclass(frozen=True)
class Trial:
    """A module's mutated text, the line where it differs, and the test that found it the last time."""

    file: Path
    line: int
    source: str
    hint: str = ""


@dataclass(frozen=True)
class Reach:
    """What a test does when nothing is mutated: seconds of CPU, the lines it reaches by file, how it ends."""

    seconds: float
    lines: Mapping[str, Sequence[int]]
    failed: bool = False


def with_tests(arguments: Sequence[str], folder: Path, use: "Callable[[Trials], None]") -> None:
    """Collect tests in this process and give them to `use`, to be tried on mutants of a folder's modules."""
    plugin = _HandedOut(folder, use)
    ended = pytest.main([*QUIET, *arguments], plugins=[plugin])
    if plugin.error is not None:
        raise plugin.error
    if ended is not pytest.ExitCode.OK:
        raise RuntimeError("the tests cannot be collected: run pytest to see why")


class _HandedOut:
    """A plugin of pytest: the tests are not run but handed out."""

    def __init__(self, folder: Path, use: "Callable[[Trials], None]") -> None:
        self.error: BaseException | None = None
        self._folder, self._use = folder, use
        self._coverage = coverage.Coverage(data_file=None, include=[f"{folder}/*"], config_file=False)
        self._coverage.set_option("run:disable_warnings", ["no-data-collected"])

    def pytest_collection(self) -> None:
        self._coverage.start()
        self._coverage.switch_context(COLLECTING)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._coverage.stop()
        try:
            self._use(Trials(self._folder, session, self._coverage))
        except BaseException as error:  # of which pytest would make an exit status
            self.error = error
        return True


class _Failing:
    """A plugin that knows the first test that failed; it leaves the tests in the order of these ids.

    each_s  wall time of a test, after which the process ends; 0 for any.
    """

    def __init__(self, ids: Sequence[str] = (), each_s: float = 0.0) -> None:
        self.first, self.each_s = "", each_s
        self._places = {id: place for place, id in enumerate(ids)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places), key=lambda i: self._places[i.nodeid]
        )

    def pytest_runtest_setup(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, self.each_s)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.first = self.first or report.nodeid


class Trials:
    """Collected tests, ready to be tried. Each must have its `reach` first: by `measure`, or known before."""

    def __init__(self, folder: Path, session: pytest.Session, reached: coverage.Coverage) -> None:
        self.items = {item.nodeid: item for item in session.items}
        self.reach: dict[str, Reach] = {}
        self._failing, self._coverage = _Failing(), reached
        session.config.pluginmanager.register(self._failing)
        self._collecting = self._reached()[COLLECTING]
        self._functions = functions_of(folder)
        self._kills: Counter[tuple[Path, str]] = Counter()
        self._killed_here: dict[tuple[Path, int], str] = {}
        gc.freeze()  # what is there is never garbage: forks need not look at it, nor copy it

    # ----------------------------------------------------------------- what the tests reach

    def measure(self, ids: Sequence[str]) -> None:
        """Run tests as they are, in a fork, of which nothing is left here but what they reach."""
        fork = Fork(lambda: pickle.dumps(self._measured(ids)), cpu_s=3600, wall_s=3600.0)
        self.reach |= pickle.loads(fork.said())

    def _measured(self, ids: Sequence[str]) -> dict[str, Reach]:
        seconds, failed = dict[str, float](), set[str]()
        self._coverage.start()
        for id in ids:
            self._coverage.switch_context(id)
            begin = time.process_time()
            self._run(id)
            seconds[id] = time.process_time() - begin
            failed |= {self._failing.first}
        self._coverage.stop()
        lines = self._reached()
        return {id: Reach(seconds[id], lines.get(id, {}), id in failed) for id in ids}

    def _reached(self) -> Mapping[str, Mapping[str, list[int]]]:
        """Lines by what reached them and by file."""
        data = self._coverage.get_data()
        found: dict[str, dict[str, list[int]]] = {COLLECTING: {}}
        for file in data.measured_files():
            for line, contexts in data.contexts_by_lineno(file).items():
                for context in contexts:
                    found.setdefault(context, {}).setdefault(file, []).append(line)
        return found

    @cached_property
    def _tests(self) -> Mapping[tuple[str, int], set[str]]:
        """Who reaches a line of a file, the collection included."""
        found: dict[tuple[str, int], set[str]] = {}
        for id, lines in ((COLLECTING, self._collecting), *((id, r.lines) for id, r in self.reach.items())):
            for file, numbers in lines.items():
                for number in numbers:
                    found.setdefault((file, number), set()).add(id)
        return found

    def _run(self, id: str) -> None:
        item = self.items[id]
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)

    # ----------------------------------------------------------------- trials

    def run(self, trials: Sequence[Trial], jobs: int, cpu_s: float) -> Iterator[tuple[Trial, str]]:
        """Each trial with the test that fails, or what else ends it; nothing where every test passes.

        The tests of a trial are the likeliest to fail, up to cpu_s seconds of them.
        """
        waiting, running = list(trials)[::-1], dict[int, tuple[Trial, Fork]]()
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    trial = waiting.pop()
                    fork = self._begin(trial, cpu_s)
                    if fork is None:
                        yield trial, ""  # no test reaches it
                    else:
                        running[fork.reading] = trial, fork
                for ready in ready_ones({n: fork for n, (_, fork) in running.items()}):
                    trial, fork = running.pop(ready)
                    yield trial, self._ended(trial, fork.said())
        finally:
            for _, fork in running.values():
                fork.end()

    def _begin(self, trial: Trial, cpu_s: float) -> "Fork | None":
        source = Source.read(trial.file)
        file = str(trial.file)
        reaching = {id for n in source.statement(trial.line) for id in self._tests.get((file, n), ())}
        afresh = not source.in_function(trial.line) or COLLECTING in reaching
        if afresh:  # a constant shows wherever the module is used
            reaching = {id for id, reach in self.reach.items() if file in reach.lines}
        ids = self._likeliest_first(trial, reaching)
        spent = accumulate(self.reach[id].seconds for id in ids)
        ids = [id for id, seconds in zip(ids, spent, strict=True) if seconds <= cpu_s]
        if not ids:
            return None
        limit = CPU_S + round(3 * sum(self.reach[id].seconds for id in ids))
        return Fork(lambda: self._tried(trial, ids, afresh).encode(), limit, WALL_S + 10 * limit)

    def _likeliest_first(self, trial: Trial, reaching: Iterable[str]) -> list[str]:
        first = (trial.hint, self._killed_here.get((trial.file, trial.line)))

        def cost(id: str) -> tuple[bool, float]:
            return id not in first, (0.01 + self.reach[id].seconds) / (1 + self._kills[trial.file, id])

        return sorted(reaching, key=cost)

    def _ended(self, trial: Trial, said: bytes) -> str:
        by = said.decode() if said else "it ends the process, or does not end"
        by = by.removeprefix(PASSED)
        if by in self.items:
            self._kills[trial.file, by] += 1
            self._killed_here[trial.file, trial.line] = by
        return by

    def _tried(self, trial: Trial, ids: Sequence[str], afresh: bool) -> str:
        """In a fork: the first test that fails."""
        if afresh or not put(trial.file, trial.source, self._functions):
            return _run_afresh(trial, ids)
        self._failing.each_s = TEST_S
        for id in ids:
            self._run(id)
            if self._failing.first:
                return self._failing.first
        return PASSED


PASSED = "passed"


def _run_afresh(trial: Trial, ids: Sequence[str]) -> str:
    """Import everything of ours once more, with the mutant in it, and run the tests."""
    root = trial.file.parents[1]
    rooms = {folder.name for folder in root.iterdir()}
    rooms |= {name.split(".")[0] for name in sys.modules if name.startswith(assignments.LOADED)}
    for name in [name for name in sys.modules if name.split(".")[0] in rooms]:
        del sys.modules[name]
    sys.meta_path.insert(0, Planted(trial.file, trial.source, root))
    failing = _Failing(ids, TEST_S)
    files = dict.fromkeys(str(root / id.split("::")[0]) for id in ids)
    ended = pytest.main([*QUIET, "-x", f"--rootdir={root}", *files], plugins=[failing])
    return PASSED if ended is pytest.ExitCode.OK else failing.first or "it cannot be imported"
