"""The deep perceptron: counted as the lecture counts, differentiated right, and folded without a trace."""

import numpy as np
import pytest

from reference import deep_mlp, mlp

RNG = np.random.default_rng(0)
SIZES = (3, 5, 4, 2)


def norms(sizes, rng=RNG):
    return [each for m in sizes[1:-1] for each in (1 + 0.2 * rng.normal(size=m), rng.normal(size=m))]


def test_the_lectures_network_has_the_lectures_parameters():
    assert deep_mlp.count(deep_mlp.DISC) == 17_058
    assert deep_mlp.count(deep_mlp.DISC, normalised=True) == 18_146
    weights = deep_mlp.gaussian(deep_mlp.DISC, 1.0, RNG)
    assert sum(each.size for each in weights) == 17_058
    assert len(weights) // 2 == 18


def test_one_hidden_layer_is_the_shallow_perceptron():
    weights = deep_mlp.gaussian((4, 6, 3), 2.0, RNG)
    x, dscores = RNG.normal(size=(7, 4)), RNG.normal(size=(7, 3))
    scores, cache = deep_mlp.forward(x, weights)
    expected, shallow = mlp.forward(x, *weights)
    assert np.array_equal(scores, expected)
    for ours, theirs in zip(
        deep_mlp.backward(dscores, cache)[0], mlp.backward(dscores, shallow)[1:], strict=True
    ):
        assert np.allclose(ours, theirs)


@pytest.mark.parametrize("normalised", [False, True])
def test_gradients_are_those_of_finite_differences(normalised):
    weights = deep_mlp.gaussian(SIZES, 2.0, RNG)
    made = norms(SIZES) if normalised else []
    x, dscores = RNG.normal(size=(8, 3)), RNG.normal(size=(8, 2))
    _, cache = deep_mlp.forward(x, weights, made)
    slopes = [each for group in deep_mlp.backward(dscores, cache) for each in group]
    for values, slope in zip([*weights, *made], slopes, strict=True):
        assert values.shape == slope.shape
        for index in [(0,) * values.ndim, tuple(np.array(values.shape) - 1)]:
            kept, h, sides = values[index], 1e-6, []
            for sign in (1, -1):
                values[index] = kept + sign * h
                sides.append((deep_mlp.forward(x, weights, made)[0] * dscores).sum())
            values[index] = kept
            assert slope[index] == pytest.approx((sides[0] - sides[1]) / (2 * h), rel=1e-4, abs=1e-6)


def test_a_folded_network_does_the_same_on_the_data_of_its_statistics():
    weights, made = deep_mlp.gaussian(SIZES, 2.0, RNG), norms(SIZES)
    x = RNG.normal(size=(20, 3))
    plain = deep_mlp.folded(x, weights, made)
    assert [each.shape for each in plain] == [each.shape for each in weights]
    np.testing.assert_allclose(deep_mlp.forward(x, plain)[0], deep_mlp.forward(x, weights, made)[0])
