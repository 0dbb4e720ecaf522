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
from suites.statistics import _matching
from suites.types import Case, Failure, Finding, Verdict

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
    for seed in range(20):
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
STATE = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def the_same_draws() -> None:
    """Whatever other tests have drawn."""
    RNG.bit_generator.state = STATE


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
        (lambda x, p, mode: forward(x, 0.5 * p, mode, RNG), "x times 1.25, 1.67 is expected; out keeps 79 %"),
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


@pytest.mark.parametrize("kind", [many, zeros], ids=lambda kind: kind.name)
def test_who_drops_everything_earns_nothing_where_something_is_dropped(double: Any, kind: Any) -> None:
    student = double(f=lambda x, p, mode: (0 * x, x), b=lambda dout, cache: 0 * dout)
    seen = ask_cases(student, cases())
    out, dx = judge_check("part", by_statistics(kind, out=1, dx=1), seen, student, Grounds(WORDS))
    assert [out.credit, dx.credit] == [0, 0]
    assert out.cause == "out is zero everywhere"
    assert "mend the forward first" in dx.cause


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
    seeds = [case.chance.seeds for case in again]
    assert seeds == [case.chance.seeds for case in cases()]
    assert seeds != [case.chance.seeds for case in other]
    assert all(len(set(s)) == len(s) for s in seeds)


def test_an_oracle_that_breaks_its_law_is_refused() -> None:
    with pytest.raises(AuthoringError, match=r"the oracle of f does not obey its law on many: .* 60 %"):
        seal(an_op(law=lambda x, p, mode: Law(1 - p / 4, 1 / (1 - p))), (), streams(b"seed"))


def test_a_variant_that_does_not_run_is_refused() -> None:
    broken = variant("d.broken", of=forward, kind="wrong", says=".", hint="?")(lambda x: x)
    with pytest.raises(AuthoringError, match=r"d\.broken does not run"):
        seal(an_op(), (broken,), streams(b"seed"))


# --------------------------------------------------------------------------- what is sealed


def test_a_random_case_holds_what_survivors_hold() -> None:
    first, second, last = made = seal(an_op(), (unscaled, plain), streams(b"seed"))
    assert [case.echo for case in made] == [True, False, False]
    x = first.inputs["x"]
    np.testing.assert_allclose(first.expected["out"], x / 0.6)
    np.testing.assert_allclose(first.expected["dx"], first.upstream / 0.6)
    np.testing.assert_array_equal(last.expected["dx"], last.upstream)
    assert first.amplification == {"out": 0.0, "dx": 0.0}
    assert np.all((abs(first.upstream) >= 0.5) & (abs(first.upstream) <= 1.5))
    assert 0.2 < np.mean(first.upstream > 0) < 0.8
    assert [(len(c.chance.seeds), c.chance.backwards) for c in made] == [(56, 4), (8, 4), (2, 2)]
    assert second.chance.law == Law(0.7, 1 / 0.7)
    assert {id: set(found) for id, found in first.chance.traits.items()} == {
        "": {"out", "dx"},
        "d.unscaled": {"out", "dx"},
        "d.plain": {"out", "dx"},
    }
    survey = first.chance.traits[""]["out"].rates[0]
    assert survey[1] == 4 * 56 * 99  # four times what a student is asked
    assert abs(survey[0] / survey[1] - 0.6) < 0.02


def test_inputs_keep_their_precision_and_so_does_upstream() -> None:
    @regime(repeats=8)
    def narrow(rng):
        """In float32."""
        return {**many.draw(rng), "x": rng.uniform(0.5, 1.5, SHAPE).astype(np.float32)}

    (case,) = seal(an_op(regimes=(narrow,)), (), streams(b"seed"))
    assert case.inputs["x"].dtype == case.upstream.dtype == np.float32
    assert case.expected["out"].dtype == case.expected["dx"].dtype == np.float64


def test_without_a_backward_there_is_no_gradient() -> None:
    op = an_op(backward=None, gradient=None, wrt=(), oracle=lambda *args: forward(*args)[0])
    (case, *_) = seal(op, (), streams(b"seed"))
    assert case.upstream is None
    assert case.expected.keys() == {"out"}
    assert case.chance.backwards == 0
    assert case.chance.traits[""].keys() == {"out"}


def test_without_a_backward_the_first_argument_is_varied(double: Any) -> None:
    op = an_op(backward=None, gradient=None, wrt=(), oracle=lambda *args: forward(*args)[0])
    sealed = seal(op, (), streams(b"seed"))
    for f, verdict in ((lambda *a: right(*a)[0], Verdict.PASS), (lambda x, *a: 2 * x, Verdict.FAIL)):
        student = double(f=f)
        seen = ask_cases(student, sealed)
        (found,) = {f.verdict for f in judge_check("part", by_statistics(out=1), seen, student, Grounds())}
        assert found is verdict


def test_what_is_varied_is_what_is_differentiated(double: Any) -> None:
    op = an_op(
        args=("p", "x", "mode"),
        oracle=lambda p, x, mode, rng: forward(x, p, mode, rng),
        law=lambda p, x, mode: law(x, p, mode),
    )
    sealed = seal(op, (), streams(b"seed"))
    np.testing.assert_allclose(sealed[0].expected["out"], sealed[0].inputs["x"] / 0.6)
    assert sealed[0].upstream.shape == SHAPE
    student = double(f=lambda p, x, mode: right(x, p, mode), b=lambda dout, cache: dout * cache)
    seen = ask_cases(student, sealed)
    found = judge_check("part", by_statistics(out=1, dx=1), seen, student, Grounds())
    assert {f.verdict for f in found} == {Verdict.PASS}


def test_a_variant_without_a_cache_says_nothing_of_gradients() -> None:
    silent = variant("d.silent", of=forward, kind="wrong", says=".", hint="?")(
        lambda *args: (unscaled.wrong(*args)[0], None)
    )
    (case, *_) = seal(an_op(), (silent,), streams(b"seed"))
    assert case.chance.traits["d.silent"].keys() == {"out"}


def test_what_is_off_is_told_of_where_something_is_random(double: Any) -> None:
    """However far the numbers are off where nothing is."""

    def five_times_at_test(x, p, mode):
        out, factor = unscaled.wrong(x, p, mode, RNG)
        return (5 * out if mode == "test" else out), factor

    found = judge(double, five_times_at_test)["out"]
    assert found.diagnosis.symptom.startswith("what survives in out is x times 1, ")


def test_a_gradient_that_breaks_the_law_is_refused() -> None:
    op = an_op(gradient=lambda dout, cache, rng: dout)
    with pytest.raises(AuthoringError, match=r"the oracle of f does not obey its law on many: its result is"):
        seal(op, (), streams(b"seed"))


def backward_variant(id: str, function: Any) -> Any:
    return variant(id, of=backward, kind="wrong", says=f"{id}.", hint="?")(function)


NO_MASK = backward_variant("d.no-mask", lambda dout, cache, rng: dout * cache.max())
UNSCALED_DX = backward_variant("d.unscaled-dx", lambda dout, cache, rng: dout * (cache > 0))


def test_a_variant_of_a_backward_speaks_of_gradients_alone() -> None:
    raising = backward_variant("d.raises", lambda dout, cache, rng: np.linalg.inv(dout[0]))
    (case, *_) = seal(an_op(), (NO_MASK, raising), streams(b"seed"))
    assert case.chance.traits["d.no-mask"].keys() == {"dx"}
    assert "d.raises" not in case.chance.traits


@pytest.mark.parametrize("v", [NO_MASK, UNSCALED_DX])
def test_a_backward_with_a_name_is_named(v: Any, double: Any) -> None:
    sealed = seal(an_op(), (unscaled, NO_MASK, UNSCALED_DX), streams(b"seed"))
    words = {each.id: each.words for each in (unscaled, NO_MASK, UNSCALED_DX)}
    student = double(f=right, b=lambda dout, cache: v.wrong(dout, cache, RNG))
    seen = ask_cases(student, sealed)
    found = judge_check("part", by_statistics(out=1, dx=1), seen, student, Grounds(words))
    assert [f.verdict for f in found] == [Verdict.PASS, Verdict.FAIL]
    assert found[1].diagnosis.id == v.id  # and no variant of the forward, whose out is another
    assert found[1].diagnosis.symptom
    assert found[1].credit == 0


def test_two_variants_that_look_alike_are_named_together(double: Any) -> None:
    twin = variant("d.twin", of=forward, kind="wrong", says="A twin.", hint="??")(unscaled.wrong)
    sealed = seal(an_op(), (unscaled, twin), streams(b"seed"))
    student = double(f=lambda x, p, mode: unscaled.wrong(x, p, mode, RNG), b=lambda dout, cache: dout * cache)
    seen = ask_cases(student, sealed)
    words = {v.id: v.words for v in (unscaled, twin)}
    (out, dx) = judge_check("part", by_statistics(out=1, dx=1), seen, student, Grounds(words))
    assert (out.diagnosis.id, out.diagnosis.says) == ("", "One of: Unscaled or A twin.")
    assert out.diagnosis.hint == "?"
    assert (dx.verdict, dx.credit) == (Verdict.FAIL, 0)  # right for a forward that has no one name


def test_of_a_convention_and_a_mistake_that_look_alike_the_mistake_asks(double: Any) -> None:
    """It is ruled wrong: what is asked must not take for granted that only the convention is another."""
    habit = variant("d.habit", of=forward, kind="note", says="A habit.", hint="??")(unscaled.wrong)
    sealed = seal(an_op(), (habit, unscaled), streams(b"seed"))
    student = double(f=lambda x, p, mode: unscaled.wrong(x, p, mode, RNG), b=lambda dout, cache: dout * cache)
    words = {v.id: v.words for v in (habit, unscaled)}
    out, _ = judge_check(
        "part", by_statistics(out=1, dx=1), ask_cases(student, sealed), student, Grounds(words)
    )
    assert (out.diagnosis.says, out.diagnosis.hint) == ("One of: A habit or Unscaled.", "?")


def test_a_variant_that_does_as_the_oracle_does_is_no_mistake(double: Any) -> None:
    harmless = variant("d.harmless", of=forward, kind="wrong", says="Harmless.", hint="?")(forward)
    sealed = seal(an_op(), (harmless, unscaled), streams(b"seed"))
    for f, ids in ((right, ()), (lambda x, p, mode: unscaled.wrong(x, p, mode, RNG), ("d.unscaled",))):
        seen = ask_cases(double(f=f, b=lambda dout, cache: dout * cache), sealed)
        assert _matching("out", seen) == ids


# --------------------------------------------------------------------------- what a student did


def test_on_some_kinds_of_input_alone_a_mistake_is_named_by_those(double: Any) -> None:
    """Right where x has zeros, unscaled where it has none: there two variants do the same."""

    def sometimes(x, p, mode):
        return right(x, p, mode) if (x == 0).any() else unscaled.wrong(x, p, mode, RNG)

    found = judge(double, sometimes)["out"]
    assert found.verdict is Verdict.FAIL
    assert found.diagnosis.says == "One of: Unscaled or Plain."


def test_the_backward_of_a_forward_without_a_name_earns_nothing(double: Any) -> None:
    def odd(x, p, mode):
        factor = np.ones_like(x) if mode == "test" else 3.0 * (RNG.random(x.shape) >= p)
        return x * factor, factor

    found = judge(double, odd)
    assert (found["dx"].verdict, found["dx"].credit) == (Verdict.FAIL, 0)
    assert found["dx"].cause == "your backward is the gradient of your own forward: mend the forward first"
    found = judge(double, odd, lambda dout, cache: dout)
    assert found["dx"].cause != "your backward is the gradient of your own forward: mend the forward first"


def test_beside_a_right_forward_no_gradient_is_carried(double: Any) -> None:
    """Off by less than its own forward's rounding explains, and more than that of the law."""
    found = judge(double, right, lambda dout, cache: dout * cache * (1 + 5e-5))
    assert (found["dx"].verdict, found["dx"].credit) == (Verdict.FAIL, 0)
    assert "own forward" not in found["dx"].cause


def test_without_a_forward_a_gradient_has_nothing_to_go_by(double: Any) -> None:
    found = judge(double, lambda x, p, mode: (x[:1], np.ones_like(x)))
    assert found["dx"].cause == "there is no forward to compare it with"
    raised = Failure(Verdict.ERROR, "it raised")
    found = judge(double, raised)
    assert (found["out"].verdict, found["dx"].verdict) == (Verdict.ERROR, Verdict.SKIPPED)
    found = judge(double, right, raised)
    assert (found["out"].verdict, found["dx"].verdict) == (Verdict.PASS, Verdict.ERROR)


def test_what_is_forgiven_in_a_draw_is_noted_once(double: Any) -> None:
    found = judge(double, lambda x, p, mode: ((y := right(x, p, mode))[0][None].tolist(), y[1]))["out"]
    assert found.verdict is Verdict.PASS
    assert found.notes == (
        "a list where an array is expected",
        "3 axes where 2 are expected; axes of size one are forgiven",
    )
    found = judge(double, lambda x, p, mode: ((y := right(x, p, mode))[0][None], y[1]))["out"]
    assert found.notes == ("3 axes where 2 are expected; axes of size one are forgiven",)


def test_who_drops_somewhere_is_right_where_nothing_is_random(double: Any) -> None:
    """The rate is off in training; at test the identity is right all the same."""
    student = double(f=lambda x, p, mode: forward(x, p / 2, mode, RNG), b=lambda dout, cache: dout * cache)
    seen = ask_cases(student, cases())
    for check in (by_statistics(at_test, out=1, dx=1), by_statistics(at_test, zeros, out=1)):
        found = judge_check("part", check, seen, student, Grounds(WORDS))
        assert (found[0].verdict is Verdict.PASS) == (len(found) == 2)
