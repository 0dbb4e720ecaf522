"""Batch normalisation at inference: with fixed statistics, so that an example no longer depends on its batch.

Three ways to get the mean and variance of a feature, E[x] and Var[x], that replace those of the batch:

    moving average     E <- momentum mean_batch + (1 - momentum) E,  Var alike      003:59-61
    population         E = E_B[mu_B],  Var = m / (m - 1) E_B[var_B]                 000:1028-1030
    whole data set     E = mean of all x,  Var = their variance                     001:1654

    y = gamma (x - E) / sqrt(Var + eps) + beta                                      inference
      = scale x + shift,   scale = gamma / sqrt(Var + eps),   shift = beta - scale E    000:1035, folded

x is (N, D) or (N, C, H, W); the feature is axis 1, and m = N or N H W values are averaged for each. gamma,
beta and all statistics are (D,) or (C,).

Conventions: momentum is the weight of the new batch, as alpha in 003 and as in PyTorch; others give that
weight to the old value. Variances are biased (divided by m), in the moving average too, where PyTorch takes
the unbiased one; only the population's is made unbiased, by m / (m - 1).

Errors: ValueError if the batches of a population differ in size or have but one value a feature, or if
parameters or statistics are not one number a feature.

Lectures: 000:1020-1035, 001:1654, 003:57-61 (003:55 as written normalises by them in training, too).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.batchnorm import batch_axes, per_feature

Array = NDArray[np.floating[Any]]


def moving_statistics(
    x: Array, running_mean: Array, running_var: Array, momentum: float
) -> tuple[Array, Array]:
    """Return (running_mean, running_var), (D,) each, after one more batch x; the old ones are left alone."""
    mean, var = dataset_statistics(x)
    new_mean = momentum * mean + (1 - momentum) * running_mean
    new_var = momentum * var + (1 - momentum) * running_var
    return new_mean, new_var


def population_statistics(batches: Sequence[Array]) -> tuple[Array, Array]:
    """Return (mean, var), (D,) each, estimated from training batches of equal size m."""
    sizes = {x.size // x.shape[1] for x in batches}
    if len(sizes) != 1 or sizes == {1}:
        raise ValueError(f"batches must all have one size m > 1, not {sorted(sizes)}")
    m = sizes.pop()
    means, variances = zip(*map(dataset_statistics, batches), strict=True)
    return np.mean(means, axis=0), m / (m - 1) * np.mean(variances, axis=0)


def dataset_statistics(x: Array) -> tuple[Array, Array]:
    """Return (mean, biased var), (D,) each, of all there is in x."""
    mean = x.mean(axis=batch_axes(x))
    var = x.var(axis=batch_axes(x))
    return mean, var


def inference(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float = 1e-5) -> Array:
    """Normalise x by the given statistics (D,), scale by gamma (D,), shift by beta (D,); out is as x."""
    gamma, beta, mean, var = (per_feature(p, x) for p in (gamma, beta, mean, var))
    xhat: Array = (x - mean) / np.sqrt(var + eps)
    return gamma * xhat + beta


def fold(gamma: Array, beta: Array, mean: Array, var: Array, eps: float = 1e-5) -> tuple[Array, Array]:
    """Return (scale, shift), (D,) each: inference is scale x + shift, which a linear layer can absorb."""
    scale = gamma / np.sqrt(var + eps)
    shift = beta - scale * mean
    return scale, shift
