"""The statistics of random layers: exact bounds, what is found in masks, and what a submission is told."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from suites import AuthoringError, Law, Op, by_statistics, regime, variant
from suites.chance import DEPENDENT, FIXED, LEVEL, SAME, TIED, UNEVEN, between, strange, structure, surprising
from suites.judging import Grounds, judge_check
from suites.questions import ask_cases
from suites.seal import seal, streams
from suites.types import Case, Finding, Verdict

CALLS, SHAPE, KEEP = 56, (9, 11), 0.6


def rand(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape or (CALLS, *SHAPE))


# --------------------------------------------------------------------------- bounds


def test_bounds_are_exact() -> None:
    """Against the sum of fractions of Binomial(8, 1/2)."""
    assert between(8, 0.5, 2.01 / 256) == (1, 7)  # 0 and 8 have 1/256 each
    assert between(8, 0.5, 1.9 / 256) == (0, 8)
    assert between(8, 0.5, 18.01 / 256) == (2, 6)


@pytest.mark.parametrize("level", [0.5, 0.05, 1e-3, 1e-9, 1e-14])
@pytest.mark.parametrize(("n", "probability"), [(1, 0.5), (40, 0.1), (56, 0.6), (6000, 0.6), (50_000, 0.9)])
def test_outside_the_bounds_lies_at_most_the_level(n: int, probability: float, level: float) -> None:
    low, high = between(n, probability, level)
    odds = math.log(probability), math.log1p(-probability)
    logs = [n * odds[1]]
    for k in range(n):  # from each mass to the next
        logs.append(logs[-1] + math.log((n - k) / (k + 1)) + odds[0] - odds[1])
    mass = np.exp(logs)
    assert float(mass[:low].sum()) <= level / 2 * (1 + 1e-6)
    assert float(mass[high + 1 :].sum()) <= level / 2 * (1 + 1e-6)
    assert float(mass[: low + 1].sum()) > level / 2 * (1 - 1e-6)  # no narrower pair would do
    assert float(mass[high:].sum()) > level / 2 * (1 - 1e-6)


def test_certain_things_are_certain() -> None:
    assert between(7, 1.0, LEVEL) == (7, 7)
    assert between(7, 0.0, LEVEL) == (0, 0)
    assert not surprising(np.array([]), 5, 0.5)


def test_false_alarms_come_as_often_as_the_level_says() -> None:
    """At a level that can be seen: 20 000 counts at 1 %."""
    counts = np.random.default_rng(1).binomial(500, 0.3, size=20_000)
    low, high = between(500, 0.3, 0.01)
    outside = np.mean((counts < low) | (counts > high))
    assert 0.004 < outside <= 0.0125


# --------------------------------------------------------------------------- masks

MASKS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], set[str]]] = {
    "one row": (lambda u: u[:, :1] + 0 * u < KEEP, {DEPENDENT, f"{TIED}0"}),
    "one column": (lambda u: u[:, :, :1] + 0 * u < KEEP, {DEPENDENT, f"{TIED}1"}),
    "one draw": (lambda u: u[:, :1, :1] + 0 * u < KEEP, {DEPENDENT, UNEVEN, f"{TIED}0", f"{TIED}1"}),
    "always the same": (lambda u: u[:1] + 0 * u < KEEP, {DEPENDENT, UNEVEN, SAME}),
    "two masks in turn": (lambda u: u[np.arange(CALLS) % 2] < KEEP, {DEPENDENT}),
    "pairs of columns": (lambda u: u[:, :, np.arange(11) // 2] < KEEP, {DEPENDENT}),
    "opposite rows": (
        lambda u: np.where(np.arange(9)[:, None] % 2, u, 1 - u[:, np.maximum(np.arange(9) - 1, 0)]) < KEEP,
        set(),
    ),
    "one pair of all": (
        lambda u: np.where(np.arange(99).reshape(SHAPE) == 57, u[:, :1, :1], u) < KEEP,
        {DEPENDENT},
    ),
    "a place that stays": (lambda u: (u < KEEP) | (np.arange(99).reshape(SHAPE) == 7), {UNEVEN}),
    "a board": (lambda u: (u < KEEP) & (np.arange(99).reshape(SHAPE) % 2 == 0), {UNEVEN}),
    "a fixed number": (lambda u: u.reshape(CALLS, -1).argsort(1).argsort(1).reshape(u.shape) < 59, {FIXED}),
    "a fixed number in each row": (lambda u: u.argsort(2).argsort(2) < 7, {FIXED}),
    "half of the calls drop nothing": (
        lambda u: (u < 0.2) | (np.arange(CALLS) % 2 == 0)[:, None, None],
        {UNEVEN},
    ),
}


@pytest.mark.parametrize("name", MASKS)
def test_what_is_strange_is_found(name: str) -> None:
    make, expected = MASKS[name]
    for seed in range(4):
        found = strange(make(rand(seed)), KEEP)
        assert found
        assert expected <= found


def test_independent_masks_are_not_strange() -> None:
    for seed in range(40):
        u = rand(seed)
        assert not strange(u < KEEP, KEEP)
        assert not set(structure(rand(seed, 4, 3, 2) < 0.5))  # too small to say anything


def test_weak_dependence_shows_in_the_mean_of_neighbours() -> None:
    """Neighbours are equal in one case of five more than chance has it, no pair of places shows it alone."""
    u = rand(3)
    u[:, :, 1::2] = np.where(rand(4, CALLS, 9, 5) < 0.2, u[:, :, :10:2], u[:, :, 1::2])
    assert DEPENDENT in strange(u < KEEP, KEEP)


# --------------------------------------------------------------------------- through the grader


def forward(x, p, mode, rng):
    factor = np.ones_like(x) if mode == "test" else (rng.random(x.shape) >= p) / (1 - p)
    return x * factor, factor


def backward(dout, cache, rng):
    return dout * cache


@regime(repeats=CALLS)
def many(rng):
    """Many."""
    return {"x": rng.uniform(0.5, 1.5, SHAPE), "p": 0.4, "mode": "train"}


@regime(repeats=8)
def zeros(rng):
    """With zeros."""
    return {"x": np.maximum(rng.normal(size=(12, 10)), 0), "p": 0.3, "mode": "train"}


@regime()
def at_test(rng):
    """At test."""
    return {"x": rng.normal(size=(4, 5)), "p": 0.4, "mode": "test"}


def law(x, p, mode):
    return Law(1.0, 1.0) if mode == "test" else Law(1 - p, 1 / (1 - p))


@variant("d.unscaled", of=forward, kind="wrong", says="Unscaled.", hint="?")
def unscaled(x, p, mode, rng):
    factor = np.ones_like(x) if mode == "test" else 1.0 * (rng.random(x.shape) >= p)
    return x * factor, factor


@variant("d.plain", of=forward, kind="note", says="Plain.", hint="?")
def plain(x, p, mode, rng):
    factor = np.full_like(x, 1 - p) if mode == "test" else 1.0 * (rng.random(x.shape) >= p)
    return x * factor, factor


def an_op(**changed: Any) -> Op:
    usual = {
        "forward": "f",
        "backward": "b",
        "oracle": forward,
        "gradient": backward,
        "law": law,
        "args": ("x", "p", "mode"),
        "wrt": ("x",),
        "regimes": (many, zeros, at_test),
    }
    return Op(**{**usual, **changed})


WORDS = {v.id: v.words for v in (unscaled, plain)}


@cache
def cases() -> tuple[Case, ...]:
    return seal(an_op(), (unscaled, plain), streams(b"seed"))


def judge(double: Any, f: Any, b: Any = lambda dout, cache: dout * cache) -> dict[str, Finding]:
    student = double(f=f, b=b)
    check = by_statistics(out=1, dx=1)
    seen = ask_cases(student, cases())
    assert student.frames == 1
    grounds = Grounds(WORDS, {"d.plain": "accepted"})
    return {f.tensor: f for f in judge_check("part", check, seen, student, grounds)}


RNG = np.random.default_rng(5)


def right(x, p, mode):
    return forward(x, p, mode, RNG)


def test_a_right_student_passes(double: Any) -> None:
    found = judge(double, right)
    assert {f.verdict for f in found.values()} == {Verdict.PASS}
    assert {f.credit for f in found.values()} == {1}
    assert {f.check for f in found.values()} == {"statistics"}


@pytest.mark.parametrize(
    ("change", "symptom"),
    [
        (lambda x, p, mode: unscaled.wrong(x, p, mode, RNG), "what survives in out is x times 1, 1.67"),
        (lambda x, p, mode: forward(x, 0.5 * p, mode, RNG), "x times 1.25, 1.67 is expected; out keeps 80 %"),
        (
            lambda x, p, mode: forward(x, p, "train", RNG),
            "differs from call to call, where nothing is random",
        ),
        (
            lambda x, p, mode: forward(x, p, mode, np.random.default_rng(0)),
            "every call of out drops the same",
        ),
        (lambda x, p, mode: (x, np.ones_like(x)), "what survives in out is x times 1"),
        (lambda x, p, mode: (0 * x, 0 * x), "out is zero everywhere"),
        (lambda x, p, mode: (x + np.nan, x), "not finite"),
        (lambda x, p, mode: (x * RNG.random(x.shape), x), "not x times one factor"),
    ],
)
def test_a_wrong_forward_is_told_what_is_off(double: Any, change: Any, symptom: str) -> None:
    found = judge(double, change)["out"]
    assert found.verdict is Verdict.FAIL
    assert symptom in found.diagnosis.symptom


@pytest.mark.parametrize(
    ("change", "symptom"),
    [
        (lambda dout, cache: dout * (cache > 0), "what survives in dx is dout times 1, 1.67"),
        (lambda dout, cache: dout, "dx is zero elsewhere than out"),
        (lambda dout, cache: dout * np.roll(cache, 1), "dx is zero elsewhere than out"),
        (lambda dout, cache: dout * cache * RNG.random(dout.shape), "not dout times one factor"),
    ],
)
def test_a_wrong_backward_is_told_what_is_off(double: Any, change: Any, symptom: str) -> None:
    found = judge(double, right, change)
    assert found["out"].verdict is Verdict.PASS
    assert found["dx"].verdict is Verdict.FAIL
    assert symptom in found["dx"].diagnosis.symptom


def test_a_mask_that_is_guessed_from_zeros_is_found(double: Any) -> None:
    def f(x, p, mode):
        out, factor = right(x, p, mode)
        return out, factor * (x != 0)

    found = judge(double, f)
    assert found["out"].verdict is Verdict.PASS
    assert "keeps 0 % of the entries whose x is 0" in found["dx"].diagnosis.symptom


def test_a_right_backward_of_a_named_forward_is_carried(double: Any) -> None:
    found = judge(double, lambda x, p, mode: unscaled.wrong(x, p, mode, RNG))
    assert {f.diagnosis.id for f in found.values()} == {"d.unscaled"}
    assert found["dx"].credit == Grounds().carry
    found = judge(double, lambda x, p, mode: plain.wrong(x, p, mode, RNG))
    assert {f.verdict for f in found.values()} == {Verdict.PASS}
    assert {f.diagnosis.id for f in found.values()} == {"d.plain"}


def test_what_is_right_at_test_alone_earns_nothing(double: Any) -> None:
    student = double(f=lambda x, p, mode: (x, x), b=lambda dout, cache: dout)
    seen = ask_cases(student, cases())
    found = judge_check("part", by_statistics(at_test, out=1, dx=1), seen, student, Grounds(WORDS))
    assert [f.credit for f in found] == [0, 0]
    assert "nothing ever is" in found[0].cause


def test_zeros_earn_nothing(double: Any) -> None:
    """Who returns zeros drops all, and each draw is as if it were a mask: an event, and no mask."""
    student = double(f=lambda x, p, mode: (0 * x, 0 * x), b=lambda dout, cache: 0 * dout)
    seen = ask_cases(student, cases())
    found = judge_check("part", by_statistics(many, zeros, out=1, dx=1), seen, student, Grounds(WORDS))
    assert [(f.verdict, f.credit) for f in found] == [(Verdict.FAIL, 0)] * 2
    assert found[0].diagnosis is not None
    assert found[0].diagnosis.symptom == "out is zero everywhere"


def test_another_shape_and_no_answer(double: Any) -> None:
    found = judge(double, lambda x, p, mode: (x[:1], x))
    assert found["out"].cause.startswith("shape")
    assert judge(double, lambda x, p, mode: (right(x, p, mode)[0].tolist(), 1))["out"].verdict is Verdict.PASS


def test_calls_have_seeds_and_are_drawn_from_the_secret() -> None:
    again = seal(an_op(), (unscaled, plain), streams(b"seed"))
    other = seal(an_op(), (unscaled, plain), streams(b"other"))
    seeds = [case.chance.seeds for case in cases()]
    assert seeds == [case.chance.seeds for case in again]
    assert seeds != [case.chance.seeds for case in other]
    assert all(len(set(s)) == len(s) for s in seeds)


def test_an_oracle_that_breaks_its_law_is_refused() -> None:
    with pytest.raises(AuthoringError, match=r"the oracle of f does not obey its law on many: .* 60 %"):
        seal(an_op(law=lambda x, p, mode: Law(1 - p / 4, 1 / (1 - p))), (), streams(b"seed"))


def test_a_variant_that_does_not_run_is_refused() -> None:
    broken = variant("d.broken", of=forward, kind="wrong", says=".", hint="?")(lambda x: x)
    with pytest.raises(AuthoringError, match=r"d\.broken does not run"):
        seal(an_op(), (broken,), streams(b"seed"))
