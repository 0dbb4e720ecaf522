"""Seventeen hidden layers that have to be made to train: the disc of the lecture on batch normalisation."""

from pathlib import Path

from reference import deep_mlp
from suites import Assignment
from suites.problems import Disc
from suites.terms import Budget, Network, Terms
from suites.training import Level, Training

here = Path(__file__).parent

disc = Terms(
    Disc(train=2000, test=10_000),
    Network(deep_mlp.DISC, steps=1000, gain=0.5),
    Budget(times=4.0),
)

assignment = Assignment(
    title="A deep network on a disc",
    submit="deep_disc.py",
    parts=(
        Training(
            "disc",
            "The deep network trains",
            disc,
            here,
            levels=(Level("half way", 4, share="1/2"), Level("target", 6, share="19/20")),  # about 96 %
            reference="solutions/batchnorm.py",
            naive="naive/plain_sgd.py",
        ),
    ),
)
