"""Problems: the same for a seed, another for each, and no use to who learnt elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites import datasets, problems
from suites.datasets import Images, Split
from suites.problems import MEAN, SPREAD, VERSION, Disc, Mixed, Oriented, _spread, filtered, moved, varied

NAMES = ("X", "y", "X_test", "y_test")
LIGHT = (Mixed(train=300, test=200), Oriented(train=300, test=200), Disc(train=300, test=200))


def drawn(source, seed):
    return source.draw(np.random.default_rng(seed))


@pytest.mark.parametrize("source", LIGHT, ids=lambda source: source.name)
def test_a_seed_draws_one_problem_and_another_seed_another(source):
    one, again, other = drawn(source, 1), drawn(source, 1), drawn(source, 2)
    for name in NAMES:
        assert np.array_equal(getattr(one, name), getattr(again, name))
        assert not np.array_equal(getattr(one, name), getattr(other, name))
    assert one.X.shape == (300, *source.shape)
    assert one.X_test.shape == (200, *source.shape)
    assert one.X.dtype == np.float32
    assert set(one.y) <= set(range(source.classes))


SEEDS = (2, 6, 6)  # of each family
# By VERSION and family, over these seeds: the mean of X, and of inputs and labels under weights that tell
# entries from each other.
DRAWN = {
    1: (
        (-0.00971884, 0.00036403, 0.0140594, 0.00005233, -0.0440365),
        (-0.00014829, 0.00133703, 0.04362078, -0.00099802, 0.00979112),
        (0.00691326, 0.00766758, -0.00917817, -0.0092741, -0.00634167),
    )
}


def told_by_entry(values):
    """The mean under weights of which no two entries have the same."""
    return float((values * np.cos(np.arange(values.size)).reshape(values.shape)).mean())


@pytest.mark.parametrize("family", range(3), ids=[source.name for source in LIGHT])
def test_a_draw_that_changes_has_another_version(family):
    """Else old calibrations would pass for fresh."""
    several = [drawn(LIGHT[family], seed) for seed in range(SEEDS[family])]
    found = [
        np.mean([float(each.X.mean()) for each in several]),
        *(told_by_entry(np.stack([getattr(each, name) for each in several])) for name in NAMES),
    ]
    assert found == pytest.approx(DRAWN[VERSION][family], abs=1e-6)


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


def test_of_no_images_none_is_moved():
    assert moved(np.zeros((0, 9, 9), np.uint8), np.zeros((0, 2), int)).shape == (0, 9, 9)


def test_filtering_is_correlation_with_a_border_of_zeros():
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(1, 5, 6)), rng.normal(size=(3, 3))
    wide = np.pad(image[0], 1)
    expected = [[(wide[i : i + 3, j : j + 3] * kernel).sum() for j in range(6)] for i in range(5)]
    np.testing.assert_allclose(filtered(image, kernel)[0], expected, rtol=1e-5)


def test_a_disc_lies_near_the_middle_and_either_label_is_inside():
    inside = set()
    for seed in range(8):
        problem = drawn(Disc(train=4000, test=400), seed)
        assert np.abs(problem.X).max() <= 1
        corners = problem.y[np.abs(problem.X).min(axis=1) > 0.75]
        assert len(set(corners)) == 1  # they are outside
        within = problem.X[problem.y != corners[0]]
        centre = within.mean(axis=0)
        assert np.abs(centre).max() < 0.2 + 0.03
        distance = np.linalg.norm(within - centre, axis=1)
        assert distance.max() == pytest.approx((2 / np.pi) ** 0.5, abs=0.05)
        right = np.linalg.norm(problem.X_test - centre, axis=1) < (2 / np.pi) ** 0.5
        assert np.mean(right == (problem.y_test != corners[0])) > 0.95  # the same disc
        inside.add(1 - int(corners[0]))
    assert inside == {0, 1}


@pytest.mark.parametrize(("size", "count"), [(5, 3), (5, 5), (5, 12), (1, 4)])
def test_what_is_drawn_more_often_than_it_is_there_comes_round_evenly(size, count):
    found = _spread(size, count, np.random.default_rng(0))
    times = np.bincount(found, minlength=size)
    assert times.sum() == count
    assert times.max() - times.min() <= 1
    for begin in range(0, count - size + 1, size):
        assert sorted(found[begin : begin + size]) == list(range(size))


def test_images_are_halved_and_vary_in_contrast_under_noise():
    """A grey image stays one but for what comes in at its border."""
    grey = np.full((400, 28, 28), 200, np.uint8)
    found = varied(grey, np.random.default_rng(0))
    assert (found.shape, found.dtype) == ((400, 14, 14), np.dtype(np.float32))
    inner = found[:, 1:-1, 1:-1] * SPREAD + MEAN
    contrast = inner.mean(axis=(1, 2)) / (200 / 255)
    assert 0.45 < contrast.min() < 0.55
    assert 1.15 < contrast.max() < 1.25
    assert inner.std(axis=(1, 2)).mean() == pytest.approx(0.1, rel=0.02)
    assert found[:, 0].mean() < found[:, 1].mean()  # nothing has come in from above


def test_a_pixel_is_the_mean_of_four():
    """Each of four by itself makes the same quarter, apart from how it was moved."""
    rng = np.random.default_rng(0)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        images = np.zeros((500, 8, 8), np.uint8)
        images[:, 2 + row :: 8, 2 + column :: 8] = 255
        found = varied(images, rng) * SPREAD + MEAN
        assert found.sum(axis=(1, 2)).mean() == pytest.approx(0.85 / 4, abs=0.1)


@pytest.fixture
def shapes(monkeypatch):
    """A data set of one image a label, none of which looks like another in any position."""
    pixels = np.zeros((4, 28, 28), np.uint8)
    pixels[1, 4:24, 8:12] = pixels[2, 4:8, 4:24] = pixels[3, 4:14, 4:14] = 255
    images = Images(pixels, np.arange(4, dtype=np.uint8))
    monkeypatch.setattr(datasets, "load", lambda name: Split(images, images))


def test_each_problem_has_its_own_order_of_all_labels(shapes):
    """The empty image is the darkest, whatever its label is."""
    empty = set()
    for seed in range(24):
        problem = drawn(Oriented(train=12, test=8), seed)
        assert np.bincount(problem.y).tolist() == [3] * 4
        assert np.bincount(problem.y_test).tolist() == [2] * 4
        norms = [
            np.linalg.norm(problem.X[problem.y == label] - problem.X.mean(), axis=1).mean()
            for label in range(4)
        ]
        empty.add(int(np.argmin(norms)))
        again = [
            np.linalg.norm(problem.X_test[problem.y_test == k] - problem.X.mean(), axis=1).mean()
            for k in range(4)
        ]
        assert np.argmin(again) == np.argmin(norms)  # the same order for both
    assert empty == {0, 1, 2, 3}


def test_a_problem_is_turned_and_mirrored_in_each_of_eight_ways(monkeypatch):
    """Without noise and filter its images are those of the data set, all of them seen in one way."""
    ways = [(turns, mirrored) for turns in range(4) for mirrored in (False, True)]
    image = np.arange(28 * 28).reshape(1, 28, 28)
    images = Images(image, np.zeros(1, int))
    monkeypatch.setattr(datasets, "load", lambda name: Split(images, images))
    monkeypatch.setattr(problems, "varied", lambda pixels, rng: pixels)
    monkeypatch.setattr(problems, "filtered", lambda pixels, kernel: pixels)
    seen = []
    for seed in range(80):
        problem = drawn(Oriented(train=2, test=1), seed)
        (way,) = (
            (turns, mirrored)
            for turns, mirrored in ways
            if np.array_equal(problem.X[0, 0], np.rot90(image[0, :, ::-1] if mirrored else image[0], turns))
        )
        assert np.array_equal(problem.X[1], problem.X[0])
        assert np.array_equal(problem.X_test[0], problem.X[0])
        seen.append(way)
    assert set(seen) == set(ways)
    assert 0.4 < np.mean([mirrored for _, mirrored in seen]) < 0.6


def test_a_filter_is_of_size_one_of_either_sign_and_strong_in_its_centre(monkeypatch, shapes):
    kernels = []
    monkeypatch.setattr(problems, "filtered", lambda images, kernel: kernels.append(kernel) or images)
    for seed in range(60):
        drawn(Oriented(train=1, test=1), seed)
    found = np.array(kernels[::2])
    assert found.shape == (60, 3, 3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=(1, 2)), 1, rtol=1e-5)
    assert np.array_equal(found, kernels[1::2])  # one a problem
    strongest = np.abs(found).reshape(60, 9).mean(axis=0)
    assert strongest.argmax() == 4
    assert 0.3 < np.mean(found[:, 1, 1] < 0) < 0.7
