"""What a training run is about: its functions, what guessing earns, what a calibration of it is of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from suites.datasets import DATASETS
from suites.problems import Disc, Mixed
from suites.terms import Budget, Network, Terms

NETWORK = Network((300, 200, 10), steps=100)
CLOSED = Terms(Mixed(), NETWORK)
OPEN = Terms(Mixed(), fit="learn", predict="say")


def test_a_run_of_a_seed_gets_weights_of_its_own() -> None:
    w1, b1, w2, b2 = NETWORK.initial(3)
    assert [w.shape for w in (w1, b1, w2, b2)] == NETWORK.shapes == [(300, 200), (200,), (200, 10), (10,)]
    assert {w.dtype for w in (w1, b1, w2, b2)} == {np.dtype(np.float32)}
    assert np.array_equal(w1, NETWORK.initial(3)[0])
    assert not np.array_equal(w1, NETWORK.initial(4)[0])
    assert w1.var() == pytest.approx(2 / 300, rel=0.03)  # the gain by the inputs of its layer
    assert replace(NETWORK, gain=1.0).initial(3)[2].var() == pytest.approx(1 / 200, rel=0.1)


def test_weights_are_drawn_apart_from_the_problem() -> None:
    """Both are of one seed: were their streams the same, the one would tell of the other."""
    shared = np.random.default_rng([3, 0]).normal(size=(300, 200)) * (2 / 300) ** 0.5
    ours = np.random.default_rng([3, 1]).normal(size=(300, 200)) * (2 / 300) ** 0.5
    drawn = NETWORK.initial(3)[0]
    assert not np.allclose(drawn, shared)
    np.testing.assert_allclose(drawn, ours, rtol=1e-5)


def test_who_is_given_a_network_has_nothing_to_predict() -> None:
    assert CLOSED.functions == {"fit": ("X", "y", "weights", "steps", "seed")}
    assert OPEN.functions == {"learn": ("X", "y", "seed"), "say": ("params", "X")}


def test_who_guesses_is_right_once_in_as_many_times_as_there_are_classes() -> None:
    assert Terms(Mixed()).chance == 10.0
    assert Terms(Disc()).chance == 50.0


def test_a_calibration_is_of_everything_that_decides_about_accuracies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [
        OPEN.identity(),
        OPEN.identity("program"),
        OPEN.identity("pro", "gram"),
        replace(OPEN, source=Mixed(train=10)).identity(),
        replace(OPEN, source=Disc()).identity(),
        replace(OPEN, network=NETWORK).identity(),
        replace(OPEN, fit="fit").identity(),
    ]
    assert len(set(others)) == len(others)
    assert replace(OPEN, budget=Budget(times=9.0)).identity() == OPEN.identity()  # which decides about none
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], sha256="of others"))
    assert OPEN.identity() != others[0]
    assert replace(OPEN, source=Disc()).identity() == others[4]


def test_a_data_set_that_is_not_known_has_a_family_of_its_own() -> None:
    assert replace(OPEN, source=Mixed("imagenet")).identity() != OPEN.identity()
