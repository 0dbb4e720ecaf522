from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import regularisers as rg

SEEDS, SIZES, LAMBDAS = st.integers(0, 999), st.integers(1, 5), st.floats(0, 10, allow_subnormal=False)
ALL: dict[str, Callable[..., Any]] = {
    "l2": lambda w: rg.l2(w, 0.3),
    "half": lambda w: rg.half_l2(w, 0.3),
    "unsquared": lambda w: rg.l2_unsquared(w, 0.3),
    "l1": lambda w: rg.l1(w, 0.3),
    "elastic": lambda w: rg.elastic_net(w, 0.3, 0.7),
}


def draw(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@given(SEEDS, SIZES, SIZES, LAMBDAS, st.floats(0, 3, allow_subnormal=False))
def test_agree_with_naive_loops(seed: int, m: int, n: int, lam: float, beta: float) -> None:
    w = draw(seed, m, n)
    squares = sum(v * v for row in w for v in row)
    sizes = sum(abs(v) for row in w for v in row)
    signs = np.array([[1.0 if v > 0 else -1.0 for v in row] for row in w])
    for got, penalty, dw in [
        (rg.l2(w, lam), lam * squares, 2 * lam * w),
        (rg.half_l2(w, lam), lam * squares / 2, lam * w),
        (rg.l2_unsquared(w, lam), lam * squares**0.5, lam * w / squares**0.5),
        (rg.l1(w, lam), lam * sizes, lam * signs),
        (rg.elastic_net(w, lam, beta), lam * (beta * squares + sizes), lam * (2 * beta * w + signs)),
    ]:
        np.testing.assert_allclose(got[0], penalty)
        np.testing.assert_allclose(got[1], dw)


@pytest.mark.parametrize("name", ALL)
def test_gradients_agree_with_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    w = torch.tensor(draw(3, 4, 5), requires_grad=True)
    theirs = {
        "l2": lambda: 0.3 * w.norm() ** 2,
        "half": lambda: 0.15 * w.norm() ** 2,
        "unsquared": lambda: 0.3 * w.norm(),
        "l1": lambda: 0.3 * w.norm(p=1),
        "elastic": lambda: 0.3 * (0.7 * w.norm() ** 2 + w.norm(p=1)),
    }[name]()
    theirs.backward()
    penalty, dw = ALL[name](w.detach().numpy())
    np.testing.assert_allclose(penalty, theirs.item())
    np.testing.assert_allclose(dw, w.grad.numpy())


def test_half_l2_is_the_weight_decay_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    w = torch.nn.Parameter(torch.tensor(draw(2, 3, 4)))
    before = w.detach().numpy().copy()
    w.grad = torch.zeros_like(w)
    torch.optim.SGD([w], lr=0.1, weight_decay=0.3).step()
    np.testing.assert_allclose(w.detach().numpy(), before - 0.1 * rg.half_l2(before, 0.3)[1])


@given(SEEDS, LAMBDAS)
def test_one_form_is_another_with_another_lambda(seed: int, lam: float) -> None:
    w = draw(seed, 3, 4)
    for one, other in [
        (rg.half_l2(w, 2 * lam), rg.l2(w, lam)),
        (rg.elastic_net(w, lam, 0), rg.l1(w, lam)),
    ]:
        np.testing.assert_allclose(one[0], other[0])
        np.testing.assert_allclose(one[1], other[1])
    np.testing.assert_allclose(rg.l2_unsquared(w, lam)[0] ** 2, lam * rg.l2(w, lam)[0])


@pytest.mark.parametrize("name", ALL)
def test_lambda_0_and_weights_of_0_cost_nothing(name: str) -> None:
    penalty, dw = ALL[name](np.zeros((2, 3)))
    assert penalty == 0
    np.testing.assert_array_equal(dw, 0)
    penalty, dw = rg.elastic_net(draw(0, 2, 3), 0.0, 0.5)
    assert penalty == 0
    np.testing.assert_array_equal(dw, 0)


def test_l2_prefers_spread_weights_and_l1_does_not() -> None:
    spread, spiky = np.full(4, 0.25), np.array([1.0, 0, 0, 0])
    assert rg.l2(spread, 1)[0] < rg.l2(spiky, 1)[0]
    assert rg.l1(spread, 1)[0] == rg.l1(spiky, 1)[0]


def test_biases_are_left_out() -> None:
    layers = [(draw(1, 3, 4), draw(2, 4)), (draw(3, 4, 2), draw(4, 2))]
    penalty, gradients = rg.of_layers(lambda w: rg.l2(w, 0.3), layers)
    assert penalty == pytest.approx(sum(0.3 * (w**2).sum() for w, _ in layers))
    for (w, b), (dw, db) in zip(layers, gradients, strict=True):
        np.testing.assert_allclose(dw, 0.6 * w)
        np.testing.assert_array_equal(db, np.zeros_like(b))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(name: str, dtype: type) -> None:
    penalty, dw = ALL[name](draw(1, 3, 4).astype(dtype))
    assert penalty.dtype == dw.dtype == dtype
