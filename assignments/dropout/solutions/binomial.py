import numpy as np

rng = np.random.default_rng(20240917)  # once, for the whole module


def dropout_forward(x, p, mode):
    q = 1 - p
    if mode == "train":
        m = rng.binomial(1, q, size=x.shape)
        return m * x / q, {"m": m, "q": q}
    return x, {"m": 1, "q": 1}


def dropout_backward(dout, cache):
    return cache["m"] * dout / cache["q"]


def spatial_dropout_forward(x, p, mode):
    q = 1 - p
    if mode == "train":
        m = rng.binomial(1, q, size=x.shape[:2] + (1, 1))
        m = np.tile(m, (1, 1) + x.shape[2:])
        return m * x / q, {"m": m, "q": q}
    return x, {"m": 1, "q": 1}


def spatial_dropout_backward(dout, cache):
    return cache["m"] * dout / cache["q"]
