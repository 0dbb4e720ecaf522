"""A backward that is off against the oracle: is it right for the student's own forward?

Credit is carried forward only where the forward is a named variant and the backward is right for that
variant: either it is what the right backward makes of the variant, or a numerical check against the
student's own forward passes. Self-consistent stubs (zeros, identity) match no variant and earn nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from suites.diagnosis import Named, matching_variants
from suites.numerical import Numerical, check_gradients
from suites.questions import Observed
from suites.types import Failure, Misconception, Student, Verdict


@dataclass(frozen=True)
class Carried:
    """kind: that of the forward's variant, `kink`, or empty where nothing is carried but more is known."""

    kind: str
    says: str


def carried_forward(
    tensor: str,
    seen: Sequence[Observed],
    named: Named | None,
    student: Student,
    words: Mapping[str, Misconception],
) -> Carried | None:
    """What is known of a gradient that is off, from the student's own forward; None where nothing is."""
    signature = seen[0].case.signature
    out = signature.outputs[0]
    forward_right = all(o.right(out) for o in seen if "forward" in o.case.checks)
    forward = () if forward_right else matching_variants(out, seen)
    if named and named.diagnosis.id:
        if forward == (named.diagnosis.id,):
            return Carried(named.kind, _right_for(words[forward[0]]))
        return None  # a mistake of the backward itself, with a name of its own
    numerical = _own_gradient(tensor, seen, student)
    if numerical is None:
        return None
    if numerical.verdict is Verdict.PASS:
        return _consistent(numerical, forward_right, forward, words)
    if numerical.verdict is Verdict.FAIL and not forward_right:
        return Carried("", _inconsistent(tensor, numerical))
    return None


def _consistent(
    numerical: Numerical, forward_right: bool, forward: tuple[str, ...], words: Mapping[str, Misconception]
) -> Carried | None:
    if forward_right:  # S overrules the oracle at the oracle's own kinks and nowhere else
        return Carried("kink", numerical.note) if numerical.kink else None
    if len(forward) == 1:
        return Carried(words[forward[0]].kind, _right_for(words[forward[0]]))
    return Carried("", "your backward is the gradient of your own forward: mend the forward first")


def _inconsistent(tensor: str, numerical: Numerical) -> str:
    said = f"{tensor} is not the gradient of your own forward either"
    found = numerical.located
    if found is None or found.dense:
        return said
    return said + ": entries " + ", ".join(str(list(index)) for index in found.entries[:4])


def _right_for(word: Misconception) -> str:
    return f"right for your forward, which has: {word.says}"


def _own_gradient(tensor: str, seen: Sequence[Observed], student: Student) -> Numerical | None:
    """The numerical check at the first case that means something for it and in which the tensor is off."""
    for o in seen:
        value = o.values.get(tensor)
        if "self" not in o.case.checks or isinstance(value, Failure) or o.right(tensor):
            continue
        rng = np.random.default_rng(zlib.crc32(o.case.id.encode()))
        return check_gradients(student, o.case, rng).get(tensor.removeprefix("d"))
    return None
