"""Sigmoid, tanh, leaky ReLU and softmax: forward where the slides' formulas overflow, too, and backward.

How to read it: the kinds of input of each operation come first, then the operations, then the points.
"""

import numpy as np

from reference import activations
from suites import Assignment, Domain, Op, Part, agreement, gradient, regime, single, sums_to_zero, views

from . import variants

# ------------------------------------------------------------------ one number at a time


@regime(public=True, draws=2)
def numbers(rng):
    """Numbers of both signs, in rows."""
    return {"x": 1.5 * rng.normal(size=(6, 5))}


@regime(like="numbers")
def volumes(rng):
    """Any number of axes."""
    return {"x": rng.normal(size=(3, 2, 4, 2))}


@regime(tier="unusual", public=True, checks=("forward", "backward"))
def huge(rng):
    """Numbers of about a thousand, of both signs."""
    x = rng.uniform(800, 1500, (4, 6))
    x[::2] *= -1
    return {"x": x}


@regime(tier="unusual", like="numbers")
def single_numbers(rng):
    """Numbers in single precision (float32)."""
    return single({"x": rng.normal(size=(5, 7))})


@regime(tier="unusual", like="numbers")
def scattered_numbers(rng):
    """A view into a larger array."""
    return views({"x": rng.normal(size=(4, 6))})


# ------------------------------------------------------------------ leaky ReLU


def leaking(drawn, slope):
    """Numbers and a slope."""
    return {**drawn, "slope": slope}


@regime(public=True, draws=2)
def leaky_numbers(rng):
    """Numbers of both signs, with a slope between 0.12 and 0.3."""
    return leaking(numbers(rng), round(rng.uniform(0.12, 0.3), 2))


@regime(like="leaky_numbers")
def near_zero(rng):
    """Some numbers close to zero on either side, with a slope of 0.01."""
    x = rng.normal(size=(7, 4))
    x[::2] = rng.choice((-1, 1), size=(4, 4)) * 2.0**-8
    return leaking({"x": x}, 0.01)


@regime(tier="unusual", like="leaky_numbers")
def zeros(rng):
    """Some numbers are exactly zero, where any slope between the two sides is accepted."""
    x = rng.normal(size=(5, 6))
    x[rng.permutation(5)[:2], :3] = 0
    return leaking({"x": x}, 0.2)


@regime(tier="unusual", like="leaky_numbers")
def plain_relu(rng):
    """A slope of 0."""
    return leaking({"x": rng.normal(size=(4, 5))}, 0.0)


@regime(tier="unusual", like="leaky_numbers")
def single_leaky(rng):
    """Numbers in single precision (float32)."""
    return single(leaking({"x": rng.normal(size=(6, 3))}, 0.25))


# ------------------------------------------------------------------ softmax


@regime(public=True, draws=2)
def scores(rng):
    """Scores of a batch, one example a row."""
    return {"x": 2 * rng.normal(size=(6, 4))}


@regime(like="scores")
def sequences(rng):
    """Scores with three axes: softmax runs over the last."""
    return {"x": rng.normal(size=(2, 3, 5))}


@regime(tier="unusual", public=True, checks=("forward", "backward"))
def huge_scores(rng):
    """Scores of about a thousand, of both signs, that differ little within a row."""
    rows = rng.uniform(1000, 1050, (5, 1)) * np.array([[1.0], [-1.0], [1.0], [-1.0], [1.0]])
    return {"x": rows + rng.normal(size=(5, 3))}


@regime(tier="unusual", like="huge_scores", checks=("forward", "backward"))
def far_apart(rng):
    """One score of each row lies about a thousand above the others."""
    x = rng.normal(size=(4, 5))
    x[np.arange(4), rng.integers(0, 5, 4)] += rng.uniform(1000, 1050, 4)
    return {"x": x}


@regime(tier="unusual", like="scores")
def one_row(rng):
    """A vector: a single row without an axis of its own."""
    return {"x": rng.normal(size=7)}


@regime(tier="unusual", like="scores")
def single_scores(rng):
    """Scores in single precision (float32)."""
    return single({"x": rng.normal(size=(4, 6))})


# ------------------------------------------------------------------ what is asked

ALONE = (numbers, volumes, huge, single_numbers, scattered_numbers)


def elementwise(name, forward, backward):
    """An operation on each number by itself."""
    return Op(
        forward=f"{name}_forward",
        backward=f"{name}_backward",
        oracle=forward,
        gradient=backward,
        args=("x",),
        wrt=("x",),
        regimes=ALONE,
        domains={"x": "any shape"},
    )


sigmoid = elementwise("sigmoid", activations.sigmoid_forward, activations.sigmoid_backward)
tanh = elementwise("tanh", activations.tanh_forward, activations.tanh_backward)

leaky = Op(
    forward="leaky_relu_forward",
    backward="leaky_relu_backward",
    oracle=activations.leaky_relu_forward,
    gradient=activations.leaky_relu_backward,
    args=("x", "slope"),
    wrt=("x",),
    regimes=(leaky_numbers, near_zero, zeros, plain_relu, single_leaky),
    domains={"x": "any shape", "slope": Domain("0 <= slope < 1", lambda slope: 0 <= slope < 1)},
)

softmax = Op(
    forward="softmax_forward",
    backward="softmax_backward",
    oracle=activations.softmax_forward,
    gradient=activations.softmax_backward,
    args=("x",),
    wrt=("x",),
    regimes=(scores, sequences, huge_scores, far_apart, one_row, single_scores),
    domains={"x": "(..., C), C at least 2"},
)

assignment = Assignment(
    title="Activations",
    submit="activations.py",
    variants=variants,
    parts=(
        Part("sigmoid", sigmoid, (agreement(out=1),), title="Sigmoid, forward"),
        Part("sigmoid backward", sigmoid, (gradient(dx="1.5"),), ("sigmoid",), "Sigmoid, backward"),
        Part("tanh", tanh, (agreement(out="0.5"),), title="tanh, forward"),
        Part("tanh backward", tanh, (gradient(dx=1),), ("tanh",), "tanh, backward"),
        Part("leaky", leaky, (agreement(out=1),), title="Leaky ReLU, forward"),
        Part("leaky backward", leaky, (gradient(dx="1.5"),), ("leaky",), "Leaky ReLU, backward"),
        Part("softmax", softmax, (agreement(out="1.5"),), title="Softmax, forward"),
        Part(
            "softmax backward",
            softmax,
            (gradient(dx=2), sums_to_zero("each row of dx sums to zero", "dx", (-1,))),
            ("softmax",),
            "Softmax, backward",
        ),
    ),
)
