"""Training a perceptron on images whose pixels are mixed: first a given network, then one of your own.

How to read it: the terms of a run come first, then the points.
"""

from pathlib import Path

from suites import Assignment
from suites.problems import Mixed
from suites.terms import Budget, Network, Terms
from suites.training import Level, Training

here = Path(__file__).parent
digits = Mixed("digits", train=8000, test=10_000)

closed = Terms(digits, Network(sizes=(196, 64, 10), steps=1500), Budget(times=4.0), fit="train")
opened = Terms(digits, budget=Budget(times=4.0, numbers=200_000))

assignment = Assignment(
    title="Training a perceptron",
    submit="train_mlp.py",
    parts=(
        Training(
            "closed",
            "The given network",
            closed,
            here,
            levels=(Level("half way", 3, share="1/2"), Level("target", 4)),
            reference="solutions/momentum.py",
            naive="naive/plain_sgd.py",
            runs=10,
        ),
        Training(
            "open",
            "A network of your own",
            opened,
            here,
            levels=(Level("half way", 5, share="1/2"), Level("target", 8)),
            reference="solutions/momentum.py",
            naive="naive/plain_sgd.py",
            runs=10,
        ),
    ),
)
