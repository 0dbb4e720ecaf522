import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import risk, top_k

SEEDS, SIZES = st.integers(0, 999), st.integers(1, 7)


def draw(seed: int, n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, classes)), rng.integers(0, classes, n)


@given(SEEDS, SIZES, SIZES)
def test_agrees_with_sorting_each_example(seed: int, n: int, classes: int) -> None:
    scores, y = draw(seed, n, classes)
    for k in range(1, classes + 1):
        wrong = 0
        for i in range(n):
            best = sorted(range(classes), key=lambda c: -scores[i, c])[:k]
            wrong += y[i] not in best
        assert top_k.error(scores, y, k) == pytest.approx(wrong / n)


def test_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    scores, y = draw(3, 40, 9)
    for k in (1, 3, 5, 9):
        best = torch.topk(torch.tensor(scores), k).indices
        hit = (best == torch.tensor(y)[:, None]).any(dim=1).double().mean().item()
        assert top_k.error(scores, y, k) == pytest.approx(1 - hit)


@given(SEEDS, SIZES, SIZES)
def test_never_rises_with_k_and_is_0_for_all_classes(seed: int, n: int, classes: int) -> None:
    scores, y = draw(seed, n, classes)
    errors = [top_k.error(scores, y, k) for k in range(1, classes + 1)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == 0
    assert errors[0] == risk.zero_one(scores.argmax(axis=1), y)


@given(SEEDS, SIZES, SIZES)
def test_only_the_order_counts(seed: int, n: int, classes: int) -> None:
    scores, y = draw(seed, n, classes)
    assert top_k.error(np.exp(3 * scores) - 1000, y, 1) == top_k.error(scores, y, 1)


def test_a_tie_is_no_error() -> None:
    scores = np.array([[2.0, 2.0, 2.0, 1.0], [3.0, 2.0, 2.0, 2.0]])
    assert top_k.error(scores, np.array([2, 3]), 1) == 0.5
    assert top_k.error(scores, np.array([2, 3]), 2) == 0


@pytest.mark.parametrize("k", [0, 4, -1])
def test_refuses_a_k_that_is_no_number_of_classes(k: int) -> None:
    with pytest.raises(ValueError, match="k must be"):
        top_k.error(np.zeros((2, 3)), np.array([0, 1]), k)
