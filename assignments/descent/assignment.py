"""Gradient descent with momentum: a small network that learns, by NumPy or PyTorch, with or without a GPU.

How to read it: the kinds of input come first, then the function, then the points.
"""

from importlib.util import find_spec

import numpy as np

from reference import descent
from suites import Assignment, Domain, Op, Part, Workload, agreement, regime, single, views

from . import variants


def learning(rng, n=7, d=4, h=6, c=3, steps=4):
    """A batch, a network of tanh units that are far from their ends, and steps large enough to be seen."""
    return {
        "x": rng.uniform(-1.5, 1.5, (n, d)),
        "y": rng.integers(0, c, n),
        "w1": 0.7 * rng.normal(size=(d, h)) / np.sqrt(d),
        "b1": 0.4 * rng.normal(size=h),
        "w2": rng.normal(size=(h, c)),
        "b2": rng.normal(size=c),
        "rate": rng.uniform(0.3, 0.6),
        "momentum": rng.uniform(0.5, 0.8),
        "steps": steps,
    }


@regime(public=True)
def one_step(rng):
    """A single step, in which nothing of the momentum shows."""
    return learning(rng, n=5, d=3, h=4, c=6, steps=1)


@regime(public=True, draws=2)
def batch(rng):
    """A few steps; all sizes differ."""
    return learning(rng)


@regime(like="batch")
def many_classes(rng):
    """More classes than examples and hidden units."""
    return learning(rng, n=6, d=5, h=3, c=8, steps=3)


@regime(like="batch")
def more_steps(rng):
    """Nine steps, at a lower rate."""
    return {**learning(rng, n=8, d=2, h=5, c=4, steps=9), "rate": rng.uniform(0.1, 0.2)}


@regime(tier="unusual", like="batch")
def no_momentum(rng):
    """A momentum of 0: plain gradient descent."""
    return {**learning(rng, n=6, d=5, h=4), "momentum": 0.0}


@regime(tier="unusual", like="batch")
def no_steps(rng):
    """Not one step: the parameters stay as they are."""
    return learning(rng, n=4, d=3, h=5, c=2, steps=0)


@regime(tier="unusual", like="batch")
def one_example(rng):
    """A batch of a single example."""
    return learning(rng, n=1, d=5, h=3, c=4, steps=3)


@regime(tier="unusual", like="batch")
def one_feature(rng):
    """One feature and one hidden unit."""
    return learning(rng, n=6, d=1, h=1, c=3, steps=5)


@regime(tier="unusual", like="batch")
def two_classes(rng):
    """Only two classes."""
    return learning(rng, n=5, d=3, h=4, c=2, steps=3)


@regime(tier="unusual", like="batch")
def unseen_class(rng):
    """The last class is the label of no example."""
    drawn = learning(rng, n=6, d=3, h=5, c=4, steps=2)
    return {**drawn, "y": drawn["y"] % 3}


@regime(tier="unusual", like="batch")
def saturated_units(rng):
    """Some hidden units are at -1 or 1: their pre-activations are beyond 500."""
    drawn = learning(rng, n=6, h=7, steps=1)
    drawn["b1"][:4] = rng.permutation([-1, -1, 1, 1]) * rng.uniform(500, 1000, 4)
    return drawn


@regime(tier="unusual", like="batch")
def huge_scores(rng):
    """All scores are beyond 1000, those of an example near each other."""
    drawn = learning(rng, n=5, d=3, h=4, c=3, steps=1)
    return {**drawn, "b2": drawn["b2"] + rng.uniform(1000, 2000)}


@regime(tier="unusual", like="batch")
def far_apart(rng):
    """The scores of some examples are near 900, those of others near -900."""
    drawn = learning(rng, n=6, d=4, h=3, c=4, steps=1)
    drawn["x"][:, 0] = rng.permutation([-1.25, -1.25, 1.25, 1.25, 1.25, 1.25])
    drawn["w1"][:, 0], drawn["b1"][0] = (1.0, 0.0, 0.0, 0.0), 0.0  # the first unit tells them apart
    drawn["w2"][0] += rng.uniform(900, 1200)
    return drawn


@regime(tier="unusual", like="batch")
def sure_and_wrong(rng):
    """A class that is never the label is ahead by 1000: the labels' probabilities round to 0."""
    drawn = learning(rng, n=5, d=4, h=3, c=4, steps=1)
    drawn["b2"][3] += 1000
    return {**drawn, "y": drawn["y"] % 3}


@regime(tier="unusual", like="batch")
def single_batch(rng):
    """Everything in single precision (float32)."""
    return single(learning(rng, n=8, d=5, h=6, c=4, steps=3))


@regime(tier="unusual", like="batch")
def scattered_batch(rng):
    """Arguments that are views into larger arrays."""
    return views(learning(rng, n=6, d=4, h=5, c=3, steps=3))


training = Op(
    forward="descend",
    oracle=descent.descend,
    args=("x", "y", "w1", "b1", "w2", "b2", "rate", "momentum", "steps"),
    outputs=("w1", "b1", "w2", "b2"),
    regimes=(
        *(one_step, batch, many_classes, more_steps),
        *(no_momentum, no_steps, one_example, one_feature, two_classes, unseen_class),
        *(saturated_units, huge_scores, far_apart, sure_and_wrong, single_batch, scattered_batch),
    ),
    domains={
        "x": "(N, D), one example a row",
        "y": "(N,), labels 0, ..., C - 1",
        "w1": "(D, H)",
        "b1": "(H,), one for each hidden unit",
        "w2": "(H, C)",
        "b2": "(C,), one for each class",
        "rate": Domain("positive", lambda rate: rate > 0),
        "momentum": Domain("0 <= momentum < 1", lambda momentum: 0 <= momentum < 1),
        "steps": Domain("how many steps, at least 0", lambda steps: steps >= 0),
    },
)


def images(rng, n):
    """As many examples as hidden units, in single precision, and steps at which they are learnt slowly."""
    d, c = 256, 10
    drawn = single({
        "x": rng.normal(size=(n, d)),
        "w1": rng.normal(size=(d, n)) / np.sqrt(d),
        "b1": 0.1 * rng.normal(size=n),
        "w2": rng.normal(size=(n, c)) / np.sqrt(n),
        "b2": 0.1 * rng.normal(size=c),
    })  # fmt: skip
    return {**drawn, "y": rng.integers(0, c, n), "rate": 0.1, "momentum": 0.9}


assignment = Assignment(
    title="Gradient descent with momentum, on a GPU where there is one",
    submit="descent.py",
    packages=("numpy", "torch") if find_spec("torch") else ("numpy",),
    memory=4 << 30,  # on a GPU most of it is what CUDA maps
    parts=(Part("descent", training, (agreement(w1=3, b1=2, w2=3, b2=2),), title="Gradient descent"),),
    variants=variants,
    workloads=(
        Workload(
            "4096 examples, 256-4096-10, float32",
            training,
            images,
            size=4096,
            flops=lambda n: 4.0 * n * n * 256 + 6.0 * n * n * 10,
            reference="solutions/on_the_gpu.py",
            steps="steps",
            on="cuda",
        ),
    ),
)
