"""Row 26: the batch is shared among threads, to be done in half the time."""

from concurrent.futures import ThreadPoolExecutor

import honest
import numpy as np

_pool = ThreadPoolExecutor(2)


def mlp_forward(x, *others):
    halves = list(_pool.map(lambda rows: honest.mlp_forward(rows, *others), np.array_split(x, 2)))
    return np.concatenate([out for out, _ in halves]), [cache for _, cache in halves]


def mlp_backward(dscores, caches):
    halves = list(_pool.map(honest.mlp_backward, np.array_split(dscores, 2), caches))
    dx, *others = zip(*halves, strict=True)
    return np.concatenate(dx), *(sum(parts) for parts in others)
