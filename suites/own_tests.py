"""A part that grades the student's own test: by the wrong that it catches and the right that it passes.

What is tried is behind a `Function`, so a test can only ask it, never read it. To catch something is worth
nothing to who refuses what is right: with the share r of the right kinds refused, a wrong kind that is caught
earns 1 - 2 r of its points, and nothing from r = 1/2 on. So a test that refuses everything or passes
everything earns nothing, and one that guesses less than a tenth on average, at whatever odds: each trial of
what is right has to be passed, and there are two of every kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Callable

import numpy as np

from suites.assignment import AuthoringError
from suites.diagnosis import described
from suites.environment import environment_trouble
from suites.parts import Sitting
from suites.subjects import Subject, Trials, Tried
from suites.types import Answer, Diagnosis, Evidence, Failure, Finding, Reply, Verdict

RETURNS, RAISES = "returns", "raises"
CHECK = "own test"
NO_ANSWER = "answers neither True nor False"
UNHEARD = "returned False, which counts for nothing: it has to raise AssertionError"
TWICE = 2  # what is right is drawn so often: who guesses passes all of it too seldom to be trusted


@dataclass(frozen=True)
class OwnTests(Tried):
    """Declares such a part. The function is the student's test.

    answers  how it decides: it `returns` True for what is right, or `raises` AssertionError otherwise.
    """

    answers: str = RETURNS

    def earns(self, kind: Subject) -> bool:
        """To pass what is ordinary and right has no points of its own: everything else hangs on it."""
        return not kind.right or kind.tier == "unusual"

    def seal(self, stream: Callable[[str], np.random.Generator]) -> SealedTests:
        """Draw the trials. AuthoringError where there is nothing right, or nothing wrong, to tell apart."""
        for right in (True, False):
            if not any(s.right is right and s.tier == "ordinary" for s in self.kinds):
                which = "right" if right else "wrong"
                raise AuthoringError(f"part {self.name}: {self.function} is tried on nothing that is {which}")
        return SealedTests(self.name, self.needs, self.answers, self.trials(stream, TWICE))


@dataclass(frozen=True)
class SealedTests:
    """The part as data."""

    name: str
    needs: tuple[str, ...]
    answers: str
    trials: Trials

    @property
    def key(self) -> str:
        """What the findings depend on."""
        return f"{self.answers}/{self.trials.digest}"

    def judge(self, sitting: Sitting) -> list[Finding]:
        """A finding a kind, in the order of the author's."""
        given = [self.trials.arguments(trial) for trial in self.trials.drawn]
        with sitting.usual() as student:
            answers = self.trials.asked(student, given)
        kinds = [_Kind(s, answers[s.name], self.answers) for s in self.trials.subjects]
        ordinary = [kind for kind in kinds if kind.subject.tier == "ordinary"]
        passed = _share([kind.decided for kind in ordinary if kind.subject.right])
        caught = _share([kind.decided for kind in ordinary if not kind.subject.right])
        trust = max(Fraction(0), 2 * passed - 1)
        return [self._finding(kind, self._weight(kind.subject, caught, trust)) for kind in kinds]

    def _weight(self, s: Subject, caught: Fraction, trust: Fraction) -> Fraction:
        """The share of its points that a kind earns where it is decided rightly."""
        if not self.trials.shares[s.name]:
            return Fraction(1)  # of nothing: it decides about the others
        return caught if s.right else trust

    def _finding(self, kind: _Kind, weight: Fraction) -> Finding:
        s, verdict = kind.subject, kind.verdict
        broken = kind.broken
        cause = _discounted(s, weight) if kind.decided else ("" if broken is None else broken.cause)
        return Finding(
            part=self.name,
            check=CHECK,
            tensor=s.title,
            tier=s.tier,
            verdict=verdict,
            cause=cause,
            credit=weight if kind.decided else Fraction(0),
            points=self.trials.shares[s.name],
            diagnosis=None if kind.decided else kind.diagnosis,
            evidence=Evidence(
                argument=s.title,
                regime=s.name,
                case=s.name,
                public=s.public,
                cases=len(kind.answers),
                failed_cases=kind.wrongly,
                text="" if broken is None else broken.text,
            ),
            seconds=sum(answer.seconds for answer in kind.answers),
        )


class _Kind:
    """What a test said of one subject, in all its trials."""

    def __init__(self, subject: Subject, answers: Sequence[Answer], how: str) -> None:
        self.subject, self.answers = subject, answers
        said = [decision(answer, how) for answer in answers]
        self.wrongly = sum(passed is not subject.right for passed in said)
        self.decided = self.wrongly == 0
        failures = [a for a, passed in zip(answers, said) if passed is None and isinstance(a, Failure)]
        self.broken = failures[0] if failures else None  # a trial in which the test itself failed
        self._silent = any(passed is None for passed in said)
        self._unheard = how == RAISES and any(_returned(answer) is False for answer in answers)

    @property
    def verdict(self) -> Verdict:
        if self.decided:
            return Verdict.PASS
        return Verdict.FAIL if self.broken is None else self.broken.verdict

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The author's words of a wrong decision; they ask for something else where its form is off."""
        if self.broken is not None:
            return environment_trouble(self.broken)
        if self._silent:
            return Diagnosis(NO_ANSWER)
        if self._unheard:
            return Diagnosis(UNHEARD)
        return described(self.subject.words, self._symptom)

    @property
    def _symptom(self) -> str:
        """What was decided wrongly, and how often."""
        what = "refuses what is right" if self.subject.right else "passes what is wrong"
        return f"{what} in {self.wrongly} of {len(self.answers)} trials" if self.subject.right else what


def decision(answer: Answer, how: str) -> bool | None:
    """What a test says of what it was given: True that it is right; None where it says nothing."""
    if how == RAISES:
        if isinstance(answer, Reply):
            return True
        asserted = answer.verdict is Verdict.ERROR and answer.cause.startswith("raised AssertionError")
        return False if asserted else None
    return _returned(answer)


def _returned(answer: Answer) -> bool | None:
    """The True or False that was returned, None where it was something else."""
    if isinstance(answer, Failure):
        return None
    (value,) = answer.values
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind == "b":
        return bool(value.item())
    return value if isinstance(value, bool) else None


def _share(found: Sequence[bool]) -> Fraction:
    return Fraction(sum(found), len(found))


def _discounted(s: Subject, weight: Fraction) -> str:
    """Why what was decided rightly earns less than all of its points."""
    if weight == 1:
        return ""
    if s.right:
        return "passed, but what is wrong is passed, too"
    return "caught, but what is right is refused, too"
