"""Judging: the half of a check that needs no oracle. Sealed cases and answers in, findings out.

One tensor and one tier make one finding. A tier's points are earned when every case of the tier agrees;
what a variant explains is named over all cases of the tensor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from suites.assignment import TIERS, UNUSUAL_SHARE, Agreement, Check, Gradient, Statistics
from suites.carry import Carried, OwnForward
from suites.diagnosis import Named, described, name_mistake
from suites.environment import environment_trouble
from suites.evidence import Look, evidence, most_telling
from suites.property import Property, judge_property
from suites.questions import Observed, signature_of
from suites.statistics import carried_draws, draws_look, name_draws
from suites.tolerance import PARTLY_SINGLE, Band, Comparison
from suites.types import Diagnosis, Failure, Finding, Misconception, Student, Verdict

CONVENTION_COST = Fraction(1, 10)
ALONE = "right, but alone: it earns nothing while the forward and every other gradient are off"


@dataclass(frozen=True)
class Grounds:
    """What a judgement rests on beside the cases: the words of the variants and the assignment's policy."""

    words: Mapping[str, Misconception] = field(default_factory=dict)
    conventions: Mapping[str, str] = field(default_factory=dict)
    carry: Fraction = Fraction(1, 2)


def judge_check(
    part: str, check: Check, seen: Sequence[Observed], student: Student, grounds: Grounds
) -> list[Finding]:
    """All findings of one check: a finding a tensor and tier, in the order of the points."""
    if isinstance(check, Property):
        return judge_property(part, check, seen)
    findings: list[Finding] = []
    own = OwnForward(seen, student, grounds.words)
    for tensor, points in check.points.items():
        findings += _Tensor(part, check, tensor, points, seen, own, grounds).findings()
    return findings


@dataclass(frozen=True)
class _Tensor:
    part: str
    check: Agreement | Gradient | Statistics
    tensor: str
    points: Fraction
    seen: Sequence[Observed]
    own: OwnForward
    grounds: Grounds

    def findings(self) -> list[Finding]:
        looks = self._looks()
        tiers = [tier for tier in TIERS if any(o.case.tier == tier for o, _ in looks)]
        off = [item for item in looks if _is_off(item)]
        named = self._named(off)
        carried = self._carried(named, off)
        return [
            self._finding(tier, [item for item in looks if item[0].case.tier == tier], named, carried, share)
            for tier, share in zip(tiers, _shares(tiers))
        ]

    @property
    def _backward(self) -> bool:
        return self.tensor in signature_of(self.seen).gradients

    def _looks(self) -> list[Look]:
        aspect = "backward" if self._backward else "forward"
        mine = [o for o in self.seen if aspect in o.case.checks]
        if not isinstance(self.check, Statistics):
            return [(o, _look(self.tensor, o)) for o in mine]
        some = self.check.regimes
        return [(o, draws_look(self.tensor, o, self.seen)) for o in mine if not some or o.case.regime in some]

    def _named(self, off: Sequence[Look]) -> Named | None:
        if not off:
            return None
        if isinstance(self.check, Statistics):
            return name_draws(self.tensor, self.seen, off, self.grounds.words)
        return name_mistake(self.tensor, self.seen, self.grounds.words)

    def _carried(self, named: Named | None, off: Sequence[Look]) -> Carried | None:
        """A gradient that is off may still be right for a forward that is itself a named mistake."""
        differing = [o for o, look in off if isinstance(look, Comparison)]
        if not self._backward or not differing:
            return None
        if isinstance(self.check, Statistics):
            return carried_draws(self.tensor, self.seen, self.grounds.words)
        return self.own.carried(self.tensor, named)

    def _finding(
        self,
        tier: str,
        looks: Sequence[Look],
        named: Named | None,
        carried: Carried | None,
        share: Fraction,
    ) -> Finding:
        failing = [item for item in looks if _is_off(item)]
        ruling = self._ruling(looks, failing, named, carried, share)
        return Finding(
            part=self.part,
            check=self.check.name,
            tensor=self.tensor,
            tier=tier,
            verdict=ruling.verdict,
            cause=ruling.cause,
            credit=ruling.credit,
            points=self.points * share,
            diagnosis=ruling.diagnosis,
            evidence=evidence(self.tensor, looks, failing if ruling.verdict is not Verdict.PASS else ()),
            notes=tuple(dict.fromkeys((*ruling.notes, *_forgiven(looks, ruling), *self._mutations(looks)))),
            seconds=sum(o.seconds.get(self.tensor, 0.0) for o, _ in looks),
        )

    def _mutations(self, looks: Sequence[Look]) -> list[str]:
        names = [name for o, _ in looks for name in o.changed if (name == "dout") == self._backward]
        return [f"your function changes its argument {name} in place" for name in names]

    def _ruling(
        self,
        looks: Sequence[Look],
        failing: Sequence[Look],
        named: Named | None,
        carried: Carried | None,
        share: Fraction,
    ) -> _Ruling:
        if not failing:
            alone = isinstance(self.check, Gradient) and self.own.stands_alone(self.tensor)
            return _Ruling(Verdict.PASS, ALONE if alone else "", Fraction(0 if alone else 1))
        _, shown = most_telling(failing)
        if isinstance(shown, Failure):
            return _Ruling(shown.verdict, shown.cause, Fraction(0), environment_trouble(shown))
        if carried is not None:
            return self._carried_ruling(carried, named)
        diagnosis = named.diagnosis if named else None
        if named and named.kind in ("accept", "note"):
            unexplained = [item for item in failing if item[0].case.id in named.aside]
            if not unexplained:
                return self._harmless(named, share)
            diagnosis = _where(unexplained, looks)
        only_near = {look.band for _, look in failing if isinstance(look, Comparison)} == {Band.NEAR}
        lenient = not any(o.case.strict for o, _ in failing)
        if only_near and lenient and not (named and named.kind == "wrong"):
            return _Ruling(Verdict.PASS, "", Fraction(1), notes=("beyond rounding, within 1e-4",))
        return _Ruling(Verdict.FAIL, shown.cause, Fraction(0), diagnosis or _where(failing, looks))

    def _harmless(self, named: Named, share: Fraction) -> _Ruling:
        d = named.diagnosis
        if named.kind == "note" and self.grounds.conventions.get(d.id) == "required":
            left = max(Fraction(0), 1 - CONVENTION_COST / share)  # a tenth of the tensor, not of the tier
            return _Ruling(Verdict.PASS, "another convention than the handout's", left, d)
        return _Ruling(Verdict.PASS, "", Fraction(1), d)

    def _carried_ruling(self, carried: Carried, named: Named | None) -> _Ruling:
        diagnosis = _forwards(carried, named)
        if carried.kind == "kink":
            return _Ruling(Verdict.PASS, "", Fraction(1), None, (carried.says,))
        if carried.kind == "wrong":
            return _Ruling(Verdict.FAIL, carried.says, self.grounds.carry, diagnosis)
        if carried.kind in ("note", "accept"):
            return _Ruling(Verdict.PASS, "", Fraction(1), diagnosis, ("right for your own forward",))
        return _Ruling(Verdict.FAIL, carried.says, Fraction(0), diagnosis)


@dataclass(frozen=True)
class _Ruling:
    verdict: Verdict
    cause: str
    credit: Fraction
    diagnosis: Diagnosis | None = None
    notes: tuple[str, ...] = ()


def _forwards(carried: Carried, named: Named | None) -> Diagnosis:
    """The mistake of the forward where the gradient is right for it; else what is known of the gradient."""
    if carried.mistake is not None:
        symptom = named.diagnosis.symptom if named else ""
        return described(carried.mistake, symptom)
    return named.diagnosis if named else Diagnosis(carried.says)


def _look(tensor: str, o: Observed) -> Comparison | Failure:
    returned = o.values.get(tensor)
    if isinstance(returned, Failure):
        return returned
    return o.looked(tensor)


def _is_off(item: Look) -> bool:
    look = item[1]
    return isinstance(look, Failure) or look.band is not Band.ROUNDING


def _shares(tiers: Sequence[str]) -> list[Fraction]:
    """Nine tenths and one tenth where both tiers have cases; all to the only one otherwise."""
    if len(tiers) == 1:
        return [Fraction(1)]
    return [1 - UNUSUAL_SHARE if tier == "ordinary" else UNUSUAL_SHARE for tier in tiers]


def _where(failing: Sequence[Look], looks: Sequence[Look]) -> Diagnosis:
    """With no better word: which inputs broke it."""
    if len(failing) == len(looks) > 1:
        return Diagnosis("off on every kind of input")
    abouts = list(dict.fromkeys(o.case.about.rstrip(".") for o, _ in failing))
    return Diagnosis(f"off on: {'; '.join(abouts[:3])}")


def _forgiven(looks: Sequence[Look], ruling: _Ruling) -> list[str]:
    """What was forgiven; nearly equal numbers mean another thing where the tensor is off elsewhere."""
    notes = [note for _, look in looks if isinstance(look, Comparison) for note in look.notes]
    return [note for note in notes if note != PARTLY_SINGLE or ruling.diagnosis is None]
