"""A backward that is off against the oracle: is it right for the student's own forward?

Credit is carried forward only where the forward is a named variant and the backward is right for that
variant: either it is what the right backward makes of the variant, or a numerical check against the
student's own forward passes. Self-consistent stubs (zeros, identity) match no variant and earn nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from suites.diagnosis import Named, matching_variants
from suites.numerical import Numerical, check_gradients
from suites.questions import Observed, signature_of
from suites.types import Failure, Misconception, Student, Verdict

RIGHT_FOR_OWN = "right for your own forward, which is off"
OWN_GRADIENT = "your backward is the gradient of your own forward: mend the forward first"


@dataclass(frozen=True)
class Carried:
    """kind: that of the forward's variant, `kink`, or empty where nothing is carried but more is known.

    `says` is the cause, and never names the mistake: `mistake` has the words of the forward's variant.
    """

    kind: str
    says: str
    mistake: Misconception | None = None


class OwnForward:
    """The student's own forward, as far as it decides what a gradient that is off is worth.

    Made once for an operation: the match of the forward and each numerical check are asked at most once.
    """

    def __init__(
        self, seen: Sequence[Observed], student: Student, words: Mapping[str, Misconception]
    ) -> None:
        self._seen, self._student, self._words = seen, student, words
        self._checked: dict[str, dict[str, Numerical]] = {}  # by case

    def carried(self, tensor: str, named: Named | None) -> Carried | None:
        """What is known of a gradient that is off, from the student's forward; None where nothing is."""
        mistake = self._mistake
        if named and named.diagnosis.id:
            if mistake is None:
                return None  # a mistake of the backward itself, with a name of its own
            if mistake.id == named.diagnosis.id:
                return Carried(mistake.kind, RIGHT_FOR_OWN, mistake)
        numerical = self._numerical(tensor)
        if numerical is None:
            return None
        if numerical.verdict is Verdict.PASS:
            return self._consistent(numerical)
        if numerical.verdict is Verdict.FAIL and not self._right and not (named and named.diagnosis.id):
            return Carried("", _inconsistent(tensor, numerical))
        return None

    def stands_alone(self, tensor: str) -> bool:
        """Whether a right gradient has nothing right beside it: a stub gets dbeta = sum(dout) for nothing."""
        others = [name for name in signature_of(self._seen).gradients if name != tensor]
        if self._right or self._mistake is not None or not others:
            return False
        out = signature_of(self._seen).outputs[0]
        ordinary = [o for o in self._seen if o.case.tier == "ordinary" and "backward" in o.case.checks]
        return not any(o.right(name) for o in ordinary for name in (out, *others))

    @cached_property
    def _right(self) -> bool:
        out = signature_of(self._seen).outputs[0]
        return all(o.right(out) for o in self._seen if "forward" in o.case.checks)

    @cached_property
    def _mistake(self) -> Misconception | None:
        """The one variant that the forward is, if it is off."""
        out = signature_of(self._seen).outputs[0]
        ids = () if self._right else matching_variants(out, self._seen)
        if len(ids) != 1:
            return None
        (id,) = ids
        return self._words[id]

    def _consistent(self, numerical: Numerical) -> Carried | None:
        if self._right:  # S overrules the oracle at the oracle's own kinks and nowhere else
            return Carried("kink", numerical.note) if numerical.kink else None
        if self._mistake is not None:
            return Carried(self._mistake.kind, RIGHT_FOR_OWN, self._mistake)
        return Carried("", OWN_GRADIENT)

    def _numerical(self, tensor: str) -> Numerical | None:
        """The numerical check over the cases in which the tensor is off: one conviction outweighs the rest.

        A kink excuses only if it does so in every one of them. Beside a right forward there is no other
        excuse, so where the oracle has no kink nothing is asked: in loops over pixels a check is dear.
        """
        off = [o for o in self._seen if not isinstance(o.values.get(tensor), Failure) and not o.right(tensor)]
        asked = [o for o in off if "self" in o.case.checks]
        if self._right and not (len(asked) == len(off) and all(o.case.kinked for o in off)):
            return None
        found: list[Numerical] = []
        for o in asked:
            found.append(self._check(tensor, o))
            if found[-1].verdict is Verdict.FAIL:
                return found[-1]
        if not found:
            return None
        settled = [n for n in found if n.verdict is Verdict.PASS]
        return replace((settled or found)[0], kink=all(n.kink for n in found))

    def _check(self, tensor: str, o: Observed) -> Numerical:
        if o.case.id not in self._checked:
            rng = np.random.default_rng(zlib.crc32(o.case.id.encode()))
            self._checked[o.case.id] = check_gradients(self._student, o.case, rng)
        return self._checked[o.case.id][tensor.removeprefix("d")]


def _inconsistent(tensor: str, numerical: Numerical) -> str:
    said = f"{tensor} is not the gradient of your own forward either"
    found = numerical.located
    if found is None or found.dense:
        return said
    return said + ": entries " + ", ".join(str(list(index)) for index in found.entries[:4])
