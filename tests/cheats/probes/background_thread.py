"""Row 8: buffers are returned at once, and a thread fills them after the clock has stopped."""

import threading
import time

import honest
import numpy as np


def _fill(buffers, function, arguments):
    time.sleep(0.002)
    for buffer, value in zip(buffers, function(*arguments), strict=False):
        buffer[...] = value


def mlp_forward(x, w1, b1, w2, b2):
    out = np.empty((len(x), w2.shape[1]))
    threading.Thread(target=_fill, args=((out,), honest.mlp_forward, (x, w1, b1, w2, b2))).start()
    return out, (x, w1, w2)


def mlp_backward(dscores, cache):
    x, w1, w2 = cache
    sizes = (x.shape, w1.shape, w1.shape[1:], w2.shape, w2.shape[1:])
    return tuple(np.empty(size) for size in sizes)
