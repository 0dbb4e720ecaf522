"""What is off, in words, when no variant names it: general relations between got and expected.

Each relation looks at one case and answers with a sentence, or not at all. They are tried from the most
specific to the most general; the first that holds in every failing case is what the student reads.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

import numpy as np

from suites.tolerance import rounding
from suites.types import Array


@dataclass(frozen=True)
class Off:
    """One case in which a tensor is off; `got` has the expected shape."""

    got: Array
    expected: Array
    amplification: float
    unit: float
    terms: Mapping[str, Array]
    inputs: Mapping[str, Array]

    def close(self, a: Array, b: Array) -> bool:
        """Whether a and b agree within rounding, as seen from the size of this tensor."""
        slack = 4.0 * rounding(self.expected, self.amplification, self.unit)
        return bool(np.all(np.isfinite(a)) and np.all(np.abs(a - b) <= slack))

    @property
    def wrong(self) -> Array:
        """Mask of the entries that are off."""
        slack = rounding(self.expected, self.amplification, self.unit)
        return np.asarray(~(np.abs(self.got - self.expected) <= slack))


Said = Union[str, "tuple[str, ...]"]  # nothing, a sentence, or several that are true, the most telling first
Relation = Callable[[Off], Said]


def explain(tensor: str, cases: Sequence[Off]) -> str:
    """The first relation that says the same of every failing case, in a sentence; empty if none does.

    One that holds in three quarters of them is said too, after the others: one kind of input may hide it.
    So is, in the end, one that holds wherever the tensor is finite: an overflow is often a second mistake.
    """
    with np.errstate(all="ignore"):
        for share in (1.0, 0.75):
            for relation in RELATIONS:
                said = [_sentences(relation(case)) for case in cases]
                for sentence in dict.fromkeys(itertools.chain.from_iterable(said)):
                    if sum(sentence in one for one in said) >= share * len(cases):
                        return sentence.format(t=tensor)
    finite = [case for case in cases if np.all(np.isfinite(case.got))]
    if 0 < len(finite) < len(cases) and (said_there := explain(tensor, finite)):
        return f"{said_there}, wherever it is finite"
    return ""


def _sentences(said: Said) -> tuple[str, ...]:
    return said if isinstance(said, tuple) else (said,) if said else ()


def not_finite(case: Off) -> str:
    """NaN or infinity where a number is expected."""
    if np.all(np.isfinite(case.got)):
        return ""
    if np.any(np.isnan(case.got)):
        return "{t} holds NaN: somewhere 0/0, inf - inf or the root of a negative number"
    return "{t} holds infinities: something overflows, or is divided by zero"


def zeros(case: Off) -> str:
    """All zeros."""
    return "" if np.any(case.got) or not np.any(case.expected) else "{t} is zero everywhere"


def unchanged(case: Off) -> str:
    """An argument handed back."""
    for name, value in case.inputs.items():
        if np.array_equal(value, case.got):
            return f"{{t}} is the argument {name}, unchanged"
    return ""


def sign(case: Off) -> str:
    """The negative of what is expected."""
    return "{t} has the opposite sign" if case.close(case.got, -case.expected) else ""


def factor(case: Off) -> Said:
    """Everything off by one factor, named by a size where one is equal to it."""
    got, expected = case.got, case.expected
    power = float(np.sum(expected * expected))
    if power == 0 or expected.size < 2:
        return ""
    c = float(np.sum(got * expected)) / power
    if abs(c) < 1e-12 or not case.close(got / c, expected):
        return ""
    said = "every entry of {t} is off by the same factor"
    return (*(f"{said}: {name}" for name in _names_of(c, case)), said)


def _names_of(c: float, case: Off) -> list[str]:
    """What the factor may be: the size of something, or a small number. Other cases tell which."""
    small = [f"{k:g}" for k in (2.0, 0.5, 4.0, 0.25, -2.0, -0.5) if abs(c - k) <= 1e-6 * abs(k)]
    names = [*_sizes(c, case.expected.shape, ""), *small]
    for name, x in case.inputs.items():
        names += _sizes(c, x.shape, f" of {name}")
    return names


def _sizes(c: float, shape: tuple[int, ...], whose: str) -> list[str]:
    found = []
    for count in range(1, len(shape) + 1):
        for axes in itertools.combinations(range(len(shape)), count):
            n = float(np.prod([shape[a] for a in axes]))
            where = f"{'axis' if count == 1 else 'axes'} {' and '.join(map(str, axes))}{whose}"
            for value, words in ((n, "the size of"), (1 / n, "one over the size of")):
                if n > 1 and abs(c - value) <= 1e-6 * value:
                    found.append(f"{words} {where}")
    return found


def axis_factor(case: Off) -> str:
    """A factor that depends on the position along one axis only: a missing or doubled scale."""
    expected, got = case.expected, case.got
    if expected.ndim < 2:
        return ""
    for axis, n in enumerate(expected.shape):
        if n < 2 or expected.size // n < 3:
            continue
        rest = tuple(a for a in range(expected.ndim) if a != axis)
        power = np.sum(expected * expected, axis=rest, keepdims=True)
        c = np.sum(got * expected, axis=rest, keepdims=True) / power  # NaN where all are expected to be 0
        if np.all(np.abs(c) > 1e-12) and case.close(got / c, expected):
            return f"{{t}} is off by a factor that depends on axis {axis} only: a scale is missing or doubled"
    return ""


def transposed(case: Off) -> str:
    """The entries of another arrangement of the axes."""
    expected = case.expected
    for order in itertools.permutations(range(expected.ndim)):
        turned = np.transpose(expected, order)
        other = order != tuple(range(expected.ndim)) and turned.shape == expected.shape
        if other and case.close(case.got, turned):
            return f"{{t}} has its axes in another order {order}"
    return ""


def reshaped(case: Off) -> str:
    """The right numbers in another order of memory."""
    other = case.expected.ravel(order="F").reshape(case.expected.shape)
    return (
        "{t} has the right numbers in another order: check a reshape" if case.close(case.got, other) else ""
    )


def flipped(case: Off) -> str:
    """Reversed along an axis, or shifted by one along it."""
    for axis in range(case.expected.ndim):
        if case.expected.shape[axis] > 1 and case.close(case.got, np.flip(case.expected, axis)):
            return f"{{t}} is reversed along axis {axis}"
        for got, expected in (_ENDS, _ENDS[::-1]):
            if case.expected.shape[axis] > 2 and _shifted(case, axis, got, expected):
                return f"{{t}} is shifted by one along axis {axis}"
    return ""


_ENDS = slice(1, None), slice(None, -1)  # all but the first, all but the last


def _shifted(case: Off, axis: int, got: slice, expected: slice) -> bool:
    """Whether these of what was returned, along the axis, are those of what was expected."""
    here = (slice(None),) * axis
    wanted = case.expected[(*here, expected)]
    slack = 4.0 * rounding(wanted, case.amplification, case.unit)
    return bool(np.all(np.abs(case.got[(*here, got)] - wanted) <= slack))


def constant_offset(case: Off) -> str:
    """The same number added everywhere, or to every entry along an axis."""
    difference = case.got - case.expected
    if case.expected.size < 2:
        return ""  # one number is always off by a number
    if case.close(case.expected + np.mean(difference), case.got):
        return "{t} is off by the same number everywhere: an additive term is missing or extra"
    for axis in range(case.expected.ndim):
        if case.expected.shape[axis] > 2:
            mean = np.mean(difference, axis=axis, keepdims=True)
            if case.close(case.expected + mean, case.got):
                return f"{{t}} is off by a constant along axis {axis}: an additive term is missing"
    return ""


def terms(case: Off) -> str:
    """Regression on the named terms of the formula: a coefficient other than 1 names the term."""
    if len(case.terms) < 2:
        return ""
    names = list(case.terms)
    columns = np.stack([np.ravel(case.terms[name]) for name in names], axis=1)
    found, _, rank, _ = np.linalg.lstsq(columns, case.got.ravel(), rcond=None)
    fitted = (columns @ found).reshape(case.expected.shape)
    if rank < len(names) or not case.close(fitted, case.got):
        return ""
    odd = [(name, c) for name, c in zip(names, found) if abs(c - 1) > 1e-4]
    if not odd or len(odd) == len(names):
        return ""
    said = [
        f'the term "{name}" is missing'
        if abs(c) < 1e-4
        else f'the term "{name}" has the wrong sign'
        if abs(c + 1) < 1e-4
        else f'the term "{name}" has another factor'
        for name, c in odd
    ]
    return "in {t}, " + " and ".join(said)


def few_entries(case: Off) -> str:
    """One entry, one slice (the first and the last are border, too) or the border only."""
    wrong = case.wrong
    count = int(np.count_nonzero(wrong))
    if count == 0 or wrong.size < 6:
        return ""
    if count == 1:
        return "a single entry of {t} is off"
    for axis, n in enumerate(wrong.shape):
        where = np.flatnonzero(np.any(wrong, axis=tuple(a for a in range(wrong.ndim) if a != axis)))
        if n > 2 and len(where) == 1:
            place = {0: "the first", n - 1: "the last"}.get(int(where[0]), "one")
            return f"only {place} slice of {{t}} along axis {axis} is off"
    inner = wrong[(slice(1, -1),) * wrong.ndim]
    if wrong.ndim > 1 and min(wrong.shape) > 2 and not np.any(inner):
        return "only the border of {t} is off"
    return ""


RELATIONS: tuple[Relation, ...] = (
    not_finite,
    zeros,
    unchanged,
    sign,
    factor,
    transposed,
    reshaped,
    flipped,
    terms,
    axis_factor,
    constant_offset,
    few_entries,
)
