"""Derivatives along a direction: value, error bar and jump of the slope, on functions that one knows."""

from dataclasses import replace

import numpy as np
import pytest

from suites.ladder import (
    DOUBLE_ARITHMETIC,
    SINGLE_ARITHMETIC,
    NoAnswerError,
    Point,
    _answering,
    central,
    climb,
    measured,
    noise,
)
from suites.types import Failure, Verdict

H = 0.25
V = np.array([2.0, -1.0, 0.5])
AT = np.array([1.5, -0.75, 1.0])
ALONG = np.array([1.0, 2.0, -1.0])


@pytest.fixture
def at(double, point):
    """A point of an elementwise function, with the upstream gradient V."""

    def make(function, x=AT, dtype=np.float64):
        student = double(forward=lambda x: (function(x), None))
        case = replace(point("x", x.shape, x=x.astype(dtype)), inputs={"x": x.astype(dtype)})
        return Point(student, case, case.inputs, V, DOUBLE_ARITHMETIC)

    return make


def test_a_central_difference_is_exact_for_a_parabola(at):
    slope = float(np.sum(V * 2 * AT * ALONG))
    assert central(at(np.square), {"x": ALONG}, H) == pytest.approx(slope, rel=1e-14)
    cubic = float(np.sum(V * (3 * AT**2 * ALONG + H**2 * ALONG**3)))
    assert central(at(lambda x: x**3), {"x": ALONG}, H) == pytest.approx(cubic, rel=1e-14)


def test_the_ladder_is_exact_for_a_quintic_and_its_bar_is_its_spread(at):
    """D(h) is 5 x^4 u + 10 x^2 u^3 h^2 + u^5 h^4: one step removes the second term, two the third."""
    here = at(lambda x: x**5)
    found = climb(here, AT**5, {"x": ALONG}, H)
    slope = float(np.sum(V * 5 * AT**4 * ALONG))
    fourth = float(np.sum(V * ALONG**5))
    assert found.value == pytest.approx(slope, rel=1e-13)
    assert found.error == pytest.approx(abs(fourth) * H**4 * (1 / 4 - 1 / 64) / 4, rel=1e-6)
    assert climb(at(np.square), AT**2, {"x": ALONG}, H).jump == pytest.approx(0, abs=1e-12)


def test_where_differences_do_not_fall_the_bar_is_their_spread(at):
    """A step function between h/4 and h/2: no order of the error can be trusted."""
    here = at(lambda x: np.where(np.abs(x - AT) > 0.2, np.sign(x - AT), 0.0))
    v = np.array([1.0])
    here = Point(here.student, replace(here.case, upstream=v), {"x": np.array([1.5])}, v, DOUBLE_ARITHMETIC)
    for slope in (0.0, 1000.0):
        here.student.functions["forward"] = lambda x, slope=slope: (
            slope * (x - 1.5) + np.where(np.abs(x - 1.5) > 0.1, np.sign(x - 1.5), 0),
            None,
        )
        found = climb(here, np.zeros(1), {"x": np.ones(1)}, H)
        d = (1 / H, 1 / (H / 2), 0.0)
        assert found.error == pytest.approx(max(abs(d[0] - d[1]), abs(d[1] - d[2])))


def test_differences_that_fall_too_slowly_are_no_order(at):
    """Of t |t|^(1/2) they fall like the root of h, by 0.7 and not by 0.25."""
    v, x = np.array([1.0]), np.array([1.5])
    here = at(lambda x: (x - 1.5) * np.sqrt(np.abs(x - 1.5)), x)
    here = replace(here, upstream=v)
    found = climb(here, np.zeros(1), {"x": np.ones(1)}, H)
    assert found.error == pytest.approx(np.sqrt(H) - np.sqrt(H / 2))


@pytest.mark.parametrize("height", [1.0, -3.0])
def test_a_kink_has_two_sides(height, at):
    """f = height |t| + t + t^2 along the direction, at t = 0."""

    def bent(x):
        t = (x - AT) / ALONG
        return height * np.abs(t) + t + t**2

    found = climb(at(bent), np.zeros(3), {"x": ALONG}, H)
    total = float(V.sum())
    assert found.value == pytest.approx(total)
    assert found.jump == pytest.approx(abs(2 * height * total))
    assert (found.left, found.right) == pytest.approx((total - height * total, total + height * total))


def test_what_rounding_does_is_known(at):
    here = at(np.square)
    out = np.array([3.0, 4.0, 0.0])
    assert noise(here, out) == 4 * 2.0**-53 * np.sqrt(6.0**2 + 4.0**2)
    assert noise(here, np.zeros(3)) > 0
    single = replace(here, arithmetic=SINGLE_ARITHMETIC)
    assert noise(single, out) == 2.0**29 * noise(here, out)
    found = climb(at(lambda x: x), AT, {"x": ALONG}, H)
    assert found.rounding == noise(here, AT) / (H / 4)
    assert found.error == found.rounding  # a line: nothing else is in the bar


def test_rounding_of_what_does_not_answer_is_no_part_of_one_entrys_slope(at):
    """Sizes count, not signs, and the largest on the ladder."""
    out, found = np.array([-3.0, -50.0, 2.0]), [np.array([-3.5, -50.0, 2.0]), np.array([-2.5, -50.0, 2.5])]
    assert _answering(out, found).tolist() == [3.5, 0.0, 2.5]
    here = at(lambda x: np.where(np.arange(3) == 1, -x, 1e6))
    alone = climb(here, np.array([1e6, 0.75, 1e6]), {"x": ALONG}, H, alone=True)
    assert alone.rounding == noise(here, np.array([0.0, 0.75 + 2 * H, 0.0])) / (H / 4)
    assert climb(here, np.array([1e6, 0.75, 1e6]), {"x": ALONG}, H).rounding > 1e5 * alone.rounding


def halves(share):
    """Code that keeps a share of its numbers in float64 and computes the others in float32."""

    def forward(x):
        narrow = x.astype(np.float32).astype(np.float64)
        return np.where(np.arange(x.size) < share * x.size, x, narrow)

    return forward


def nearby(share):
    """The same of code that answers to small steps alone."""
    start = np.random.default_rng(0).uniform(1, 2, 40)
    return lambda x: halves(share)(np.where(np.abs(x - start) < 0.1, x, start))


@pytest.mark.parametrize(
    ("function", "dtype", "arithmetic"),
    [
        (np.square, np.float64, DOUBLE_ARITHMETIC),
        (np.square, np.float32, SINGLE_ARITHMETIC),
        (lambda x: x.astype(np.float32) ** 2, np.float64, SINGLE_ARITHMETIC),
        (halves(0.75), np.float64, DOUBLE_ARITHMETIC),
        (halves(0.25), np.float64, SINGLE_ARITHMETIC),
        (lambda x: np.where(np.arange(x.size) < 10, x, 1.0), np.float64, DOUBLE_ARITHMETIC),
        (nearby(0.25), np.float64, SINGLE_ARITHMETIC),
        (nearby(0.75), np.float64, DOUBLE_ARITHMETIC),
    ],
)
def test_the_arithmetic_is_what_most_numbers_that_move_show(function, dtype, arithmetic, at):
    x = np.random.default_rng(0).uniform(1, 2, 40)
    here = at(function, x, dtype)
    here = replace(here, upstream=np.ones(40))
    assert measured(here, np.random.default_rng(1)).arithmetic == arithmetic


def test_one_narrow_argument_makes_a_point_narrow(double, point):
    inputs = {"x": np.ones((2, 2)), "w": np.ones((2, 2), np.float32), "n": np.ones(3, np.float32)}
    narrow = point("x w", (2, 2), **inputs)
    wide = point("x", (2, 2), **inputs)
    for case, expected in ((narrow, True), (wide, False)):
        assert Point(double(), case, case.inputs, V, DOUBLE_ARITHMETIC).narrow is expected


def test_what_is_moved_keeps_its_type_and_the_rest_its_place(double, point):
    seen = []
    student = double(forward=lambda x, w: (seen.append((x, w)) or x, None))
    case = point("x", (2,), x=np.ones(2, np.float32), w=np.ones(3))
    here = Point(student, case, case.inputs, np.ones(2), SINGLE_ARITHMETIC)
    plus, minus = here.outputs([({"x": np.array([1.0, 2.0])}, 0.5), ({"x": np.array([1.0, 2.0])}, -0.5)])
    assert (plus.tolist(), minus.tolist()) == ([1.5, 2.0], [0.5, 0.0])
    assert all(x.dtype == np.float32 and w.tolist() == [1, 1, 1] for x, w in seen)
    assert student.frames == 1


def test_a_failure_anywhere_is_no_answer(double, point):
    case = point("x", (2,), x=np.ones(2))
    failure = Failure(Verdict.ERROR, "it raised")
    for functions in ({"forward": failure}, {"forward": lambda x: (x, x), "backward": failure}):
        here = Point(double(**functions), case, case.inputs, np.ones(2), DOUBLE_ARITHMETIC)
        with pytest.raises(NoAnswerError, match="it raised"):
            here.gradients_beside({"x": np.ones(2)}, 0.5)


def test_what_a_gradient_is_asked_beside_stays_where_it_is(double, point):
    sent = []

    class Watched(double):
        def ask(self, *calls):
            answers = super().ask(*calls)
            sent.extend(len(answer.values) for answer in answers)
            return answers

    case = point("x", (2,), x=np.ones(2))
    student = Watched(forward=lambda x: (x, x), backward=lambda dout, x: dout)
    here = Point(student, case, case.inputs, np.ones(2), DOUBLE_ARITHMETIC)
    here.gradients_beside({"x": np.ones(2)}, 0.5)
    assert sent == [0, 1, 1, 1]


def test_it_is_the_first_output_whose_slope_is_taken(double, point):
    def forward(x):
        return x**2, -x, x

    case = point("x", (3,), x=AT)
    case = replace(case, signature=replace(case.signature, outputs=("out", "other")))
    student = double(forward=forward, backward=lambda dout, x: 2 * dout * x)
    here = Point(student, case, {"x": AT}, V, DOUBLE_ARITHMETIC)
    np.testing.assert_array_equal(here.gradients()[0], AT**2)
    _, plus, minus = here.gradients_beside({"x": ALONG}, H)
    np.testing.assert_array_equal(plus, (AT + H * ALONG) ** 2)
    np.testing.assert_array_equal(minus, (AT - H * ALONG) ** 2)
    assert central(here, {"x": ALONG}, H) == pytest.approx(float(np.sum(V * 2 * AT * ALONG)))
