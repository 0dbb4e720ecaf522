"""What the students' functions are tried on: functions, right and wrong gradients of them, and comparisons.

How to read it: first functions of an array with their gradients, then what is asked of `numerical_gradient`,
of `check_gradient` and of `test_close`. This file stands for itself: it imports nothing of its own folder.

A value costs a turn of two processes, and a gradient two values a number of x: so x is as small as
a mistake needs it, and a sum of products is a `vdot`, the quickest that there is.
"""

# ruff: noqa: D103 (what a variant does is in its `says`)

import math
from functools import partial

import numpy as np

from suites import Function, subject, variant

# --------------------------------------------------------------------------- functions with their gradients


def _signs(rng, shape):
    """Numbers of both signs, none near zero."""
    x = rng.uniform(0.3, 1.5, shape) * rng.choice((-1.0, 1.0), shape)
    x.flat[0], x.flat[-1] = abs(x.flat[0]), -abs(x.flat[-1])
    return x


def quadratic(rng):
    """x'Ax, with an A that is not symmetric."""
    a = rng.normal(size=(2, 2))
    return _signs(rng, 2), lambda x: x @ a @ x, lambda x: (a + a.T) @ x


def layer(rng):
    """A layer with tanh of a square matrix of weights, summed with random factors."""
    x, v = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    return (
        _signs(rng, (2, 2)),
        lambda w: np.vdot(v, np.tanh(x @ w)),
        lambda w: x.T @ (v * (1 - np.tanh(x @ w) ** 2)),
    )


def two_terms(rng):
    """A loss and a penalty on the same weights, 1/4 w'w."""
    a, t = rng.normal(size=(6, 2)), rng.normal(size=6)

    def f(w):
        left = a @ w - t
        return left @ left / 6 + w @ w / 4

    return _signs(rng, 2), f, lambda w: 2 * a.T @ (a @ w - t) / 6 + w / 2


def logistic(rng):
    """The logistic loss of five examples."""
    a = rng.normal(size=(5, 2)) * rng.choice((-1, 1), (5, 1))
    return (
        _signs(rng, 2),
        lambda w: np.logaddexp(0, -(a @ w)).sum() / 5,
        lambda w: -a.T @ (1 / (1 + np.exp(a @ w))) / 5,
    )


def kinked(rng):
    """A sum of ReLUs, each at least 0.1 from its kink."""
    v, shift = _signs(rng, (1, 2)), 0.5 * rng.normal(size=2)
    x = shift + rng.permuted([1.0, -1.0]) * rng.uniform(0.1, 1.0, (1, 2))
    return x, lambda x: np.vdot(v, np.maximum(x - shift, 0)), lambda x: v * (x > shift)


FUNCTIONS = (quadratic, layer, two_terms, logistic)


def scaled(drawn, size, height=1.0):
    """The same function of arguments `size` times as large, with values `height` times as large."""
    x, f, g = drawn
    return x * size, lambda x: height * f(x / size), lambda x: height / size * g(x / size)


def any_of(rng):
    """One of the functions, drawn."""
    return FUNCTIONS[rng.integers(len(FUNCTIONS))](rng)


def given(drawn):
    """The arguments of check_gradient: f, its gradient, and the point x."""
    x, f, g = drawn
    return Function(lambda x: float(f(x)), (x.shape,)), Function(g, (x.shape,)), x


def mistaken(rng, make, wrong, visible=0.05):
    """The same with what `wrong` makes of the gradient, drawn until that shows at x."""
    for _ in range(1000):
        x, f, g = make(rng)
        if difference(g(x), wrong(g, x)) > visible:
            return given((x, f, partial(wrong, g)))
    raise ValueError("the mistake never shows")


def norm(a):
    """The Euclidean norm of all entries, whatever the shape."""
    return math.sqrt(np.vdot(a, a))


def difference(a, b):
    """The relative difference of two arrays: |a - b| / max(|a|, |b|), and 0 where both are 0."""
    size = max(norm(a), norm(b))
    return norm(a - b) / size if size else 0.0


# --------------------------------------------------------------------------- numerical_gradient(f, x)


def asked(drawn):
    """The arguments of numerical_gradient, and last what is exact."""
    x, f, g = drawn
    return Function(lambda x: float(f(x)), (x.shape,)), x, np.asarray(g(x))


@subject(
    "numgrad.off",
    of="numerical_gradient",
    public=True,
    says="Your numerical gradient of a smooth function of a vector is off.",
    hint="Which difference has an error of h^2, and not of h? What is left of x after an entry is done?",
)
def vector(rng):
    """A smooth function of a vector."""
    return asked(quadratic(rng) if rng.random() < 0.5 else two_terms(rng))


@subject(
    "numgrad.matrix",
    of="numerical_gradient",
    public=True,
    says="Your numerical gradient is off where x is a matrix.",
    hint="Does your loop reach every entry of an array with two axes?",
)
def matrix(rng):
    """A smooth function of a matrix."""
    x, v = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    drawn = (
        _signs(rng, (2, 3)),
        lambda w: np.vdot(v, np.tanh(x @ w)),
        lambda w: x.T @ (v / np.cosh(x @ w) ** 2),
    )
    return asked(drawn)


@subject(
    "numgrad.kink",
    of="numerical_gradient",
    says="Your numerical gradient is off near a kink that your steps should not reach.",
    hint="How large is your step, and how far is the kink?",
)
def near_kinks(rng):
    """A function with kinks, each at least 0.1 away."""
    return asked(kinked(rng))


@subject(
    "numgrad.large",
    of="numerical_gradient",
    says="Your numerical gradient is off where x and f are large.",
    hint="f is about a million. How large is its rounding, and what does dividing it by h make of it?",
)
def large_values(rng):
    """Numbers of about a thousand, values of about a million."""
    return asked(scaled(logistic(rng), 2.0**10, 2.0**20))


@subject(
    "numgrad.small",
    of="numerical_gradient",
    tier="unusual",
    says="Your numerical gradient is off where x is small.",
    hint="x is about a thousandth. What is a small step there?",
)
def small_values(rng):
    """Numbers of about a thousandth."""
    return asked(scaled(layer(rng), 2.0**-10))


@subject(
    "numgrad.no-axis",
    of="numerical_gradient",
    tier="unusual",
    says="Your numerical gradient is off where x is a single number.",
    hint="What does your loop do with an array without axes?",
)
def single_number(rng):
    """A function of one number: x has the shape ()."""
    a, b = rng.uniform(0.5, 1.5, 2)
    return asked((np.array(b), lambda x: np.sin(a * x), lambda x: a * np.cos(a * x)))


def central(f, x):
    """The numerical gradient, by central differences."""
    gradient, h = np.zeros_like(x), 2.0**-17 * max(float(np.max(np.abs(x))), 1e-300)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


@variant(
    "numgrad.not-halved",
    of=central,
    kind="wrong",
    says="Your difference spans 2h and is divided by h.",
    hint="How far apart are the two points?",
)
def not_halved(f, x):
    return 2 * central(f, x)


@variant(
    "numgrad.halved",
    of=central,
    kind="wrong",
    says="Your difference spans h and is divided by 2h.",
    hint="How far apart are the two points?",
)
def halved(f, x):
    return central(f, x) / 2


@variant(
    "numgrad.sign",
    of=central,
    kind="wrong",
    says="Your difference is taken the wrong way round.",
    hint="Which of the two values comes first?",
)
def other_way(f, x):
    return -central(f, x)


@variant(
    "numgrad.whole-step",
    of=central,
    kind="wrong",
    says="All entries of x move at once: each of yours is the derivative along (1, 1, ...).",
    hint="Which entries of x does x + h move?",
)
def whole_step(f, x):
    return np.full_like(x, np.sum(central(f, x)))


@variant(
    "numgrad.first-axis",
    of=central,
    kind="wrong",
    says="Only the first entry along the last axis is reached.",
    hint="Does your loop reach every entry of an array with two axes?",
)
def first_axis(f, x):
    gradient = central(f, x)
    if x.ndim > 1:
        gradient[..., 1:] = 0
    return gradient


# --------------------------------------------------------------------------- check_gradient(f, gradient, x)


def wrong(id, says, hint, **options):
    """A subject whose gradient is wrong."""
    return subject(f"check.{id}", of="check_gradient", right=False, says=says, hint=hint, **options)


def right(id, says, hint, **options):
    """A subject whose gradient is right."""
    return subject(f"check.{id}", of="check_gradient", right=True, says=says, hint=hint, **options)


@right(
    "refuses-vector",
    "Your checker refuses the right gradient of a smooth function of a vector.",
    "How large is the error of your own numerical gradient? Is your tolerance relative?",
    public=True,
)
def right_for_a_vector(rng):
    """A right gradient, of a smooth function of a vector."""
    return given((quadratic, two_terms, logistic)[rng.integers(3)](rng))


@right(
    "refuses-matrix",
    "Your checker refuses the right gradient of a function of a matrix.",
    "Does your numerical gradient reach every entry?",
    public=True,
)
def right_for_a_matrix(rng):
    """A right gradient, of a function of a matrix."""
    return given(layer(rng))


@right(
    "refuses-kinks",
    "Your checker refuses the right gradient of a function with kinks, away from them.",
    "How far do your steps go, and how far is the next kink?",
)
def right_with_kinks(rng):
    """A right gradient, of a function with kinks; each is at least 0.1 away."""
    return given(kinked(rng))


@right(
    "refuses-large",
    "Your checker refuses a right gradient where the values are large.",
    "Compare the error with the gradient's own size. And how large is f's rounding, divided by h?",
)
def right_and_large(rng):
    """A right gradient, of a function whose values are about a million."""
    return given(scaled(any_of(rng), 1.0, 2.0**20))


@right(
    "refuses-small",
    "Your checker refuses a right gradient where the gradient is small.",
    "Compare the error with the gradient's own size.",
)
def right_and_small(rng):
    """A right gradient, of a function whose values are about a millionth."""
    return given(scaled(any_of(rng), 1.0, 2.0**-20))


@right(
    "refuses-zeros",
    "Your checker refuses a right gradient in which some entries are exactly 0.",
    "What does an error relative to each single entry become where that entry is 0?",
)
def right_with_zeros(rng):
    """A right gradient with entries that are exactly 0."""
    x, f, g = quadratic(rng)
    used = rng.permuted([1.0, 0.0])
    return given((x, lambda x: f(used * x), lambda x: used * g(used * x)))


@right(
    "refuses-offset",
    "Your checker refuses a right gradient where f is far from 0.",
    "f is a thousand and changes little. How large is its rounding, divided by h?",
)
def right_and_far_from_zero(rng):
    """A right gradient, of a function whose values lie near a thousand."""
    x, f, g = any_of(rng)
    return given((x, lambda x: 1000.0 + f(x), g))


@right(
    "refuses-single-precision",
    "Your checker refuses a right gradient where f computes in single precision.",
    "f has seven digits there. Which h loses the fewest of them, and what error is left?",
    tier="unusual",
)
def right_in_single_precision(rng):
    """A right gradient; x is float32, and f computes in single precision."""
    x, f, g = logistic(rng)
    f32 = Function(lambda x: float(np.float32(f(np.float32(x)))), (x.shape,))
    return f32, Function(lambda x: np.float32(g(x)), (x.shape,)), np.float32(x)


@right(
    "refuses-minimum",
    "Your checker refuses the gradient 0 at a minimum.",
    "Both gradients are next to nothing. What is your error relative to?",
    tier="unusual",
)
def right_at_a_minimum(rng):
    """A right gradient at a minimum, where all of it is exactly 0."""
    x0 = _signs(rng, 2)
    return given((x0.copy(), lambda x: 1.0 + (x - x0) @ (x - x0), lambda x: 2 * (x - x0)))


@right(
    "refuses-three-axes",
    "Your checker refuses a right gradient where x has three axes.",
    "Does your numerical gradient reach every entry?",
    tier="unusual",
)
def right_with_three_axes(rng):
    """A right gradient, of a function of an array with three axes."""
    c = rng.normal(size=(2, 1, 2))
    return given((_signs(rng, (2, 1, 2)), lambda x: np.vdot(c, x**3), lambda x: 3 * c * x**2))


@wrong(
    "passes-sign",
    "Your checker passes a gradient of the wrong sign.",
    "Do you compare sizes, or the numbers themselves?",
    public=True,
)
def wrong_sign(rng):
    """A gradient of the wrong sign."""
    return mistaken(rng, any_of, lambda g, x: -g(x))


@wrong(
    "passes-factor",
    "Your checker passes a gradient that is twice as large as it should be.",
    "Do you compare directions, or the numbers themselves?",
    public=True,
)
def factor_two(rng):
    """A gradient that is twice as large as it should be."""
    return mistaken(rng, any_of, lambda g, x: 2 * g(x))


@wrong(
    "passes-one-entry",
    "Your checker passes a gradient that is wrong in one entry only.",
    "Do you look at all entries? One that is off must not drown in the mean.",
    public=True,
)
def one_entry(rng):
    """A gradient that is wrong in one entry only."""
    where = int(rng.integers(2))  # neither the first entry nor the last

    def off(g, x):
        gradient = np.array(g(x))
        gradient.flat[1 + where] += 0.3 * np.max(np.abs(gradient))
        return gradient

    return mistaken(rng, layer, off)


@wrong(
    "passes-transposed",
    "Your checker passes a gradient that is transposed.",
    "A square matrix and its transpose have the same sum and the same norm. What differs?",
)
def transposed(rng):
    """A transposed gradient, of a square matrix."""
    return mistaken(rng, layer, lambda g, x: g(x).T)


@wrong(
    "passes-negative-half",
    "Your checker passes a gradient that is wrong only where x is negative.",
    "Do you look at all entries?",
)
def where_negative(rng):
    """A gradient that is 0 wherever x is negative."""
    return mistaken(rng, any_of, lambda g, x: g(x) * (x > 0))


@wrong(
    "passes-missing-term",
    "Your checker passes a gradient without the term of the penalty.",
    "How small is an error that you still call equal?",
)
def missing_term(rng):
    """A gradient that leaves out one of two terms."""
    return mistaken(rng, two_terms, lambda g, w: g(w) - w / 2)


@wrong(
    "passes-symmetric-only",
    "Your checker passes a gradient of x'Ax that is right only if A is symmetric.",
    "Do you compare all entries with your own numerical gradient?",
)
def symmetric_only(rng):
    """2Ax as the gradient of x'Ax, right only if A is symmetric, which this one is far from."""
    a = _signs(rng, (2, 2))
    a[1, 0] = -np.copysign(a[1, 0], a[0, 1])

    def skew(rng):
        return _signs(rng, 2), lambda x: x @ a @ x, lambda x: (a + a.T) @ x

    return mistaken(rng, skew, lambda g, x: 2 * a @ x)


@wrong(
    "passes-same-sum",
    "Your checker passes a gradient whose entries have changed places.",
    "Sum and norm are right there. What differs?",
)
def changed_places(rng):
    """A gradient whose entries have changed places."""
    return mistaken(rng, any_of, lambda g, x: np.roll(g(x), 1))


@wrong(
    "passes-small",
    "Your checker passes a wrong gradient where the gradient is small.",
    "All numbers are about a millionth there. What is your error relative to?",
)
def wrong_and_small(rng):
    """A gradient of half the size, of a function whose values are about a millionth."""
    return mistaken(rng, lambda rng: scaled(any_of(rng), 1.0, 2.0**-20), lambda g, x: g(x) / 2)


@wrong(
    "passes-no-mask",
    "Your checker passes a gradient of ReLUs that forgets their mask.",
    "Do you look at entries where your numerical gradient is 0?",
)
def no_mask(rng):
    """The gradient of a sum of ReLUs without their mask."""
    x, f, g = kinked(rng)
    v = g(x + 10)  # where every one of them is active
    return given((x, f, lambda x: v + 0 * x))


@wrong(
    "passes-mean",
    "Your checker passes a gradient that is averaged where it should be summed.",
    "Do you compare directions, or the numbers themselves?",
)
def averaged(rng):
    """A gradient divided by the number of its entries."""
    return mistaken(rng, layer, lambda g, x: g(x) / x.size)


@wrong(
    "passes-one-percent",
    "Your checker passes a gradient that is one percent off.",
    "How exact is your numerical gradient? That much you can ask for.",
    tier="unusual",
)
def one_percent(rng):
    """A gradient that is one percent too large."""
    return mistaken(rng, any_of, lambda g, x: 1.01 * g(x), visible=0.005)


# --------------------------------------------------------------------------- test_close(close)


def comparison(close):
    """The argument of test_close: a comparison that is asked about two arrays of one shape."""

    def compared(a, b):
        if a.shape != b.shape:
            raise ValueError("the shapes differ")
        return bool(close(a, b))

    return (Function(compared, (None, None)),)


def fine(id, says, hint, **options):
    """A subject that is a right comparison."""
    return subject(f"close.{id}", of="test_close", right=True, says=says, hint=hint, **options)


def faulty(id, says, hint, **options):
    """A subject that is a faulty comparison."""
    return subject(f"close.{id}", of="test_close", right=False, says=says, hint=hint, **options)


BETWEEN = "Between 1e-7 and 1e-3 either answer is right. What do you ask it about?"


@fine(
    "refuses-norms",
    "Your test fails a right comparison, by norms.",
    BETWEEN,
    public=True,
)
def by_norms(rng):
    """A right comparison, by norms."""
    allowed = 10 ** rng.uniform(-6, -4)
    return comparison(lambda a, b: difference(a, b) < allowed)


@fine("refuses-strict", "Your test fails a right comparison that is strict.", BETWEEN)
def strict(rng):
    """A right comparison that is strict: 1e-7 is all that it allows."""
    return comparison(lambda a, b: difference(a, b) <= 1.0001e-7)


@fine("refuses-lenient", "Your test fails a right comparison that is lenient.", BETWEEN)
def lenient(rng):
    """A right comparison that is lenient: it allows up to 1e-3."""
    return comparison(lambda a, b: difference(a, b) < 0.9999e-3)


@fine(
    "refuses-largest",
    "Your test fails a right comparison, by the largest entry.",
    "It takes the largest error for the largest entry's part. " + BETWEEN,
)
def by_largest(rng):
    """A right comparison, by the largest error and the largest entry."""
    top = lambda a: float(np.max(np.abs(a), initial=0.0))  # noqa: E731
    return comparison(lambda a, b: top(a - b) <= 1e-5 * max(top(a), top(b)))


@faulty(
    "passes-always",
    "Your test passes a comparison that says True whatever it is asked.",
    "Is it ever asked about two arrays that differ?",
    public=True,
)
def always(rng):
    """A faulty comparison: always True."""
    return comparison(lambda a, b: True)


@faulty(
    "passes-never",
    "Your test passes a comparison that says False whatever it is asked.",
    "Is it ever asked about two arrays that agree?",
    public=True,
)
def never(rng):
    """A faulty comparison: always False."""
    return comparison(lambda a, b: False)


@faulty(
    "passes-exact",
    "Your test passes a comparison that allows no rounding at all.",
    "Is it ever asked about arrays that differ by as little as a numerical gradient does?",
)
def exact(rng):
    """A faulty comparison: only what is equal to the last bit."""
    return comparison(np.array_equal)


@faulty(
    "passes-sizes",
    "Your test passes a comparison that is blind to signs.",
    "Is it ever asked about an array and its negative?",
)
def blind_to_signs(rng):
    """A faulty comparison: of absolute values."""
    return comparison(lambda a, b: difference(np.abs(a), np.abs(b)) < 1e-5)


@faulty(
    "passes-directions",
    "Your test passes a comparison of directions alone.",
    "Is it ever asked about an array and twice the same?",
)
def of_directions(rng):
    """A faulty comparison: of directions alone."""
    return comparison(lambda a, b: difference(a * norm(b), b * norm(a)) < 1e-5)


@faulty(
    "passes-first-entry",
    "Your test passes a comparison of first entries alone.",
    "Is it ever asked about arrays that agree in their first entries and differ later?",
)
def of_first_entries(rng):
    """A faulty comparison: of first entries alone."""
    return comparison(lambda a, b: difference(a.ravel()[:1], b.ravel()[:1]) < 1e-5)


@faulty(
    "passes-sums",
    "Your test passes a comparison of sums.",
    "Is it ever asked about arrays whose errors cancel?",
)
def of_sums(rng):
    """A faulty comparison: of sums."""
    return comparison(lambda a, b: difference(np.sum(a), np.sum(b)) < 1e-5)


@faulty(
    "passes-norm-only",
    "Your test passes a comparison of norms alone.",
    "Is it ever asked about different arrays of the same norm?",
)
def of_norms(rng):
    """A faulty comparison: of norms alone."""
    return comparison(lambda a, b: abs(norm(a) - norm(b)) <= 1e-5 * max(norm(a), norm(b)))


@faulty(
    "passes-absolute",
    "Your test passes a comparison whose tolerance is absolute.",
    "Is it ever asked about small numbers that differ, and about large ones that agree?",
)
def absolute(rng):
    """A faulty comparison: the tolerance is absolute."""
    return comparison(lambda a, b: norm(a - b) < 1e-4)


@faulty(
    "passes-one-sided",
    "Your test passes a comparison that sees only what is too large.",
    "Is the difference ever negative in all entries, and ever positive?",
)
def one_sided(rng):
    """A faulty comparison: the difference has lost its absolute value."""
    return comparison(lambda a, b: float(np.max(a - b, initial=0.0)) <= 1e-5 * max(norm(a), norm(b)))


@faulty(
    "passes-crude",
    "Your test passes a comparison that allows a tenth.",
    "What is the smallest difference that it must find? Is it ever asked about one?",
)
def crude(rng):
    """A faulty comparison: a tenth is allowed."""
    return comparison(lambda a, b: difference(a, b) < 0.1)


@faulty(
    "passes-zeros",
    "Your test passes a comparison that calls two arrays of zeros different.",
    "Is it ever asked about two arrays of zeros?",
    tier="unusual",
)
def without_zeros(rng):
    """A faulty comparison: 0/0 where both arrays are zero."""
    return comparison(
        lambda a, b: norm(a - b) / max(norm(a), norm(b)) < 1e-5 if norm(a) or norm(b) else False
    )
