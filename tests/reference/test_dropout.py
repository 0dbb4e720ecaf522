import itertools

import numpy as np
import pytest

from reference import dropout

RNG = np.random.default_rng
FORWARDS = {"inverted": dropout.inverted_forward, "plain": dropout.plain_forward}
TESTS = {"inverted": dropout.inverted_test, "plain": dropout.plain_test}


@pytest.mark.parametrize("form", FORWARDS)
@pytest.mark.parametrize("p", [0.0, 0.3, 0.75])
def test_agrees_with_naive_loops(form, p):
    x, dout = RNG(1).standard_normal((2, 4, 3))
    mask = dropout.draw(x.shape, p, RNG(2))
    out, cache = FORWARDS[form](x, p, mask)
    dx = dropout.backward(dout, cache)
    factor = 1 / (1 - p) if form == "inverted" else 1.0
    for i, j in np.ndindex(x.shape):
        assert out[i, j] == pytest.approx(x[i, j] * factor if mask[i, j] else 0)
        assert dx[i, j] == pytest.approx(dout[i, j] * factor if mask[i, j] else 0)


def test_agrees_with_pytorch_on_its_own_mask():
    torch = pytest.importorskip("torch")
    x = torch.tensor(RNG(1).standard_normal((6, 5)), requires_grad=True)
    dout = RNG(2).standard_normal((6, 5))
    theirs = torch.nn.functional.dropout(x, 0.4)
    theirs.backward(torch.tensor(dout))
    out, cache = dropout.inverted_forward(x.detach().numpy(), 0.4, theirs.detach().numpy() != 0)
    np.testing.assert_allclose(out, theirs.detach().numpy(), rtol=1e-15)
    np.testing.assert_allclose(dropout.backward(dout, cache), x.grad.numpy(), rtol=1e-15)


def test_drops_as_often_as_pytorch():
    torch = pytest.importorskip("torch")
    for p in (0.1, 0.5, 0.75):
        ours = dropout.draw((400, 250), p, RNG(3)).mean()
        torch.manual_seed(0)
        theirs = (torch.nn.functional.dropout(torch.ones(400, 250), p) != 0).double().mean().item()
        sd = np.sqrt(p * (1 - p) / 100_000)
        assert abs(ours - (1 - p)) < 5 * sd
        assert abs(theirs - (1 - p)) < 5 * sd


def test_spatial_agrees_with_pytorch_on_its_own_mask():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    x = torch.tensor(RNG(1).standard_normal((7, 5, 3, 2)))
    theirs = torch.nn.functional.dropout2d(x, 0.4).numpy()
    mask = (theirs != 0).all(axis=(2, 3), keepdims=True)
    out, _ = dropout.inverted_forward(x.numpy(), 0.4, mask)
    np.testing.assert_allclose(out, theirs, rtol=1e-15)
    assert mask.shape == dropout.draw(x.shape, 0.4, RNG(0), (2, 3)).shape


def test_worked_numbers_of_the_gradient_example():
    """001:1480: ones, p = 0.75, the loss is the sum of the 2-norms of the rows."""
    mask = np.array(
        [[1, 0, 1, 1, 1, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 1, 0, 1]], dtype=bool
    )
    out, cache = dropout.inverted_forward(np.ones((3, 9)), 0.75, mask)
    assert set(out.flat) == {0.0, 4.0}
    dout = out / np.linalg.norm(out, axis=1, keepdims=True)
    dx = dropout.backward(dout, cache)
    for row, stays, k, printed in zip(dx, mask, (5, 1, 3), (1.7889, 4.0, 2.3094), strict=True):
        assert stays.sum() == k
        np.testing.assert_allclose(row, np.where(stays, 4 / np.sqrt(k), 0))
        assert round(float(row.max()), 4) == printed


def test_a_channel_is_all_0_or_all_2():
    for seed in range(20):
        mask = dropout.draw((2, 3, 2, 2), 0.5, RNG(seed), (2, 3))
        out, _ = dropout.inverted_forward(np.ones((2, 3, 2, 2)), 0.5, mask)
        assert all(set(channel.flat) in ({0.0}, {2.0}) for channel in out.reshape(6, 4))


@pytest.mark.parametrize("form", FORWARDS)
def test_the_mean_over_all_masks_is_the_output_at_test(form):
    x, w = RNG(1).standard_normal((1, 5)), RNG(2).standard_normal((5, 3))
    mean = np.zeros((1, 3))
    for bits in itertools.product((False, True), repeat=5):
        probability = np.prod([0.7 if kept else 0.3 for kept in bits])
        mean += probability * (FORWARDS[form](x, 0.3, np.array([bits]))[0] @ w)
    np.testing.assert_allclose(mean, TESTS[form](x, 0.3)[0] @ w, rtol=1e-12)


def test_at_test():
    x = RNG(1).standard_normal((4, 3))
    for form, factor in (("inverted", 1.0), ("plain", 0.7)):
        out, cache = TESTS[form](x, 0.3)
        np.testing.assert_allclose(out, factor * x)
        np.testing.assert_allclose(dropout.backward(x, cache), factor * x)
        np.testing.assert_array_equal(TESTS[form](x, 0.0)[0], x)


def test_variational_is_dropout_in_the_mean_and_in_the_variance():
    alpha = np.full(2, 0.3 / 0.7)
    x = np.ones((200_000, 2))
    out, _ = dropout.variational_forward(x, alpha, RNG(1).standard_normal(x.shape))
    bernoulli, _ = dropout.inverted_forward(x, 0.3, dropout.draw(x.shape, 0.3, RNG(2)))
    np.testing.assert_allclose(out.mean(axis=0), 1, atol=0.01)
    np.testing.assert_allclose(out.var(axis=0), bernoulli.var(axis=0), rtol=0.02)


def test_variational_gradients_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    x, e, dout = RNG(1).standard_normal((3, 6, 4))
    alpha = RNG(2).uniform(0.1, 1.0, 4)
    out, cache = dropout.variational_forward(x, alpha, e)
    tx, ta = torch.tensor(x, requires_grad=True), torch.tensor(alpha, requires_grad=True)
    theirs = tx * (1 + torch.sqrt(ta) * torch.tensor(e))
    theirs.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, theirs.detach().numpy(), rtol=1e-14)
    for ours, grad in zip(dropout.variational_backward(dout, cache), (tx.grad, ta.grad), strict=True):
        np.testing.assert_allclose(ours, grad.numpy(), rtol=1e-12)


def test_the_gain_of_variational_dropout_follows_the_divergence():
    """-KL = log(alpha) / 2 - E log|1 + sqrt(alpha) e| + constant, by brute force."""
    e = RNG(1).standard_normal(400_000)
    alpha = np.array([0.05, 0.2, 0.5, 1.0])
    exact = np.log(alpha) / 2 - np.array([np.log(np.abs(1 + np.sqrt(a) * e)).mean() for a in alpha])
    ours = dropout.variational_gain(alpha)
    np.testing.assert_allclose(ours - ours[0], exact - exact[0], atol=0.03)


def test_refuses():
    x = np.ones((2, 3))
    for p in (-0.1, 1.0, np.nan):
        with pytest.raises(ValueError, match="p is"):
            dropout.inverted_forward(x, p, x > 0)
    with pytest.raises(ValueError, match="does not fit"):
        dropout.plain_forward(x, 0.5, np.ones((2, 2, 3), dtype=bool))
    with pytest.raises(ValueError, match="do not fit"):
        dropout.variational_forward(x, np.ones(2), x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype):
    x = np.ones((3, 2), dtype=dtype)
    mask = dropout.draw(x.shape, 0.5, RNG(1))
    for out, cache in (dropout.inverted_forward(x, 0.5, mask), dropout.plain_test(x, 0.5)):
        assert out.dtype == dropout.backward(x, cache).dtype == dtype
    for array in dropout.variational_backward(x, dropout.variational_forward(x, x[0], x)[1]):
        assert array.dtype == dtype
