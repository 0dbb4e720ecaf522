"""Problems: the same for a seed, another for each, and no use to who learnt elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.problems import VERSION, Disc, Mixed, Oriented, filtered, moved

LIGHT = (Mixed(train=300, test=200), Oriented(train=300, test=200), Disc(train=300, test=200))


def drawn(source, seed):
    return source.draw(np.random.default_rng(seed))


@pytest.mark.parametrize("source", LIGHT, ids=lambda source: source.name)
def test_a_seed_draws_one_problem_and_another_seed_another(source):
    one, again, other = drawn(source, 1), drawn(source, 1), drawn(source, 2)
    for name in ("X", "y", "X_test", "y_test"):
        assert np.array_equal(getattr(one, name), getattr(again, name))
        assert not np.array_equal(getattr(one, name), getattr(other, name))
    assert one.X.shape == (300, *source.shape)
    assert one.X_test.shape == (200, *source.shape)
    assert one.X.dtype == np.float32
    assert set(one.y) <= set(range(source.classes))


DRAWN = {1: (-0.01535, 0.18017, -0.03639)}  # by VERSION: the mean of X, of each of the families


def test_a_draw_that_changes_has_another_version():
    """Else old calibrations would pass for fresh."""
    means = [float(drawn(source, 5).X.mean()) for source in LIGHT]
    assert means == pytest.approx(DRAWN[VERSION], abs=1e-4)


def test_mixing_keeps_distances():
    problem = drawn(Mixed(train=40, test=5), 3)
    assert 0.7 < problem.X.std() < 1.3
    gram = problem.X @ problem.X.T
    assert np.linalg.matrix_rank(gram) == 40


def test_a_classifier_of_one_problem_guesses_at_another():
    """Least squares learns one problem well; on the next its weights are worth nothing."""
    source = Mixed(train=2000, test=1000)
    one, other = drawn(source, 1), drawn(source, 2)
    weights = np.linalg.lstsq(one.X, np.eye(10)[one.y], rcond=None)[0]
    assert np.mean((one.X_test @ weights).argmax(1) == one.y_test) > 0.6
    assert np.mean((other.X_test @ weights).argmax(1) == other.y_test) < 0.25


def test_half_of_the_square_is_inside_the_disc():
    problem = drawn(Disc(train=20_000, test=10), 0)
    assert abs(problem.y.mean() - 0.5) < 0.03


@given(st.integers(-2, 2), st.integers(-2, 2))
def test_moving_is_a_roll_without_the_way_round(rows, columns):
    image = np.zeros((1, 9, 9), np.uint8)
    image[0, 3:6, 3:6] = np.arange(1, 10).reshape(3, 3)
    by = np.array([[rows, columns]])
    assert np.array_equal(moved(image, by), np.roll(image, (rows, columns), axis=(1, 2)))


def test_filtering_is_correlation_with_a_border_of_zeros():
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(1, 5, 6)), rng.normal(size=(3, 3))
    wide = np.pad(image[0], 1)
    expected = [[(wide[i : i + 3, j : j + 3] * kernel).sum() for j in range(6)] for i in range(5)]
    np.testing.assert_allclose(filtered(image, kernel)[0], expected, rtol=1e-5)
