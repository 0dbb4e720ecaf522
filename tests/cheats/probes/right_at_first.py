"""Row 18: right for the first calls, nothing after them."""

import honest
import numpy as np

_calls = []


def mlp_forward(x, w1, b1, w2, b2):
    _calls.append(0)
    if len(_calls) <= 6:
        return honest.mlp_forward(x, w1, b1, w2, b2)
    return np.zeros((len(x), len(b2))), None


def mlp_backward(dscores, cache):
    if cache is not None:
        return honest.mlp_backward(dscores, cache)
    return tuple(np.zeros(size) for size in (dscores.shape, (64, 512), (512,), (512, 64), (64,)))
