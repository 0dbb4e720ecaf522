"""Why is a tensor wrong? First the variants: wrong implementations run on the same inputs.

A variant is named only if it agrees with the student on every case of the tensor and differs from the
oracle on at least one (sealing dropped those that never differ), so what is said was computed, not guessed.

Two mistakes often come together: a gradient lacks its 1/N and overflows for large logits. So where nothing
agrees on every case, those are set aside in which a second mistake or a matter of taste may hide the first:
the student's answer is not finite there, or the oracle has a kink. The others must all agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from suites.questions import Observed, signature_of
from suites.relations import Off, explain
from suites.tolerance import DOUBLE, PARTLY_SINGLE, SINGLE, Band, as_array, compare, rounding
from suites.types import Diagnosis, Failure, Misconception

SLACK = 4.0  # a variant's own rounding differs from the oracle's


def matching_variants(tensor: str, seen: Sequence[Observed]) -> tuple[str, ...]:
    """Ids of all variants that return what the student returned, in every case where there is an answer."""
    answered = [o for o in seen if _answered(tensor, o)]
    if not answered:
        return ()
    candidates = [id for id, values in answered[0].case.variants.items() if tensor in values]
    exactly = tuple(id for id in candidates if all(_matches(id, tensor, o, DOUBLE) for o in answered))
    if exactly or not any(_partly_single(o) for o in seen):
        return exactly
    return tuple(id for id in candidates if all(_matches(id, tensor, o, SINGLE) for o in answered))


def _partly_single(o: Observed) -> bool:
    """Whether the student shows float32 arithmetic in something that is right but for it."""
    names = [name for name, value in o.values.items() if not isinstance(value, Failure)]
    return any(PARTLY_SINGLE in o.looked(name).notes for name in names)


def _matches(id: str, tensor: str, o: Observed, unit: float) -> bool:
    values = o.case.variants.get(id, {})
    returned = o.values[tensor]
    assert not isinstance(returned, Failure)
    if tensor not in values:
        return False
    target = values[tensor]
    got, _, _ = as_array(returned, target.shape)
    if got is None:
        return False
    with np.errstate(all="ignore"):
        size = np.where(np.isfinite(target), target, 0.0)
        slack = SLACK * rounding(size, o.case.amplification[tensor], max(unit, o.unit(tensor)))
        same = (got == target) | (np.isnan(got) & np.isnan(target))
        return bool(np.all(same | (np.abs(got - target) <= slack)))


@dataclass(frozen=True)
class Named:
    """A diagnosis, and the kind of the variant behind it: wrong, note, accept, or empty for a relation.

    aside  ids of cases that it does not speak of.
    """

    diagnosis: Diagnosis
    kind: str = ""
    aside: frozenset[str] = frozenset()


def name_mistake(tensor: str, seen: Sequence[Observed], words: Mapping[str, Misconception]) -> Named | None:
    """Name what the student did to a tensor that is off in some case, or None."""
    told = seen if matching_variants(tensor, seen) else _plain(tensor, seen)
    ids = _borne_out(matching_variants(tensor, told), told)
    aside = frozenset(o.case.id for o in seen) - frozenset(o.case.id for o in told)
    off = [item for o in seen if (item := _off(tensor, o)) is not None]
    symptom = _misplaced(tensor, seen) or explain(tensor, off)
    if len(ids) == 1:
        (id,) = ids
        return Named(described(words[id], symptom), words[id].kind, aside)
    if ids:
        several = " or ".join(words[id].says.rstrip(".") for id in ids)
        kind = "accept" if all(words[id].kind == "accept" for id in ids) else "wrong"
        return Named(Diagnosis(symptom, "", f"One of: {several}.", words[ids[0]].hint), kind, aside)
    return Named(Diagnosis(symptom)) if symptom else None


def _plain(tensor: str, seen: Sequence[Observed]) -> list[Observed]:
    """The cases that tell one mistake by itself; none where the tensor is right in all of them."""
    answered = [o for o in seen if tensor in o.values and not isinstance(o.values[tensor], Failure)]
    plain = [o for o in answered if not o.case.kinked and o.looked(tensor).cause != "not finite"]
    return plain if any(not o.right(tensor) for o in plain) else []


def _misplaced(tensor: str, seen: Sequence[Observed]) -> str:
    """Which other value of the same function was returned in the tensor's place, wherever it is off."""
    signature = signature_of(seen)
    names = signature.outputs if tensor in signature.outputs else signature.gradients
    off = [o for o in seen if _answered(tensor, o) and not o.right(tensor)]
    for other in names:
        telling = any(np.any(o.case.expected[other]) for o in off)  # zeros are in many a place
        if other != tensor and telling and all(_holds(tensor, other, o) for o in off):
            return f"{tensor} holds what {other} should hold: check the order of what is returned"
    return ""


def _holds(tensor: str, other: str, o: Observed) -> bool:
    """Whether what was returned as one tensor is what was expected as another."""
    returned, expected = o.values[tensor], o.case.expected[other]
    assert not isinstance(returned, Failure)
    return compare(returned, expected, o.case.amplification[other], o.unit(tensor)).band is Band.ROUNDING


def _answered(tensor: str, o: Observed) -> bool:
    return not isinstance(o.values.get(tensor), (Failure, type(None)))


def _borne_out(ids: tuple[str, ...], seen: Sequence[Observed]) -> tuple[str, ...]:
    """Of several names, those for which most of the function's other outputs speak, and none against.

    The gradient of a loss that is summed and the gradient that forgot the mean are one array: the loss tells
    whose it is. A variant that says nothing of the other outputs is left if none is borne out by them.
    """
    if len(ids) < 2:
        return ids
    outputs = set(signature_of(seen).outputs)  # with the tensor itself, which speaks for each of them
    others = {id: {name for o in seen for name in o.case.variants.get(id, {})} & outputs for id in ids}
    right = [id for id in ids if all(id in matching_variants(name, seen) for name in others[id])]
    if not right:
        return ids
    most = max(len(others[id]) for id in right)
    return tuple(id for id in right if len(others[id]) == most)


def described(mistake: Misconception, symptom: str) -> Diagnosis:
    """What a variant's words say, beside what is off."""
    return Diagnosis(symptom, mistake.id, mistake.says, mistake.hint, mistake.lecture)


def _off(tensor: str, o: Observed) -> Off | None:
    """The case as the relations see it, if the tensor is off there and has the right shape."""
    returned = o.values.get(tensor)
    if isinstance(returned, Failure):
        return None
    looked = o.looked(tensor)
    if looked.band is Band.ROUNDING or looked.got is None:
        return None
    return Off(
        looked.got,
        o.case.expected[tensor],
        o.case.amplification[tensor],
        o.unit(tensor),
        o.case.terms.get(tensor, {}),
        {name: value for name, value in o.case.inputs.items() if isinstance(value, np.ndarray)},
    )
