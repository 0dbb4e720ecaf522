"""Top-k error: the share of examples whose label is not among the k best classes.

    rank_i = number of classes c with scores_ic > scores_iy            0 for the best
    error  = 1/N sum_i 1{rank_i >= k}

scores (N, C): logits or probabilities, for only their order counts; y (N,) labels in {0, ..., C - 1};
1 <= k <= C. The error is a share, from 0 to 1; times 100 it is the per cent of the leaderboards. It never
rises with k, is 0 for k = C, and for k = 1 it is the 0-1 loss of the best class (reference/risk.py).

Conventions: a class that ties with the label is not ahead of it, so a tie is no error. Who sorts and takes
the first k decides ties by the order of the classes instead.

Errors: ValueError if k is not among 1, ..., C, if the labels are not one for each example, or not among the
classes.

Lectures: 004:273; 000:813, 000:823, 000:833, 000:890 (the numbers of ImageNet).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.cross_entropy import one_hot

Array = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


def error(scores: Array, y: Labels, k: int) -> float:
    """Share of examples whose label y (N,) is not among the k best of scores (N, C)."""
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(f"k must be in 1, ..., {scores.shape[1]}, not {k}")
    return float((ranks(scores, y) >= k).mean())


def ranks(scores: Array, y: Labels) -> Labels:
    """Return how many classes are ahead of the label (N,)."""
    label = scores[one_hot(y, scores)][:, np.newaxis]
    ahead: Labels = (scores > label).sum(axis=1)
    return ahead
