"""Where a gradient is wrong: dense or sparse, how many entries, off by what."""

import numpy as np
import pytest

from suites.ladder import DOUBLE_ARITHMETIC, Point, noise
from suites.localise import SAMPLES, Located, _common, _halves, _probe, _sampled, locate, tiny_everywhere

X = np.random.default_rng(0).normal(size=(7, 12))
STEP = DOUBLE_ARITHMETIC.step


@pytest.fixture
def squares(double, point):
    """A layer out = x^2 at X, its output and its gradient."""
    student = double(forward=lambda x: (x**2, None))
    case = point("x", X.shape, x=X)
    here = Point(student, case, case.inputs, case.upstream, DOUBLE_ARITHMETIC)
    x = case.inputs["x"]
    return here, x**2, 2 * x * case.upstream


def located(squares, gradient, seed=0, **more):
    here, out, _ = squares
    return locate(here, out, gradient, "x", STEP, np.random.default_rng(seed), **more)


def test_a_right_gradient_has_no_wrong_entry(squares):
    assert located(squares, squares[2]) == Located(False, ())


def test_a_probe_measures_an_entry_by_its_own_scale(double, point):
    """Of an argument of the size of 4, a step of one is a quarter."""
    x = 4.0 * np.array([1.0, -1.0, 1.0])
    case = point("x", (3,), x=x)
    here = Point(double(forward=lambda x: (0 * x, None)), case, case.inputs, np.ones(3), DOUBLE_ARITHMETIC)
    probe = _probe(here, np.ones(3), np.array([3.0, 5.0, 0.0]), "x", STEP, np.random.default_rng(0))
    assert probe.step == STEP / 4
    assert probe.base == noise(here, np.ones(3)) / (STEP / 4)
    assert probe.entry((0,)) == (12.0, 12.0, 12.0, 0.0)
    assert probe.entry((2,)) == (0.0, 0.0, 0.0, 0.0)
    gap, size, analytic, numeric = probe.gap(np.array([1.0, 1.0, 0.0]))
    assert (gap, size, numeric) == (abs(analytic), 4.0 * np.sqrt(3.0**2 + 5.0**2), 0.0)


def test_a_probe_sees_nothing_outside_its_box(squares):
    here, out, gradient = squares
    wrong = gradient.copy()
    wrong[0, 0] = np.nan
    probe = _probe(here, out, wrong, "x", STEP, np.random.default_rng(0))
    mask = np.ones(X.shape)
    mask[0, 0] = 0.0
    gap, _, analytic, _ = probe.gap(mask)
    assert gap <= 20 * probe.base
    assert np.isfinite(analytic)


@pytest.mark.parametrize("entries", [[(0, 0)], [(6, 11)], [(3, 4), (5, 0)], [(0, 11), (3, 3), (6, 0)]])
def test_a_few_wrong_entries_are_found_each(entries, squares):
    gradient = squares[2].copy()
    for index in entries:
        gradient[index] += 1.0
    for seed in range(3):
        assert located(squares, gradient, seed) == Located(False, tuple(sorted(entries)))


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_wrong_entries_are_found_at_any_scale_of_the_loss(size, double, point):
    case = point("x", X.shape, x=X)
    student = double(forward=lambda x: (size * x**2, None))
    here = Point(student, case, case.inputs, case.upstream, DOUBLE_ARITHMETIC)
    x = case.inputs["x"]
    gradient = 2 * size * x * case.upstream
    wrong = gradient.copy()
    for index in ((0, 11), (3, 3), (6, 0)):
        wrong[index] += size
    for given, entries in ((gradient, ()), (wrong, ((0, 11), (3, 3), (6, 0)))):
        found = locate(here, size * x**2, given, "x", STEP, np.random.default_rng(0))
        assert found == Located(False, entries)


def test_a_sample_holds_no_entry_twice():
    for n in (3, SAMPLES, SAMPLES + 1):
        sample = _sampled(np.zeros((n, 1)), np.random.default_rng(n))
        assert len(set(sample)) == len(sample) == min(n, SAMPLES)


def test_opposite_errors_in_one_box_are_found_both(squares):
    """Along a direction of ones they would cancel in every box that holds both."""
    gradient = squares[2].copy()
    gradient[3, 4] += 1.0
    gradient[3, 5] -= 1.0
    assert located(squares, gradient) == Located(False, ((3, 4), (3, 5)))


@pytest.mark.parametrize(("factor", "told"), [(3.0, 3.0), (-1.0, -1.0), (1.01, 1.01)])
def test_a_factor_on_all_entries_is_told(factor, told, squares):
    found = located(squares, factor * squares[2])
    assert found.dense
    assert len(found.entries) == SAMPLES
    assert found.factor == pytest.approx(told, rel=1e-6)


def test_all_entries_off_by_different_amounts_have_no_factor(squares):
    found = located(squares, squares[2] + 1)
    assert found.dense
    assert found.factor is None


def test_what_is_off_by_less_than_asked_is_not_wrong(squares):
    """By a relative 1e-3 where nothing else is asked."""
    assert not located(squares, squares[2] * (1 + 5e-4)).dense
    assert located(squares, squares[2] * (1 + 2e-3)).dense
    assert located(squares, squares[2] * (1 + 5e-4), relative=1e-4).dense


def test_half_of_the_entries_wrong_may_be_called_either(squares):
    """Beyond six in ten of a sample it is dense; far below that the entries are told."""
    some = squares[2] * np.where(np.random.default_rng(1).random(X.shape) < 0.9, 2, 1)
    assert located(squares, some).dense
    few = squares[2] * np.where(np.random.default_rng(1).random(X.shape) < 0.1, 2, 1)
    found = located(squares, few)
    assert not found.dense
    assert all(few[index] != squares[2][index] for index in found.entries)


def test_probes_are_bounded(squares):
    """A quarter of the entries wrong: the budget ends before all are found."""
    here, _, gradient = squares
    wrong = gradient * np.where(np.random.default_rng(2).random(X.shape) < 0.25, 2, 1)
    here.student.asked.clear()
    found = located(squares, wrong)
    assert not found.dense
    assert 2 * 96 <= len(here.student.asked) <= 2 * (96 + 2 + SAMPLES)


@pytest.mark.parametrize(
    ("factor", "tiny"), [(1.0, False), (1 + 1e-6, True), (1 - 1e-4, True), (1 + 5e-3, False), (2.0, False)]
)
def test_a_stabiliser_moves_every_entry_a_little(factor, tiny, squares):
    here, out, gradient = squares
    for seed in range(3):
        rng = np.random.default_rng(seed)
        assert tiny_everywhere(here, out, factor * gradient, "x", STEP, rng) is tiny


@pytest.mark.parametrize(("times", "tiny"), [(2, False), (4, True)])
def test_what_rounding_could_do_is_no_stabiliser(times, tiny, double, point):
    """Of a line a difference is exact, so the gap is what the gradient is off by."""
    x = np.array([1.0, -1.0, 1.0, -1.0])
    case = point("x", (4,), x=x)
    here = Point(double(forward=lambda x: (x, None)), case, case.inputs, np.ones(4), DOUBLE_ARITHMETIC)
    out = 1e3 * np.ones(4)
    base = noise(here, out) / (STEP / 4)
    gradient = np.ones(4) + times * base
    assert tiny_everywhere(here, out, gradient, "x", STEP, np.random.default_rng(0)) is tiny


def test_a_little_on_few_entries_is_no_stabiliser(squares):
    here, out, gradient = squares
    for share, tiny in ((0.05, False), (0.95, True)):
        moved = gradient * np.where(np.random.default_rng(3).random(X.shape) < share, 1 + 1e-5, 1)
        assert tiny_everywhere(here, out, moved, "x", STEP, np.random.default_rng(0)) is tiny


@pytest.mark.parametrize(
    ("ratios", "common"),
    [
        ([2.0, 2.0], 2.0),
        ([-2.0, -2.0, -2.001], -2.000333),
        ([1.0, 1.0005], 1.00025),
        ([1.0, 1.002], None),
        ([-1.0, -1.002], None),
        ([2.0], None),
        ([], None),
    ],
)
def test_a_common_factor_needs_two_that_agree(ratios, common):
    assert _common(ratios) == (common if common is None else pytest.approx(common, rel=1e-6))


def test_a_box_is_halved_along_its_longest_side():
    assert _halves(((0, 4), (0, 2))) == (((0, 2), (0, 2)), ((2, 4), (0, 2)))
    assert _halves(((1, 4), (2, 9), (0, 1))) == (((1, 4), (2, 5), (0, 1)), ((1, 4), (5, 9), (0, 1)))
    assert _halves(((3, 5),)) == (((3, 4),), ((4, 5),))
