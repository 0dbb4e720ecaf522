"""What many draws of a random layer show: who survived, by which factor, and what the law says of it.

A draw is never compared with anybody else's. The mask is read off the draw itself, entries times a law's
factor are compared with it exactly, and the masks of many calls are tested for what chance would not do.
Where x is 0 nothing tells a survivor from the dropped: in the forward such entries count for nothing, in the
backward their own gradient tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suites.chance import DEPENDENT, FIXED, SAME, TIED, UNEVEN, strange, structure, surprising
from suites.tolerance import Band, Comparison, compare
from suites.types import Array, Law, Trait

NOTHING = "{t} is zero everywhere"
IN_PARTS = "in parts"  # an entry survives where another, for which the same draw decides, does not
ALIKE = 5.0  # standard deviations by which two counts of the same rate may differ
RARE = 1e-6  # a probability that is not expected to come up
CLOSE = 1e-4  # relative distance of two factors that are the same


@dataclass(frozen=True)
class Draws:
    """Many calls of one function: x (...), outs (calls, ...); dout and dxs alike, for the first calls."""

    law: Law
    x: Array
    outs: Array
    dout: Array | None = None
    dxs: Array | None = None

    @property
    def known(self) -> Array:
        """Where a mask shows in out, one entry for all that share a draw."""
        return np.asarray((self.x != 0).any(axis=self.law.shared))

    def grouped(self, masks: Array) -> Array:
        """Masks (calls, ...) with one entry for all that share a draw."""
        axes = tuple(axis + 1 for axis in self.law.shared)
        return np.asarray(masks.any(axis=axes))

    @property
    def whole(self) -> bool:
        """Whether all entries that share a draw survive together."""
        axes = tuple(axis + 1 for axis in self.law.shared)
        if not axes:
            return True
        kept = self.outs != 0
        together = (kept == kept.any(axis=axes, keepdims=True)) | (self.x == 0)
        return bool(together.all())

    @property
    def masks(self) -> Array:
        """Who survived: (calls, ...), or (calls, places) where some places don't show."""
        kept, known = self.grouped(self.outs != 0), self.known
        return np.asarray(kept if known.all() else kept[:, known])


# --------------------------------------------------------------------------- by the law


def look_at_out(d: Draws, unit: float) -> tuple[Comparison, list[str]]:
    """Compare outs with the law: survivors exactly, who survives by tests. And the reasons, if it is off."""
    kept = np.ones_like(d.outs, dtype=bool) if d.law.certain else d.outs != 0
    compared = _compared(d.outs, np.where(kept, d.law.factor * d.x, 0.0), unit)
    reasons = [] if compared.band is Band.ROUNDING else [_off_factor(d, compared)]
    if not d.law.certain:
        reasons += [reason for reason in _off_masks(d) if reason not in reasons]
    return _off(compared, reasons), reasons


def look_at_dx(d: Draws, unit: float) -> tuple[Comparison, list[str]]:
    """Compare dxs with the law and with the student's own masks."""
    assert d.dxs is not None
    assert d.dout is not None
    shows = np.broadcast_to(d.x != 0, d.dxs.shape)
    stays = d.dxs != 0
    own = np.where(shows, d.outs[: len(d.dxs)] != 0, stays)
    kept = np.ones_like(own) if d.law.certain else own
    compared = _compared(d.dxs, np.where(kept, d.law.factor * d.dout, 0.0), unit)
    reasons = []
    if compared.band is not Band.ROUNDING:
        reasons += [_off_gradient(d, compared)]
    elif not d.law.certain and not stays.any() and _drops_too_much(d):
        reasons += [NOTHING]  # it follows an out that is zero everywhere
    if not d.law.certain and not d.known.all():
        reasons += _off_where_hidden(d, d.grouped(stays))
    return _off(compared, reasons), reasons


def _off_where_hidden(d: Draws, stays: Array) -> list[str]:
    """Where x is 0 the gradient alone shows the mask: it survives as often as elsewhere."""
    hidden, keep = stays[:, ~d.known], d.law.keep
    if not d.masks.any() or _off_masks(d):  # another law: what it does here is no fault of the backward's
        strange_rate = not hidden.any() and bool(stays[:, d.known].any())
    else:
        total = surprising(np.array([hidden.sum()]), hidden.size, keep)
        strange_rate = total or surprising(hidden.sum(axis=0), len(hidden), keep)
    if not strange_rate:
        return []
    return [
        f"{{t}} keeps {_percent(hidden.mean())} of the entries whose x is 0, "
        f"{_percent(keep)} are expected as everywhere"
    ]


def follows_own(d: Draws) -> bool:
    """Whether dx is to dout as out is to x, in every entry: the gradient of the student's own forward."""
    if d.dxs is None or d.dout is None:
        return False
    with np.errstate(all="ignore"):
        ours, theirs = d.dxs * d.x, d.outs[: len(d.dxs)] * d.dout
        size = np.abs(d.x * d.dout)
        return bool(np.all((np.abs(ours - theirs) <= CLOSE * size) | (np.isnan(ours) & np.isnan(theirs))))


def _compared(got: Array, expected: Array, unit: float) -> Comparison:
    return compare(got, expected, float(np.max(np.abs(expected), initial=0.0)), unit)


def _off(compared: Comparison, reasons: list[str]) -> Comparison:
    """The comparison without its numbers: which entries a draw dropped says nothing."""
    if not reasons:
        return compared
    return Comparison(Band.OFF, "", None, None, compared.excess, compared.notes)


def _off_factor(d: Draws, compared: Comparison) -> str:
    if compared.cause == "not finite":
        return "{t} is not finite"
    kept = d.outs != 0
    if d.law.certain and not np.array_equal(d.outs, np.broadcast_to(d.outs[:1], d.outs.shape)):
        return "{t} differs from call to call, where nothing is random"
    if not kept.any():
        return NOTHING
    factor = _factor(d.outs, d.x)
    if np.isnan(factor):
        return "what survives in {t} is not x times one factor"
    return f"what survives in {{t}} is x times {factor:.3g}, {d.law.factor:.3g} is expected"


def _off_masks(d: Draws) -> list[str]:
    if not d.whole:
        return ["in {t}, entries that go together are dropped one by one"]
    masks, keep = d.masks, d.law.keep
    if not masks.any():
        return [NOTHING] if _drops_too_much(d) else []
    reasons = []
    regular = structure(masks)
    independent, rate = _independent(masks, regular), float(masks.mean())
    if surprising(np.array([independent.sum()]), independent.size, keep):
        reasons.append(f"{{t}} keeps {_percent(rate)} of the entries, {_percent(keep)} are expected")
        keep = rate
    return [*_in_words(strange(masks, keep, regular)), *reasons]


def _drops_too_much(d: Draws) -> bool:
    """Whether nothing survives in any call, and no accident."""
    return not d.masks.any() and surprising(np.zeros(1), d.masks.size, d.law.keep)


def _in_words(found: frozenset[str]) -> list[str]:
    """The most telling of what is strange: a mask that never changes is uneven and dependent, too."""
    ties = sorted(name.removeprefix(TIED) for name in found if name.startswith(TIED))
    if SAME in found:
        return ["every call of {t} drops the same entries"]
    if ties:
        return [f"in {{t}} one draw decides for all entries along axis {' and axis '.join(ties)}"]
    if FIXED in found:
        return ["how many entries of {t} are dropped is the same every time"]
    if UNEVEN in found:
        return ["some entries of {t}, or some calls, drop more than others"]
    return ["entries of {t} are not dropped independently of each other"] if DEPENDENT in found else []


def _off_gradient(d: Draws, compared: Comparison) -> str:
    assert d.dxs is not None
    if compared.cause == "not finite":
        return "{t} is not finite"
    shows = d.x != 0
    stays, own = d.dxs != 0, d.outs[: len(d.dxs)] != 0
    if not d.law.certain and not np.array_equal(stays & shows, own & shows):
        return "{t} is zero elsewhere than out"
    assert d.dout is not None
    if d.law.certain and not stays.all() and stays.any():
        return "{t} has zeros, where nothing is dropped"
    factor = _factor(d.dxs, d.dout)
    if np.isnan(factor):
        return "what survives in {t} is not dout times one factor"
    return f"what survives in {{t}} is dout times {factor:.3g}, {d.law.factor:.3g} is expected"


def _percent(rate: float) -> str:
    return f"{100 * rate:.0f} %"


# --------------------------------------------------------------------------- traits


def trait_of_out(d: Draws) -> Trait:
    """What the outs of one case show, to tell mistakes apart."""
    if d.law.certain:  # asked too seldom to show more than whether anything is dropped
        return Trait(((int(np.all(d.outs[:, d.x != 0] != 0)), 1),), _factor(d.outs, d.x), frozenset())
    whole = d.whole
    masks = d.masks if whole else d.outs != 0
    regular = structure(masks)
    marks = frozenset(regular) | (frozenset() if whole else {IN_PARTS})
    some = masks.reshape(len(masks), -1).any(axis=1)  # where x has zeros, who goes together shows badly
    counted = _independent(masks, regular) if d.known.all() else some
    return Trait(((int(counted.sum()), counted.size),), _factor(d.outs, d.x), marks)


def trait_of_dx(d: Draws) -> Trait:
    """What the dxs of one case show beside its outs: how often both agree, and how often dx survives."""
    assert d.dxs is not None
    assert d.dout is not None
    stays, own, known = d.grouped(d.dxs != 0), d.grouped(d.outs[: len(d.dxs)] != 0), d.known
    shown, hidden = stays[:, known], stays[:, ~known]
    agree = shown == own[:, known]
    shown = shown[:0] if agree.all() else shown  # then out says more of the rate
    rates = tuple((int(a.sum()), a.size) for a in (agree, shown, _independent(hidden, structure(hidden))))
    in_parts = d.law.shared and not Draws(d.law, d.dout, d.dxs).whole
    return Trait(rates, _factor(d.dxs, d.dout), frozenset({IN_PARTS}) if in_parts else frozenset())


def same_trait(a: Trait, b: Trait, times: int) -> bool:
    """Whether a program with the trait b, run `times` as often, may show the trait a.

    A program that draws little may happen to keep or to drop all, and then nothing else shows.
    """
    lucky = _lucky(a.rates[0], b.rates[0], times) or _lucky(b.rates[0], a.rates[0], 1 / times)
    factors = [a.factor, b.factor]
    close = bool(np.isnan(factors).all()) or abs(a.factor - b.factor) <= CLOSE * abs(b.factor)
    close = close or (lucky and 0 in (a.rates[0][0], b.rates[0][0]))
    return (
        close
        and (lucky or a.marks == b.marks)
        and all(_same_rate(x, y, times) for x, y in zip(a.rates, b.rates))
    )


def _lucky(a: tuple[int, int], b: tuple[int, int], times: float) -> bool:
    """Whether a is all or nothing, b is neither, and b's few draws make that no wonder."""
    (k, n), (j, m) = a, b
    if not n or k not in (0, n) or j in (0, m):
        return False
    return bool((j / m if k else 1 - j / m) ** (m / times) > RARE)


def _same_rate(a: tuple[int, int], b: tuple[int, int], times: int) -> bool:
    (k, n), (j, m) = a, b
    if not n or not m:
        return n == m
    pooled = (k + j) / (n + m)
    if k in (0, n) or j in (0, m):
        return k / n == j / m or _lucky(a, b, times) or _lucky(b, a, 1 / times)
    return abs(k / n - j / m) <= ALIKE * float(np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)))


def _independent(masks: Array, regular: Sequence[str]) -> Array:
    """The masks with one entry for all that visibly go together, so that each counts once."""
    if SAME in regular:
        masks = masks[:1]
    for axis in range(1, masks.ndim):
        if f"{TIED}{axis - 1}" in regular:
            masks = np.take(masks, [0], axis=axis)
    return masks


def _factor(values: Array, base: Array) -> float:
    """The one factor of all survivors; NaN if there is none."""
    with np.errstate(all="ignore"):
        ratios = (values / base)[(values != 0) & (base != 0)]
        if not ratios.size or not np.isfinite(ratios).all():
            return float("nan")
        middle = float(np.median(ratios))
        return middle if np.all(np.abs(ratios - middle) <= CLOSE * abs(middle)) else float("nan")
