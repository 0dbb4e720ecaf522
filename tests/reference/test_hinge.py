import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import hinge

SEEDS, SIZES = st.integers(0, 999), st.integers(1, 6)


def draw(seed: int, n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return 2 * rng.standard_normal((n, classes)), rng.integers(0, classes, n)


@given(SEEDS, SIZES, SIZES)
def test_agrees_with_naive_loops(seed: int, n: int, classes: int) -> None:
    z, y = draw(seed, n, classes)
    loss, dz = 0.0, np.zeros_like(z)
    for i in range(n):
        for j in range(classes):
            if j != y[i] and z[i, j] - z[i, y[i]] + 1 > 0:
                loss += (z[i, j] - z[i, y[i]] + 1) / n
                dz[i, j] += 1 / n
                dz[i, y[i]] -= 1 / n
    got, gradient = hinge.multiclass(z, y)
    np.testing.assert_allclose(got, loss, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(gradient, dz, atol=1e-14)


@pytest.mark.parametrize("shape", [(7, 4), (1, 3), (5, 1)])
def test_is_c_times_that_of_pytorch(shape: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    z, y = draw(3, *shape)
    witness = torch.tensor(z, requires_grad=True)
    theirs = shape[1] * torch.nn.functional.multi_margin_loss(witness, torch.tensor(y))
    theirs.backward()
    loss, dz = hinge.multiclass(z, y)
    np.testing.assert_allclose(loss, theirs.item())
    np.testing.assert_allclose(dz, witness.grad.numpy(), atol=1e-15)


@given(SEEDS, SIZES, SIZES)
def test_to_shift_all_scores_of_an_example_changes_nothing(seed: int, n: int, classes: int) -> None:
    z, y = draw(seed, n, classes)
    shift = np.random.default_rng(seed).integers(-1000, 1000, (n, 1))
    loss, dz = hinge.multiclass(z, y)
    shifted, dshifted = hinge.multiclass(z + shift, y)
    np.testing.assert_allclose(shifted, loss, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(dshifted, dz)
    np.testing.assert_allclose(dz.sum(axis=1), 0, atol=1e-14)


def test_a_worked_example() -> None:
    """Scores 3.2, 5.1, -1.7 with label 0 cost 2.9; 1.3, 4.9, 2.0 with label 1 nothing (the cs231n notes)."""
    z = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
    loss, dz = hinge.multiclass(z, np.array([0, 1, 2]))
    assert loss == pytest.approx((2.9 + 0 + 12.9) / 3)
    np.testing.assert_allclose(3 * dz, [[-1, 1, 0], [0, 0, 0], [1, 1, -2]])


def test_scores_that_are_all_equal_cost_the_other_classes() -> None:
    assert hinge.multiclass(np.zeros((3, 5)), np.array([0, 2, 4]))[0] == 4


def test_a_lead_of_exactly_the_margin_costs_nothing_and_pulls_nothing() -> None:
    loss, dz = hinge.multiclass(np.array([[2.0, 1.0, 0.5]]), np.array([0]))
    assert loss == 0
    np.testing.assert_array_equal(dz, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_dtype(dtype: type) -> None:
    z, y = draw(1, 6, 4)
    loss, dz = hinge.multiclass(z.astype(dtype), y.astype(np.uint8))
    assert loss.dtype == dz.dtype == dtype


def test_refuses_labels_outside_the_classes() -> None:
    with pytest.raises(ValueError, match="labels"):
        hinge.multiclass(np.zeros((2, 3)), np.array([0, 3]))
