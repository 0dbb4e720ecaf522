"""Everything in float32, whatever comes in; the layers' biases as a last row of their weights."""
import numpy as np

F = np.float32


def with_ones(x):
    return np.concatenate([x, np.ones((len(x), 1), F)], axis=1)


def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    x = with_ones(x.astype(F))
    first, second = np.vstack([w1, b1]).astype(F), np.vstack([w2, b2]).astype(F)
    right = (y[:, None] == np.arange(second.shape[1])).astype(F)
    rate, momentum = F(rate), F(momentum)
    moves = [F(0), F(0)]
    for _ in range(steps):
        h = with_ones(np.tanh(x @ first))
        z = h @ second
        z = z - z.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        dz = (p - right) / F(len(x))
        da = ((1 - h * h) * (dz @ second.T))[:, :-1]
        moves = [momentum * moves[0] - rate * (x.T @ da), momentum * moves[1] - rate * (h.T @ dz)]
        first, second = first + moves[0], second + moves[1]
    return first[:-1], first[-1], second[:-1], second[-1]
