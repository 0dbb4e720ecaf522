"""Dropout (Srivastava et al., 2014): in training, units are removed at random; at test, all of them work.

p is the probability that a unit is DROPPED, 0 <= p < 1, so that q = 1 - p is kept (001; 000:1083 and 002:129
call p what is kept). The mask m says who stays: m = 1 with probability q, independently for every entry.

                 training            test        its gradient, by the same mask
    inverted     out = x m / q       out = x     dx = dout m / q     at test dx = dout        002:129, PyTorch
    plain        out = x m           out = q x   dx = dout m         at test dx = q dout      000:1089

Both keep E(out) in training equal to out at test, for E(m) = q. So the factor of plain dropout at test is q,
what is kept: 001:1439 says "multiplying by p" and means q, for p is what is dropped there. Without dropout,
p = 0, every one of these is the identity.

spatial        x (N, C, H, W): one draw for each channel of each example, m (N, C, 1, 1); neighbouring pixels
               are alike, and a dropped one would be told by the others (Tompson et al., 2015; 001:1562)
variational    x (N, D): out = x (1 + sqrt(alpha) e), e normal, with a noise alpha (D,) of its own for each
               unit, which is learnt (Kingma, Salimans and Welling, 2015; 000:1091). alpha = p / (1 - p) has
               the variance of inverted dropout. Not the one mask for all time steps of Gal and Ghahramani.

    dx = dout (1 + sqrt(alpha) e)        dalpha = sum_i dout x e / (2 sqrt(alpha))
    -KL(alpha) = log(alpha) / 2 + 1.16145124 alpha - 1.50204118 alpha^2 + 0.58629921 alpha^3, alpha <= 1

Masks and noise are arguments: the mathematics is exact, and whoever calls draws. `draw` does so, and with the
axes (2, 3) it draws for spatial dropout. In a linear layer the mean of out over all 2^n masks, each with its
probability, is exactly out at test (000:1088, 001:1430: an ensemble of 2^n networks that share weights).

Errors: ValueError if p is not in [0, 1), or a mask or alpha does not fit x.

Lectures: 000:1081-1091, 001:1405-1600 (the gradient printed at 001:1501 contradicts its own mask in four
places), 002:110-131, 003:202-234.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


class Cache(NamedTuple):
    """What backward needs: what every entry was multiplied by."""

    factor: Array  # broadcasts to x


def draw(shape: tuple[int, ...], p: float, rng: Generator, shared: tuple[int, ...] = ()) -> Mask:
    """Draw who stays, each with probability 1 - p; along the axes `shared` one draw serves all."""
    return rng.random([1 if axis in shared else n for axis, n in enumerate(shape)]) >= _checked(p)


def inverted_forward(x: Array, p: float, mask: Mask) -> tuple[Array, Cache]:
    """Drop what the mask drops and scale what stays by 1 / (1 - p); out is as x, of any shape."""
    return _multiplied(x, mask / (1 - _checked(p)))


def plain_forward(x: Array, p: float, mask: Mask) -> tuple[Array, Cache]:
    """Drop what the mask drops and leave what stays; `plain_test` scales instead. out is as x."""
    _checked(p)
    return _multiplied(x, mask)


def inverted_test(x: Array, p: float) -> tuple[Array, Cache]:
    """At test nothing is left to do: out is x."""
    _checked(p)
    return _multiplied(x, 1.0)


def plain_test(x: Array, p: float) -> tuple[Array, Cache]:
    """At test all units work, so each counts for what it did in the mean: out is (1 - p) x."""
    return _multiplied(x, 1 - _checked(p))


def backward(dout: Array, cache: Cache) -> Array:
    """Gradient dx of sum(dout * out), for all four: by what was multiplied with, by that is multiplied."""
    return dout * cache.factor


class Noise(NamedTuple):
    """What the backward of variational dropout needs."""

    x: Array  # (N, D)
    alpha: Array  # (D,)
    e: Array  # (N, D)


def variational_forward(x: Array, alpha: Array, e: Array) -> tuple[Array, Noise]:
    """Multiply x (N, D) by 1 + sqrt(alpha) e, alpha (D,) > 0, e (N, D) drawn normal; out is (N, D)."""
    if alpha.shape != x.shape[1:] or e.shape != x.shape:
        raise ValueError(f"alpha {alpha.shape} and e {e.shape} do not fit x {x.shape}")
    return x * (1 + np.sqrt(alpha) * e), Noise(x, alpha, e)


def variational_backward(dout: Array, cache: Noise) -> tuple[Array, Array]:
    """Gradients (dx, dalpha) of sum(dout * out), shaped like x and alpha."""
    x, alpha, e = cache
    root = np.sqrt(alpha)
    return dout * (1 + root * e), (dout * x * e).sum(axis=0) / (2 * root)


def variational_gain(alpha: Array) -> Array:
    """-KL from the log-uniform prior, up to a constant, for each unit (D,); its negative joins the loss."""
    return np.asarray(np.log(alpha) / 2 + 1.16145124 * alpha - 1.50204118 * alpha**2 + 0.58629921 * alpha**3)


def _multiplied(x: Array, by: Any) -> tuple[Array, Cache]:
    factor = np.asarray(by, dtype=x.dtype)
    if np.broadcast_shapes(factor.shape, x.shape) != x.shape:
        raise ValueError(f"a mask {factor.shape} does not fit x {x.shape}")
    return x * factor, Cache(factor)


def _checked(p: float) -> float:
    if not 0 <= p < 1:
        raise ValueError(f"p is {p}; what is dropped lies in [0, 1)")
    return p
