"""Proves the tests of `suites/`: small mistakes in how code is measured, each of which some test must find.

    python -m assay.proving.suites [MODULE ...] [--mutants N] [--seed 0] [--tests FILE ...] [--jobs N]

All mutants of the modules named (of all modules where none is), or N of them drawn by a seed, are tried in
forks of one process that has collected the tests (assay/proving/trials.py). Outcomes are kept by the content
of everything they depend on, and which test found what in any case: after Ctrl-C the same command goes on,
and after a change each mutant first meets the test that found it before. Exit status 1 if fewer than BAR of
those that are not declared equivalent (tests/suites/equivalent.toml) are found, or a declaration is wrong.
"""

import argparse
import math
import os
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assay.errors import DONE, INTERRUPTED, WRONG
from assay.proving.cache import Cache, default_place, digest
from assay.proving.trials import Reach, Trial, Trials, with_tests
from suites.mutation import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT / "suites"
# What `assay validate` runs.
LEFT_OUT = frozenset({"__init__", "types", "mutation", "changes", "direct", "proof", "proof_oracle", "stubs"})
TESTS = (
    "tests/suites",
    "tests/grader/test_judge.py",
    "tests/grader/test_training.py",
    "tests/assignments/test_mlp.py",
)
OWN_TESTS = "tests/suites/test_mutation.py"  # of what is left out
READ = ("suites", "tests", "grader", "reference", "assignments", "assay")  # what an outcome depends on
EQUIVALENT = ROOT / "tests/suites/equivalent.toml"
SHORT = 1
BAR = 0.95
SHOWN_EVERY_S = 15.0
UNMUTATED_S = 5.0  # of tests that are tried on no mutant at all


@dataclass(frozen=True)
class Candidate:
    """A mutant of one module."""

    module: str
    mutant: Mutant

    @property
    def words(self) -> str:
        return f"{self.module}.{self.mutant.words}"


@dataclass
class Count:
    """What became of the mutants of a module."""

    killed: int = 0
    equivalent: int = 0
    survivors: list[Candidate] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Of those that are not equivalent, the share that is found."""
        total = self.killed + len(self.survivors)
        return self.killed / total if total else 1.0

    def row(self, name: str) -> str:
        total = self.killed + self.equivalent + len(self.survivors)
        return f"| {name} | {total} | {self.killed} | {self.equivalent} | {100 * self.rate:.1f} % |"


def candidates() -> list[Candidate]:
    """All mutants of the modules of `suites/`, but for those that only move a threshold.

    Thresholds were measured and not derived: benchmarks.truth and benchmarks.gradient hold them.
    """
    files = [file for file in sorted(SUITES.glob("*.py")) if file.stem not in LEFT_OUT]
    made = [Candidate(f.stem, m) for f in files for m in mutants(f.read_text(encoding="utf-8"))]
    return [candidate for candidate in made if not candidate.mutant.measured]


class Kept:
    """What is known from before, each with the digest of what it depends on, in the cache.

    A failing test goes on failing while the code and its own file stay; that all pass depends on every test.
    """

    def __init__(self, cache: Cache, met: Sequence[str]) -> None:
        self._cache = cache
        files = sorted(file for room in READ for file in (ROOT / room).rglob("*.py"))
        tests = [file for file in files if file.name.startswith("test_")]
        self._code = digest(sys.version, *(_content(file) for file in files if file not in tests))
        self._tests = {str(f.relative_to(ROOT)): digest(self._code, _content(f)) for f in tests}
        self._all = digest(self._code, *met, *self._tests.values())

    def outcome(self, c: Candidate) -> tuple[str, bool]:
        """The test that found a mutant, and whether it still would."""
        known = self._cache.get(digest("outcome", c.words)) or {"by": "", "of": ""}
        return known["by"], known["of"] == self._of(known["by"])

    def keep_outcome(self, c: Candidate, by: str) -> None:
        self._cache.put(digest("outcome", c.words), {"by": by, "of": self._of(by)})

    def reach(self, id: str) -> Reach | None:
        """What a test reaches, if that is known."""
        known = self._cache.get(digest("reach", id))
        return Reach(**known["reach"]) if known and known["of"] == self._of(id) else None

    def keep_reach(self, id: str, reach: Reach) -> None:
        self._cache.put(digest("reach", id), {"of": self._of(id), "reach": asdict(reach)})

    def _of(self, id: str) -> str:
        return self._tests.get(id.partition("::")[0], self._all)


def measured(trials: Trials, kept: Kept) -> None:
    """Run the tests of which nothing is known yet."""
    trials.reach |= {id: reach for id in trials.items if (reach := kept.reach(id)) is not None}
    todo = [id for id in trials.items if id not in trials.reach]
    print(f"{len(todo)} of {len(trials.items)} tests are run as they are", file=sys.stderr, flush=True)
    if todo:
        trials.measure(todo)
    for id in todo:
        kept.keep_reach(id, trials.reach[id])


def judged(
    trials: Trials, chosen: Sequence[Candidate], kept: Kept, asked: argparse.Namespace
) -> Iterator[tuple[Candidate, str]]:
    """Each candidate with the test that finds it, or nothing."""
    todo: dict[Trial, Candidate] = {}
    for c in chosen:
        by, holds = kept.outcome(c)
        if holds:
            yield c, by
        else:
            todo[Trial(SUITES / f"{c.module}.py", c.mutant.line, c.mutant.source, by)] = c
    print(f"{len(todo)} of {len(chosen)} mutants are tried", file=sys.stderr, flush=True)
    for trial, by in trials.run(list(todo), asked.jobs, asked.seconds):
        kept.keep_outcome(todo[trial], by)
        yield todo[trial], by


def prove(trials: Trials, asked: argparse.Namespace) -> int:
    """Try the mutants, say which survive, and count."""
    everything = candidates()
    drawn = [c for c in everything if not asked.modules or c.module in asked.modules]
    if asked.mutants is not None:
        drawn = sorted(drawn, key=lambda c: digest(asked.seed, c.words))[: asked.mutants]
    drawn.sort(key=lambda c: (c.module, c.mutant.line))
    declared = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    counts: dict[str, Count] = {c.module: Count() for c in drawn}
    wrongly = [f"there is no mutant {words}" for words in declared.keys() - {c.words for c in everything}]
    done, last = 0, time.monotonic()
    with Cache(default_place(SUITES)) as cache:
        kept = Kept(cache, asked.tests)
        for c in everything:  # of the modules that are not asked for, too: else it would be forgotten
            kept.outcome(c)
        measured(trials, kept)
        failing = [id for id, reach in trials.reach.items() if reach.failed]
        if failing:
            print(f"{failing[0]} fails as it is: mend it first", file=sys.stderr)
            return WRONG
        whole = Trial(SUITES / "tolerance.py", 1, (SUITES / "tolerance.py").read_text(encoding="utf-8"))
        afresh = [by for _, by in trials.run([whole], 1, UNMUTATED_S) if by]
        if afresh:
            print(f"{afresh[0]} fails where everything is imported afresh: mend it first", file=sys.stderr)
            return WRONG
        for c, by in judged(trials, drawn, kept, asked):
            count = counts[c.module]
            count.killed += bool(by)
            count.equivalent += not by and c.words in declared
            count.survivors += [c] if not by and c.words not in declared else []
            if by and c.words in declared:
                wrongly.append(f"{c.words}: declared equivalent, but found by {by}")
            done += 1
            if time.monotonic() - last > SHOWN_EVERY_S:
                last = time.monotonic()
                print(f"{done} of {len(drawn)}", file=sys.stderr, flush=True)
    return _said(counts, wrongly)


def _said(counts: dict[str, Count], wrongly: Sequence[str]) -> int:
    for c in sorted(
        (c for n in counts.values() for c in n.survivors), key=lambda c: (c.module, c.mutant.line)
    ):
        print(f"suites/{c.module}.py:{c.mutant.line} survives\n  - {c.mutant.before}\n  + {c.mutant.after}")
        print(f"  {c.words}")
    for line in wrongly:
        print(line)
    print("| module | mutants | killed | equivalent | killed of the others |\n|---|---|---|---|---|")
    for name, count in sorted(counts.items()):
        print(count.row(f"`{name}`"))
    everything = Count(
        sum(n.killed for n in counts.values()),
        sum(n.equivalent for n in counts.values()),
        [c for n in counts.values() for c in n.survivors],
    )
    print(everything.row("all"))
    return DONE if everything.rate >= BAR and not wrongly else SHORT


def _content(file: Path) -> tuple[str, bytes]:
    return str(file.relative_to(ROOT)), file.read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Collect the tests, try the mutants on them."""
    parser = argparse.ArgumentParser(description="Run the tests of suites/ against mutants of it.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="of suites/, without .py; all for none")
    parser.add_argument("--mutants", type=int, help="as many, drawn by --seed; all where it is left out")
    parser.add_argument("--tests", nargs="+", metavar="FILE", default=TESTS, help="that the mutants meet")
    parser.add_argument("--seconds", type=float, default=math.inf, help="of tests (CPU) that a mutant meets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.modules if not (SUITES / f"{name}.py").is_file()]
    if unknown:
        parser.error(f"suites/ has no module {unknown[0]!r}")
    os.environ["CI"] = "1"  # the examples of hypothesis are the same in every trial
    status = WRONG

    def use(trials: Trials) -> None:
        nonlocal status
        status = prove(trials, asked)

    tests = [f"--rootdir={ROOT}", f"--ignore={ROOT / OWN_TESTS}", *(str(ROOT / name) for name in asked.tests)]
    with_tests(tests, SUITES, use)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where it stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)
