import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import descent
from reference.cross_entropy import categorical_on_logits

SIZES = st.tuples(*[st.integers(1, 4)] * 4)


def draw(seed: int, n: int, d: int, h: int, c: int) -> tuple[np.ndarray, ...]:
    """A batch with its labels, and the parameters of a network."""
    rng = np.random.default_rng(seed)
    shapes = [(d, h), (h,), (h, c), (c,)]
    return rng.normal(size=(n, d)), rng.integers(0, c, n), *(rng.normal(size=shape) for shape in shapes)


def loss(x: Any, y: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> float:
    return float(categorical_on_logits(np.tanh(x @ w1 + b1) @ w2 + b2, y)[0])


def slopes(x: Any, y: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> list[Any]:
    """The gradients, one example and one path at a time, in Python's own numbers."""
    (n, d), (h, c) = x.shape, w2.shape
    dw1, db1, dw2, db2 = [[0.0] * h for _ in range(d)], [0.0] * h, [[0.0] * c for _ in range(h)], [0.0] * c
    for i in range(n):
        hidden = [math.tanh(b1[k] + sum(x[i][j] * w1[j][k] for j in range(d))) for k in range(h)]
        scores = [b2[m] + sum(hidden[k] * w2[k][m] for k in range(h)) for m in range(c)]
        total = sum(math.exp(s) for s in scores)
        for m in range(c):
            off = (math.exp(scores[m]) / total - (y[i] == m)) / n
            db2[m] += off
            for k in range(h):
                dw2[k][m] += off * hidden[k]
                db1[k] += off * w2[k][m] * (1 - hidden[k] ** 2)
                for j in range(d):
                    dw1[j][k] += off * w2[k][m] * (1 - hidden[k] ** 2) * x[i][j]
    return [dw1, db1, dw2, db2]


@given(st.integers(0, 99), SIZES, st.integers(0, 3))
def test_agrees_with_naive_loops(seed: int, sizes: tuple[int, int, int, int], steps: int) -> None:
    x, y, *parameters = draw(seed, *sizes)
    ours = descent.descend(x, y, *parameters, 0.4, 0.7, steps)
    moving = [(p.copy(), np.zeros_like(p)) for p in parameters]
    for _ in range(steps):
        found = slopes(x, y, *(p for p, _ in moving))
        for (p, v), g in zip(moving, found, strict=True):
            for index in np.ndindex(p.shape):
                v[index] = 0.7 * v[index] - 0.4 * np.array(g)[index]
                p[index] += v[index]
    for a, (b, _) in zip(ours, moving, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("steps", [0, 1, 2, 12])
def test_agrees_with_pytorchs_optimiser_and_autograd(momentum: float, steps: int) -> None:
    """PyTorch's v <- mu v + g, p <- p - rate v is the same function at a constant rate."""
    torch = pytest.importorskip("torch")
    x, y, *parameters = draw(1, 7, 4, 5, 3)
    leaves = [torch.tensor(p, requires_grad=True) for p in parameters]
    w1, b1, w2, b2 = leaves
    optimiser = torch.optim.SGD(leaves, lr=0.3, momentum=momentum)
    for _ in range(steps):
        optimiser.zero_grad()
        scores = torch.tanh(torch.tensor(x) @ w1 + b1) @ w2 + b2
        torch.nn.functional.cross_entropy(scores, torch.tensor(y)).backward()
        optimiser.step()
    for ours, theirs in zip(descent.descend(x, y, *parameters, 0.3, momentum, steps), leaves, strict=True):
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-11, atol=1e-13)


def test_two_steps_by_hand() -> None:
    """At x = 0 only b2 moves: the first step by 1/2, the second by 0.9 / 2 + 1 - sigmoid(1)."""
    zero = np.zeros((1, 1))
    arguments = (zero, np.array([0]), zero, np.zeros(1), np.zeros((1, 2)), np.zeros(2))
    w1, b1, w2, b2 = descent.descend(*arguments, 1.0, 0.9, 2)
    np.testing.assert_allclose(b2, [1.218941421369995, -1.218941421369995], rtol=1e-14)
    assert not any(each.any() for each in (w1, b1, w2))


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_the_largest_rate_on_a_quadratic(momentum: float) -> None:
    """Of c p^2 / 2 it is 2 (1 + mu) / c: without momentum 2 / c."""
    curvature = 4.0
    limit = 2 * (1 + momentum) / curvature

    def after(rate: float) -> float:
        p, v = [np.ones(1)], [np.zeros(1)]
        for _ in range(2000):
            v = descent.faster(v, [curvature * p[0]], rate, momentum)
            p = descent.moved(p, v)
        return abs(float(p[0][0]))

    assert after(0.99 * limit) < 1e-3
    assert after(1.01 * limit) > 1e3


def test_without_momentum_the_loss_falls_along_the_gradient() -> None:
    x, y, *parameters = draw(5, 9, 3, 6, 4)
    rate = 1e-4
    after = descent.descend(x, y, *parameters, rate, 0.0, 1)
    g = descent.gradients(x, y, *parameters)
    fallen = loss(x, y, *parameters) - loss(x, y, *after)
    assert fallen == pytest.approx(rate * sum(float((each**2).sum()) for each in g), rel=1e-3)


def test_changes_no_argument() -> None:
    arguments = draw(2, 4, 3, 5, 2)
    before = [a.copy() for a in arguments]
    descent.descend(*arguments, 0.5, 0.9, 3)
    for a, b in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: Any) -> None:
    x, y, *parameters = draw(4, 4, 3, 5, 2)
    after = descent.descend(x.astype(dtype), y, *(p.astype(dtype) for p in parameters), 0.5, 0.9, 3)
    assert {p.dtype for p in after} == {np.dtype(dtype)}


def test_scores_of_any_size_are_right() -> None:
    """Softmax does not see what is added to a row; scores in the thousands may not overflow."""
    x, y, *parameters = draw(6, 5, 3, 4, 3)
    expected = descent.gradients(x, y, *parameters)
    found = descent.gradients(x, y, *parameters[:3], parameters[3] + 2.0**12)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10)


def test_labels_beyond_the_classes_are_refused() -> None:
    x, y, *parameters = draw(7, 5, 3, 4, 3)
    with pytest.raises(ValueError, match="labels"):
        descent.descend(x, y + 3, *parameters, 0.5, 0.9, 1)
