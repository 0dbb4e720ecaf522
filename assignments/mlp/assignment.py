"""A multi-layer perceptron by hand: affine layer, ReLU, softmax with cross-entropy, and two layers composed.

How to read it: the kinds of input of each operation come first, then the operations, then the points.
"""

import numpy as np

from reference import affine, mlp
from reference.cross_entropy import categorical_on_logits
from suites import Assignment, Op, Part, Workload, agreement, gradient, regime, single, sums_to_zero, views

from . import variants
from .oracle import relu, relu_gradient


def dense(rng, *image, n=5, m=3):
    """A batch of n examples, and a layer for them with m outputs."""
    d = int(np.prod(image))
    return {"x": rng.normal(size=(n, *image)), "w": rng.normal(size=(d, m)), "b": rng.normal(size=m)}


# ------------------------------------------------------------------ affine


@regime(public=True, draws=2)
def rows(rng):
    """Each example is a row of numbers; all sizes differ."""
    return dense(rng, 7)


@regime(public=True)
def images(rng):
    """Each example is an image (channels, height, width)."""
    return dense(rng, 2, 3, 4, n=5, m=6)


@regime(like="images")
def grids(rng):
    """Each example is a grid of numbers."""
    return dense(rng, 4, 2, n=3, m=5)


@regime(tier="unusual", like="rows")
def one_row(rng):
    """A batch of a single example."""
    return dense(rng, 6, n=1, m=4)


@regime(tier="unusual", like="rows")
def square(rng):
    """As many examples as inputs and outputs."""
    return dense(rng, 4, n=4, m=4)


@regime(tier="unusual", like="rows")
def single_rows(rng):
    """Rows in single precision (float32)."""
    return single(dense(rng, 8))


@regime(tier="unusual", like="images")
def scattered_images(rng):
    """Images and weights that are views into larger arrays."""
    return views(dense(rng, 3, 2, 2, n=4, m=5))


# ------------------------------------------------------------------ ReLU


@regime(public=True, draws=2)
def numbers(rng):
    """Numbers of both signs, in rows."""
    return {"x": rng.normal(size=(6, 5))}


@regime(like="numbers")
def near_zero(rng):
    """Some numbers close to zero on either side."""
    x = rng.normal(size=(7, 4))
    x[::2] = rng.choice((-1, 1), size=(4, 4)) * 2.0**-8
    return {"x": x}


@regime(like="numbers")
def volumes(rng):
    """Any number of axes."""
    return {"x": rng.normal(size=(3, 2, 4, 5))}


@regime(tier="unusual", like="numbers")
def all_negative(rng):
    """Not one number above zero."""
    return {"x": -0.1 - np.abs(rng.normal(size=(4, 3)))}


@regime(tier="unusual", like="numbers")
def zeros(rng):
    """Some numbers are exactly zero, where any slope from 0 to 1 is accepted."""
    x = rng.normal(size=(5, 6))
    x[rng.permutation(5)[:2], :3] = 0
    return {"x": x}


@regime(tier="unusual", like="numbers")
def single_numbers(rng):
    """Numbers in single precision (float32)."""
    return single({"x": rng.normal(size=(5, 7))})


@regime(tier="unusual", like="numbers")
def scattered_numbers(rng):
    """A view into a larger array."""
    return views({"x": rng.normal(size=(4, 6))})


# ------------------------------------------------------------------ softmax and cross-entropy


def logits(rng, n=7, c=5, scale=2.0):
    """Logits of n examples for c classes, with labels."""
    return {"z": scale * rng.normal(size=(n, c)), "y": rng.integers(0, c, n)}


@regime(public=True, draws=2)
def scores(rng):
    """Ordinary logits."""
    return logits(rng)


@regime(like="scores")
def many_classes(rng):
    """More classes than examples."""
    return logits(rng, n=4, c=11)


@regime(tier="unusual", like="scores")
def huge_logits(rng):
    """Logits in the thousands; the label is among the likely classes."""
    drawn = logits(rng)
    offset = 4000.0 + 1000.0 * rng.integers(0, 4, 7)
    return {**drawn, "z": drawn["z"] + offset[:, np.newaxis]}


@regime(tier="unusual", like="scores")
def one_row_below(rng):
    """One row of logits lies 1000 below the others."""
    drawn = logits(rng)
    drawn["z"][rng.integers(7)] -= 1000
    return drawn


@regime(tier="unusual", like="scores")
def very_negative(rng):
    """All logits are near -10000."""
    return {**(drawn := logits(rng)), "z": drawn["z"] - 10000}


@regime(tier="unusual", like="scores")
def sure_and_wrong(rng):
    """Another class than the label's is ahead by 1000: the label's probability rounds to 0."""
    drawn = logits(rng, n=6)
    drawn["z"][np.arange(6), (drawn["y"] + 2) % 5] += 1000
    return drawn


@regime(tier="unusual", like="scores")
def one_example(rng):
    """A batch of a single example."""
    return logits(rng, n=1)


@regime(tier="unusual", like="scores")
def single_scores(rng):
    """Logits in single precision (float32)."""
    return single(logits(rng, n=6, c=4))


@regime(tier="unusual", like="scores")
def scattered_scores(rng):
    """Logits and labels that are views into larger arrays."""
    return views(logits(rng, n=5, c=6))


# ------------------------------------------------------------------ two layers


def two_layers(rng, n=6, d=4, h=7, c=3):
    """A batch and the parameters of a network with h hidden units."""
    shapes = {"x": (n, d), "w1": (d, h), "b1": (h,), "w2": (h, c), "b2": (c,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


@regime(public=True, draws=2)
def batch(rng):
    """A batch of rows; all sizes differ."""
    return two_layers(rng)


@regime(like="batch")
def narrow(rng):
    """Fewer hidden units than inputs and outputs."""
    return two_layers(rng, n=8, d=6, h=3, c=5)


@regime(tier="unusual", like="batch")
def dead_units(rng):
    """Some hidden units are active for no example."""
    drawn = two_layers(rng)
    drawn["b1"][rng.permutation(7)[:3]] = -30
    return drawn


@regime(tier="unusual", like="batch")
def one_input(rng):
    """A batch of a single example."""
    return two_layers(rng, n=1)


@regime(tier="unusual", like="batch", checks=("forward", "backward"))  # too many kinks within a step
def single_batch(rng):
    """Everything in single precision (float32)."""
    return single(two_layers(rng, n=5))


@regime(tier="unusual", like="batch")
def scattered_batch(rng):
    """Arguments that are views into larger arrays."""
    return views(two_layers(rng, n=5, d=3))


# ------------------------------------------------------------------ what is asked

affine_op = Op(
    forward="affine_forward",
    backward="affine_backward",
    oracle=affine.forward,
    gradient=affine.backward,
    args=("x", "w", "b"),
    wrt=("x", "w", "b"),
    regimes=(rows, images, grids, one_row, square, single_rows, scattered_images),
    domains={
        "x": "(N, d1, ..., dk): N examples of any shape",
        "w": "(D, M), D = d1 ... dk",
        "b": "(M,), one for each output",
    },
)

relu_op = Op(
    forward="relu_forward",
    backward="relu_backward",
    oracle=relu,
    gradient=relu_gradient,
    args=("x",),
    wrt=("x",),
    regimes=(numbers, near_zero, volumes, all_negative, zeros, single_numbers, scattered_numbers),
    domains={"x": "any shape"},
)

loss_op = Op(
    forward="softmax_loss",
    oracle=categorical_on_logits,
    args=("z", "y"),
    outputs=("loss", "dz"),
    regimes=(
        scores,
        many_classes,
        huge_logits,
        one_row_below,
        very_negative,
        sure_and_wrong,
        one_example,
        single_scores,
        scattered_scores,
    ),
    domains={"z": "(N, C), logits: any real numbers", "y": "(N,), labels 0, ..., C - 1"},
)

network = Op(
    forward="mlp_forward",
    backward="mlp_backward",
    oracle=mlp.forward,
    gradient=mlp.backward,
    args=("x", "w1", "b1", "w2", "b2"),
    outputs=("scores",),
    wrt=("x", "w1", "b1", "w2", "b2"),
    regimes=(batch, narrow, dead_units, one_input, single_batch, scattered_batch),
    domains={
        "x": "(N, D), one example a row",
        "w1": "(D, H)",
        "b1": "(H,), one for each hidden unit",
        "w2": "(H, C)",
        "b2": "(C,), one for each class",
    },
)

# --------------------------------------------------------------------------------- what is timed


def many_rows(rng, n):
    """A batch of n, with as many outputs as inputs: a network's output can be the next one's input."""
    width, hidden = 64, 256
    return {
        "x": rng.normal(size=(n, width)),
        "w1": rng.normal(size=(width, hidden)) * np.sqrt(2 / width),
        "b1": 0.1 * rng.normal(size=hidden),
        "w2": rng.normal(size=(hidden, width)) / np.sqrt(hidden),
        "b2": 0.1 * rng.normal(size=width),
    }


networks = Workload(
    "3 networks of 64-256-64, batch 1024, forward and backward",
    network,
    many_rows,
    size=1024,
    depth=3,
    flops=lambda n: 12.0 * n * 64 * 256,  # two products forward, four backward
    reference="solutions/course_style.py",
    naive="naive/example_loops.py",
    torch="peers/pytorch.py",
)

assignment = Assignment(
    title="A multi-layer perceptron",
    submit="mlp.py",
    parts=(
        Part("affine forward", affine_op, (agreement(out=2),)),
        Part("affine backward", affine_op, (gradient(dx=1.5, dw=1.5, db=1),), needs=("affine forward",)),
        Part("relu forward", relu_op, (agreement(out=1),)),
        Part("relu backward", relu_op, (gradient(dx=2),), needs=("relu forward",)),
        Part(
            "softmax loss",
            loss_op,
            (agreement(loss=2, dz=3), sums_to_zero("each row of dz sums to zero", "dz", (1,))),
        ),
        Part("network forward", network, (agreement(scores=2),), needs=("affine forward", "relu forward")),
        Part(
            "network backward",
            network,
            (gradient(dx=1, dw1=1, db1="0.5", dw2=1, db2="0.5"),),
            needs=("network forward", "affine backward", "relu backward"),
        ),
    ),
    variants=variants,
    workloads=(networks,),
    conventions={"sce.loss-sum": "required"},
)
