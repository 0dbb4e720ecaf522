"""A part in which students estimate what the trusted side knows exactly, such as the gradient of a function.

An estimate is right within a declared accuracy, not within rounding: how it is made is the student's affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Callable

import numpy as np

from suites.assignment import AuthoringError, Variant
from suites.diagnosis import described
from suites.environment import environment_trouble
from suites.evidence import picture
from suites.parts import Sitting
from suites.subjects import Subject, Trials, Tried, remade
from suites.tolerance import as_array
from suites.types import Answer, Array, Evidence, Failure, Finding, Verdict

CHECK = "estimate"
NAMED_WITHIN = 1e-3  # of the largest entry: two estimates of the same wrong thing differ by their steps


@dataclass(frozen=True)
class Estimates(Tried):
    """Declares such a part. Its subjects draw the arguments of the function and, last, the exact value.

    accuracy  the largest error allowed, as a part of the largest entry of the exact value.

    Variants in the module of the subjects, functions of the same arguments, give mistakes a name.
    """

    accuracy: float = 1e-6

    def seal(self, stream: Callable[[str], np.random.Generator]) -> SealedEstimates:
        """Draw one trial a kind. AuthoringError where an exact value is 0: no error is a part of it."""
        trials = self.trials(stream, 1)
        for trial in trials.drawn:
            *_, exact = trials.arguments(trial)
            if not np.any(exact):
                size = "empty" if np.size(exact) == 0 else "0"
                raise AuthoringError(
                    f"subject {trial.subject} of {self.function} draws an exact value that is {size}: "
                    "an error is a part of its largest entry; draw one that is not 0"
                )
        return SealedEstimates(self.name, self.needs, self.accuracy, trials)


@dataclass(frozen=True)
class SealedEstimates:
    """The part as data."""

    name: str
    needs: tuple[str, ...]
    accuracy: float
    trials: Trials

    @property
    def key(self) -> str:
        """What the findings depend on."""
        return f"{self.accuracy}/{self.trials.digest}"

    def judge(self, sitting: Sitting) -> list[Finding]:
        """A finding a kind, in the order of the author's."""
        drawn = {trial.subject: self.trials.arguments(trial) for trial in self.trials.drawn}
        with sitting.usual() as student:
            answers = self.trials.asked(student, [args[:-1] for args in drawn.values()])
        looks = {s.name: self._look(drawn[s.name], *answers[s.name]) for s in self.trials.subjects}
        named = self._named(list(looks.values()))
        return [self._finding(s, looks[s.name], named) for s in self.trials.subjects]

    def _look(self, drawn: tuple[Any, ...], answer: Answer) -> _Look:
        *args, exact = drawn
        if isinstance(answer, Failure):
            return _Look(args, exact, None, answer.cause, self.accuracy, answer)
        (value,) = answer.values
        got, cause, _ = as_array(value, exact.shape)
        return _Look(args, exact, got, cause, self.accuracy)

    def _named(self, looks: Sequence[_Look]) -> Variant | None:
        """The one mistake that gives what the student gave, wherever that is off."""
        off = [look for look in looks if look.got is not None and look.off]
        variants = [v for v in remade(self.trials.text).values() if isinstance(v, Variant)]
        same = [v for v in variants if off and all(look.is_that_of(v) for look in off)]
        if len(same) != 1:
            return None
        (variant,) = same
        return variant

    def _finding(self, s: Subject, look: _Look, named: Variant | None) -> Finding:
        verdict = look.failure.verdict if look.failure else Verdict.FAIL if look.off else Verdict.PASS
        diagnosis = environment_trouble(look.failure) if look.failure else None
        if verdict is Verdict.FAIL:
            diagnosis = described(named.words if named else s.words, look.symptom)
        return Finding(
            part=self.name,
            check=CHECK,
            tensor=s.title,
            tier=s.tier,
            verdict=verdict,
            cause=look.cause,
            credit=Fraction(not look.off),
            points=self.trials.shares[s.name],
            diagnosis=diagnosis,
            evidence=look.evidence(s),
        )


class _Look:
    """One estimate beside the exact value."""

    def __init__(
        self,
        args: list[Any],
        exact: Array,
        got: Array | None,
        cause: str,
        accuracy: float,
        failure: Failure | None = None,
    ) -> None:
        self.args, self.exact, self.got, self.cause, self.failure = args, exact, got, cause, failure
        self.size = float(np.max(np.abs(exact)))
        self.error = np.full(exact.shape, np.inf) if got is None else np.abs(got - exact)
        self.off = not bool(np.all(self.error <= accuracy * self.size))
        self._accuracy = accuracy
        if got is not None and self.off:
            self.cause = "values differ"

    @property
    def symptom(self) -> str:
        if self.got is None:
            return self.cause
        worst = float(np.max(self.error)) / self.size
        if not np.isfinite(worst):
            return "not finite"
        return f"off by {worst:.1g} of the largest entry, {self._accuracy:g} is allowed"

    def is_that_of(self, variant: Variant) -> bool:
        """Whether a mistake gives, on these arguments, what the student returned."""
        copies = [np.array(a) if isinstance(a, np.ndarray) else a for a in self.args]
        try:
            theirs = np.asarray(variant.wrong(*copies), dtype=np.float64)
        except (ArithmeticError, ValueError, IndexError):
            return False
        assert self.got is not None
        if theirs.shape != self.got.shape:
            return False
        return bool(
            np.all(np.abs(theirs - self.got) <= NAMED_WITHIN * max(self.size, float(np.max(np.abs(theirs)))))
        )

    def evidence(self, s: Subject) -> Evidence:
        common = Evidence(
            s.title, s.name, s.name, s.public, self.exact.shape, cases=1, failed_cases=int(self.off)
        )
        if not self.off:
            return common
        if self.got is None:
            text = self.failure.text if self.failure else ""
            return replace(common, text=text)
        index = tuple(int(i) for i in np.unravel_index(int(np.argmax(self.error)), self.exact.shape))
        return replace(
            common,
            index=index,
            expected=float(self.exact[index]),
            got=float(self.got[index]),
            max_error=float(self.error[index]),
            picture=picture(self.error),
        )
