"""How well a submission trains: several runs, hidden test sets, an interval, and a budget kept apart from it.

A run draws a problem from a seed of the grader, the same for all submissions. No clock has a say in an
accuracy: the same code and seeds give the same one on every machine. The budget is CPU time, in multiples of
what the reference uses beside the submission.
"""

from __future__ import annotations

import hashlib
import math
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction

from suites.calibration import Calibration, interval, standard_error
from suites.environment import environment_trouble
from suites.measurement import SUITE, Baseline, Measurement
from suites.parts import Program, Sitting
from suites.terms import Terms
from suites.training_run import Allowed, Run, run
from suites.types import Evidence, Failure, Finding, Verdict

Z_ONE_SIDED = 1.64  # 95 %: a level is missed only where that is sure
WIDEST = 2.0  # of the reference's standard deviations: the most that is believed to be luck
BAND = 0.2  # percentage points: less is no difference between two accuracies
NOISE = 1.1  # the median run may exceed its budget by this factor
KILL = 1.5  # budgets after which a run is ended
FAILED = 0.2  # the share of the runs that may fail, and counts as guessing
RULER_RUNS = 2
RULER_SLACK = 20.0  # times its nominal CPU time: our own code on a slow machine is not to be ended
RULER_WALL_S = 600.0
PATIENCE = 5.0  # times the wall time that the budget takes at the reference's pace
CHECK = "accuracy"
NOTHING = Evidence()
ANY = "any machine"  # no clock has a say in an accuracy
TIER = "ordinary"


@dataclass(frozen=True)
class SealedLevel:
    """Points for an accuracy, in percent."""

    name: str
    points: Fraction
    needed: float


@dataclass(frozen=True)
class SealedTraining:
    """A training part whose seeds are drawn."""

    name: str
    needs: tuple[str, ...]
    terms: Terms
    levels: tuple[SealedLevel, ...]
    seeds: tuple[int, ...]
    reference: Program
    calibration: Calibration

    @property
    def key(self) -> str:
        """A hash of everything that a verdict depends on."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def judge(self, sitting: Sitting) -> list[Finding]:
        """A finding a level; the last has the measurement."""
        ruler, took_s = self._ruler(sitting)
        failure = next((each.failure for each in ruler if each.failure), None)
        if failure is not None:  # nobody can be measured against it
            cause = f"the reference does not train here: {failure.cause}"
            return [self._finding(level, Verdict.INFRASTRUCTURE, cause) for level in self.levels]
        read = [each.cpu_s for each in ruler if each.cpu_s is not None]
        nominal = statistics.median(read) if read else self.calibration.reference_cpu_s
        budget = self.terms.budget
        most_s = max(budget.wall_s, PATIENCE * budget.times * took_s)
        runs = self.runs(sitting, Allowed(KILL * budget.times * nominal, most_s))
        return self.found(runs, budget.times * nominal, sitting)

    def _ruler(self, sitting: Sitting) -> tuple[list[Run], float]:
        """Runs of the reference, as many at once as the submission's will be, and the wall time of one.

        What runs beside it makes CPU time dearer, and it must be as dear for the one as for the other.
        """
        rounds = math.ceil(RULER_RUNS / sitting.jobs)
        seeds = self.seeds[:1] * (sitting.jobs * rounds)  # whole rounds: none is alone at the end
        slack = Allowed(RULER_SLACK * self.calibration.reference_cpu_s, RULER_WALL_S)
        started = time.monotonic()
        with ThreadPoolExecutor(sitting.jobs) as pool:
            made = list(pool.map(lambda seed: run(self.terms, sitting, seed, slack, self.reference), seeds))
        return made, (time.monotonic() - started) / rounds

    def runs(self, sitting: Sitting, allowed: Allowed, program: Program | None = None) -> list[Run]:
        """One run a seed, in order, up to that with which too many have failed, however many run at once."""
        failed: set[int] = set()

        def one(number: int) -> Run | None:
            if self._too_many(sum(each < number for each in list(failed))):
                return None  # it would not have been begun if one ran at a time
            made = run(self.terms, sitting, self.seeds[number], allowed, program)
            if made.failure is not None:
                failed.add(number)
            return made

        with ThreadPoolExecutor(sitting.jobs) as pool:
            made = list(pool.map(one, range(len(self.seeds))))
        return [
            each
            for number, each in enumerate(made)
            if each is not None and not self._too_many(sum(other < number for other in failed))
        ]

    def found(self, runs: Sequence[Run], allowed_s: float, sitting: Sitting) -> list[Finding]:
        """The findings of all runs."""
        failures = [each.failure for each in runs if each.failure is not None]
        ours = [failure for failure in failures if failure.verdict is Verdict.INFRASTRUCTURE]
        if ours or self._too_many(len(failures)):
            verdict, cause = _common(ours or failures)
            # What was raised may hold a hidden input: in grading it is for the instructor alone.
            text = failures[0].text
            seen = Evidence(text=text, public=not (text and sitting.official))
            trouble = environment_trouble(failures[0]) if verdict is Verdict.ERROR else None
            return [
                replace(self._finding(level, verdict, cause, seen), diagnosis=trouble)
                for level in self.levels
            ]
        guess = self.terms.chance
        accuracies = tuple(guess if each.accuracy is None else each.accuracy for each in runs)
        best = statistics.fmean(accuracies) + self._doubt(accuracies)
        measurement = self._measured(runs, accuracies, allowed_s, sitting)
        over = _over(measurement)
        findings = []
        for level in self.levels:
            verdict, cause = Verdict.PASS, ""
            if over:
                verdict, cause = Verdict.TIMEOUT, over
            elif best < level.needed:
                verdict, cause = (
                    Verdict.FAIL,
                    f"{measurement.value:.1f} %, and {level.needed:.1f} % are needed",
                )
            findings.append(self._finding(level, verdict, cause))
        notes = _notes(measurement, failures, self.terms.chance)
        return [*findings[:-1], replace(findings[-1], measurement=measurement, notes=notes)]

    def _doubt(self, accuracies: tuple[float, ...]) -> float:
        """What luck may have taken from a mean. A spread far beyond the reference's own earns nothing more:
        else a run that is spoilt on purpose would buy points.
        """
        sigma = self.calibration.sigma
        most = WIDEST * sigma / len(accuracies) ** 0.5
        return float(Z_ONE_SIDED * min(standard_error(accuracies, sigma), most))

    def _too_many(self, failed: int) -> bool:
        return failed > FAILED * len(self.seeds)

    def _measured(
        self, runs: Sequence[Run], accuracies: tuple[float, ...], allowed_s: float, sitting: Sitting
    ) -> Measurement:
        value, low, high = interval(accuracies, self.calibration.sigma)
        details = {"budget_cpu_s": allowed_s, "parameters": float(max(each.numbers for each in runs))}
        used = [each.cpu_s for each in runs if each.cpu_s is not None]
        if used:
            details["cpu_s"] = statistics.median(used)
        measured = Measurement(
            quantity="accuracy",
            value=value,
            low=max(0.0, low),
            high=min(100.0, high),
            n=len(runs),
            unit="%",
            better="higher",
            scale="linear",
            band=BAND,
            device=ANY,
            suite=SUITE,
            official=sitting.official,
            baselines=(
                Baseline("reference", *interval(self.calibration.reference)),
                Baseline("naive", *interval(self.calibration.naive)),
            ),
            details=details,
        )
        return replace(measured, flags=(flag,)) if (flag := _over(measured)) else measured

    def _finding(self, level: SealedLevel, verdict: Verdict, cause: str, seen: Evidence = NOTHING) -> Finding:
        return Finding(
            part=self.name,
            check=CHECK,
            tensor=level.name,
            tier=TIER,
            verdict=verdict,
            cause=cause,
            credit=Fraction(verdict is Verdict.PASS),
            points=level.points,
            evidence=replace(seen, argument=level.name),
        )


def _over(measurement: Measurement) -> str:
    """By how much a run exceeds its budget, in words; nothing where it does not."""
    used, allowed = measurement.details.get("cpu_s", 0.0), measurement.details["budget_cpu_s"]
    if used <= NOISE * allowed:
        return ""
    return f"a run takes {used:.2f} s of CPU time, and {allowed:.2f} s are allowed"


def _common(failures: Sequence[Failure]) -> tuple[Verdict, str]:
    """What failed runs have in common; where they differ, training is unstable."""
    first = failures[0]
    if all(failure.verdict is first.verdict for failure in failures):
        return first.verdict, first.cause
    ways = ", ".join(sorted({str(failure.verdict) for failure in failures}))
    return Verdict.FAIL, f"unstable: {len(failures)} runs failed in different ways ({ways})"


def _notes(measurement: Measurement, failures: Sequence[Failure], chance: float) -> tuple[str, ...]:
    value, high = measurement.value, measurement.high
    assert value is not None
    assert high is not None
    notes = [f"{value:.1f} % ± {high - value:.1f} in {measurement.n} runs, each on a test set of its own"]
    if value < chance / 2:
        notes.append(f"guessing reaches {chance:.0f} %: are the labels that are predicted those of y?")
    if failures:
        first = failures[0]  # of what was raised nothing is said: it may hold a hidden input
        why = first.cause if first.verdict is Verdict.FAIL else str(first.verdict)
        count = "counts" if len(failures) == 1 else "count"
        notes.append(f"{len(failures)} of the runs failed and {count} as guessing: {why}")
    if "cpu_s" not in measurement.details:
        notes.append("CPU time cannot be read here, so the budget was not checked")
    return tuple(notes)
