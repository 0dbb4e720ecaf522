"""Gradient descent with momentum. Write the body; keep the name, the arguments and what is returned.

NumPy is always there, and PyTorch where your course has installed it: use what you like. With PyTorch,
device = "cuda" if torch.cuda.is_available() else "cpu" runs the same file with and without a GPU.
"""

import numpy as np  # noqa: F401


def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    """So many steps on the whole batch, on the mean cross-entropy of softmax(tanh(x w1 + b1) w2 + b2).

    x         (N, D) examples
    y         (N,) labels 0, ..., C - 1
    w1, b1    (D, H), (H,)
    w2, b2    (H, C), (C,)
    rate      a number
    momentum  a number: v <- momentum v - rate gradient, p <- p + v, and v is 0 at first
    steps     how many, 0 or more

    Returns (w1, b1, w2, b2) after the last step, NumPy arrays of the shapes and the dtype that came in.
    """
    raise NotImplementedError
