# ruff: noqa: D103  (`says` is the docstring of a variant)
"""What students write for batch normalisation: each a variant with the oracle's own signature.

The functions serve rows (N, D) and images (N, C, H, W) alike; a mistake that only images can show is right
on rows. A forward that returns the oracle's `Cache` also says what a right backward makes of it. One that
returns None has no such reading; the exact gradient of a wrong forward is no variant of the backward, for it
is recognised by a numerical check against that forward, and half of its points are carried.
"""

import numpy as np

from reference import batchnorm as bn
from reference import batchnorm_statistics as statistics
from suites import Variant, variant

# ------------------------------------------------------------------------------------------- helpers


def _normalise(x, gamma, beta, eps, **changed):
    """The right forward with some of `mu`, `var`, `inv_std`, `gamma` replaced, in out and in the cache."""
    cache = bn.forward(x, gamma, beta, eps)[1]._replace(**changed)
    inv_std = changed.get("inv_std", 1 / np.sqrt(cache.var + cache.eps))
    cache = cache._replace(inv_std=inv_std, xhat=(x - cache.mu) * inv_std)
    return cache.gamma * cache.xhat + bn.per_feature(beta, x), cache


def _forward_over(axes):
    """A forward that takes its statistics over other axes (None: all)."""

    def wrong(x, gamma, beta, eps=1e-5):
        if axes and max(axes) >= x.ndim:
            return bn.forward(x, gamma, beta, eps)
        mu, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
        return _normalise(x, gamma, beta, eps, mu=mu, var=var)[0], None

    return wrong


def _gradients(dout, cache, **changed):
    """The right (dx, dgamma, dbeta) with some replaced."""
    right = dict(zip(("dx", "dgamma", "dbeta"), bn.backward(dout, cache), strict=True))
    return tuple({**right, **changed}.values())


def _centred(dxhat, xhat, axes):
    """`dxhat` less its mean and less its projection on xhat: dx but for inv_std."""
    mean = dxhat.mean(axis=axes, keepdims=True)
    return dxhat - mean - xhat * (dxhat * xhat).mean(axis=axes, keepdims=True)


def _weighted(*weights):
    """dx with other weights on its terms: the direct one, through the mean, through the variance.

    A weight may be a function of m, the number of values a feature has in the batch.
    """

    def wrong(dout, cache):
        m = np.float64(cache.x.size / cache.mu.size)
        terms = bn.terms(dout, cache).values()
        weighted = [(w(m) if callable(w) else w) * term for w, term in zip(weights, terms, strict=True)]
        return _gradients(dout, cache, dx=sum(weighted))

    return wrong


def _summed(array):
    return array.sum(axis=bn.batch_axes(array))


def _averaged(array):
    return array.mean(axis=bn.batch_axes(array))


def _m(x):
    """How many values a feature has in the batch; a float, so that m = 1 gives inf where m - 1 divides."""
    return np.float64(x.size / x.shape[1])


# ------------------------------------------------------------------------------------ forward: statistics


@variant(
    "bn.unbiased-forward",
    of=bn.forward,
    kind="wrong",
    says="You normalise by the unbiased variance (divided by m - 1); the batch's own is divided by m.",
    hint="What is the biased standard deviation of your xhat, and what should it be?",
    lecture="000:1002 mini-batch variance, 1/m",
)
def unbiased_forward(x, gamma, beta, eps=1e-5):
    m = _m(x)
    var = bn.forward(x, gamma, beta, eps)[1].var * m / (m - 1)
    return _normalise(x, gamma, beta, eps, var=var)


@variant(
    "bn.uncentred-variance",
    of=bn.forward,
    kind="wrong",
    says="Your variance is the mean of the squares: the mean was not subtracted first.",
    hint="Add 10 to every value of the batch. Should the variance change?",
    lecture="000:1002 mini-batch variance",
)
def uncentred_variance(x, gamma, beta, eps=1e-5):
    var = np.mean(x**2, axis=bn.batch_axes(x), keepdims=True)
    return _normalise(x, gamma, beta, eps, var=var)


@variant(
    "bn.no-mean",
    of=bn.forward,
    kind="wrong",
    says="You divide by the standard deviation without subtracting the mean.",
    hint="What is the mean of each feature of your xhat?",
    lecture="000:1004 normalize",
)
def no_mean(x, gamma, beta, eps=1e-5):
    cache = bn.forward(x, gamma, beta, eps)[1]
    cache = cache._replace(xhat=x * cache.inv_std)
    return cache.gamma * cache.xhat + bn.per_feature(beta, x), cache


@variant(
    "bn.var-for-std",
    of=bn.forward,
    kind="wrong",
    says="You divide by the variance; normalising divides by its square root.",
    hint="If x is measured in metres, in what unit is your xhat?",
    lecture="000:1004 normalize",
)
def var_for_std(x, gamma, beta, eps=1e-5):
    return _normalise(x, gamma, beta, eps, inv_std=1 / (x.var(axis=bn.batch_axes(x), keepdims=True) + eps))


all_axes = variant(
    "bn.all-axes",
    of=bn.forward,
    kind="wrong",
    says="You take one mean and one variance of the whole array; each feature has its own.",
    hint="How many means does a batch of 5 features have?",
    lecture="001:1660 processes the input components separately",
)(_forward_over(None))


feature_axis = variant(
    "bn.feature-axis",
    of=bn.forward,
    kind="wrong",
    says="You normalise each example over its features (that is layer normalisation), not each feature "
    "over the batch.",
    hint="May the output of one example depend on the other examples of the batch?",
    lecture="000:1000 mini-batch mean, the sum runs over i = 1..m",
)(_forward_over((1,)))


# ------------------------------------------------------------------------------------- forward: epsilon


@variant(
    "bn.eps-outside",
    of=bn.forward,
    kind="note",
    says="You add epsilon to the standard deviation; this course adds it to the variance, under the root.",
    hint="Compare your divisor with the handout's for a feature whose values are nearly equal.",
    lecture="000:1004 normalize and 000:1035 inference: the root covers both",
)
def eps_outside(x, gamma, beta, eps=1e-5):
    return _normalise(x, gamma, beta, eps, inv_std=1 / (x.std(axis=bn.batch_axes(x), keepdims=True) + eps))


@variant(
    "bn.no-eps",
    of=bn.forward,
    kind="wrong",
    says="You leave epsilon out of the normalisation.",
    hint="What do you divide by when all values of a feature are equal?",
    lecture="000:1004 normalize (003:55 has no epsilon, 003:80 has)",
)
def no_eps(x, gamma, beta, eps=1e-5):
    return _normalise(x, gamma, beta, eps, inv_std=1 / x.std(axis=bn.batch_axes(x), keepdims=True))


@variant(
    "bn.fixed-eps",
    of=bn.forward,
    kind="wrong",
    says="You use an epsilon of 1e-5 whatever eps is given.",
    hint="Which line reads the argument eps?",
    lecture="000:1004 normalize",
)
def fixed_eps(x, gamma, beta, eps=1e-5):
    return bn.forward(x, gamma, beta, 1e-5)


# ------------------------------------------------------------------------------ forward: scale and shift


@variant(
    "bn.no-beta",
    of=bn.forward,
    kind="wrong",
    says="Your output lacks the shift by beta.",
    hint="What should the mean of each feature of the output be?",
    lecture="000:1006 scale and shift",
)
def no_beta(x, gamma, beta, eps=1e-5):
    return bn.forward(x, gamma, 0 * beta, eps)


@variant(
    "bn.no-gamma-forward",
    of=bn.forward,
    kind="wrong",
    says="Your output lacks the scale by gamma.",
    hint="What should the standard deviation of each feature of the output be?",
    lecture="000:1006 scale and shift",
)
def no_gamma_forward(x, gamma, beta, eps=1e-5):
    cache = bn.forward(x, gamma, beta, eps)[1]
    return cache.xhat + bn.per_feature(beta, x), cache


@variant(
    "bn.no-affine",
    of=bn.forward,
    kind="wrong",
    says="You return xhat itself, without scale and shift.",
    hint="Which lines of your forward read gamma and beta?",
    lecture="000:1006 scale and shift",
)
def no_affine(x, gamma, beta, eps=1e-5):
    cache = bn.forward(x, gamma, beta, eps)[1]
    return cache.xhat, cache


@variant(
    "bn.gamma-for-beta",
    of=bn.forward,
    kind="wrong",
    says="You scale by beta and shift by gamma.",
    hint="With gamma = 1 and beta = 0, what should come out?",
    lecture="000:1006 scale and shift",
)
def gamma_for_beta(x, gamma, beta, eps=1e-5):
    return bn.forward(x, beta, gamma, eps)[0], None


# ---------------------------------------------------------------------------------- forward: images alone


pixel = variant(
    "bn.spatial-per-pixel",
    of=bn.forward,
    kind="wrong",
    says="You normalise every pixel over the batch alone; a channel's statistics are over its pixels, too.",
    hint="How many means are there for images of 3 channels, and how many do you compute?",
    lecture="001:1723 100 channels, 100 weights",
)(_forward_over((0,)))


sample = variant(
    "bn.spatial-per-sample",
    of=bn.forward,
    kind="wrong",
    says="You normalise each channel of each image by itself (that is instance normalisation): the batch is "
    "left out.",
    hint="May the output of one image depend on the other images of the batch?",
    lecture="001:1723 100 channels, 100 weights",
)(_forward_over((2, 3)))


image = variant(
    "bn.spatial-per-image",
    of=bn.forward,
    kind="wrong",
    says="You normalise each image as a whole (layer normalisation), not each channel over the batch.",
    hint="Which axes share one mean: those that differ between two values of the same channel?",
    lecture="001:1723 100 channels, 100 weights",
)(_forward_over((1, 2, 3)))


@variant(
    "bn.spatial-reshape",
    of=bn.forward,
    kind="wrong",
    says="You reshape (N, C, H, W) to rows of C without moving the channel axis to the end, so that the "
    "columns mix channels.",
    hint="Which values of x[0] stand in the first row after your reshape? Are they of one pixel?",
    lecture="001:1711 the channel is axis 1",
)
def spatial_reshape(x, gamma, beta, eps=1e-5):
    out, _ = bn.forward(x.reshape(-1, x.shape[1]), gamma, beta, eps)
    return out.reshape(x.shape), None


# ------------------------------------------------------------------- backward: terms of dx, left out or wrong


stats_constant = variant(
    "bn.stats-constant",
    of=bn.backward,
    kind="wrong",
    says="Your dx treats the batch's mean and variance as constants.",
    hint="If one x of the batch grows, which outputs change?",
    lecture="000:974 gradients should take normalization into account",
)(_weighted(1, 0, 0))


no_mean_term = variant(
    "bn.no-mean-term",
    of=bn.backward,
    kind="wrong",
    says="Your dx treats the mean as a constant.",
    hint="mu depends on every x of the feature. What must each column of dx sum to?",
    lecture="000:1012 the gradient of mu",
)(_weighted(1, 0, 1))


no_var_term = variant(
    "bn.no-var-term",
    of=bn.backward,
    kind="wrong",
    says="Your dx treats the variance as a constant.",
    hint="Stretch the batch about its mean. Does out change? What must sum(dx * xhat) be, nearly?",
    lecture="000:1010 the gradient of sigma squared",
)(_weighted(1, 1, 0))


mean_term_sign = variant(
    "bn.mean-term-sign",
    of=bn.backward,
    kind="wrong",
    says="The term of dx that comes through the mean has the wrong sign.",
    hint="When mu grows, does xhat grow or fall?",
    lecture="000:1012 the gradient of mu, -1 over the root",
)(_weighted(1, -1, 1))


var_term_sign = variant(
    "bn.var-term-sign",
    of=bn.backward,
    kind="wrong",
    says="The term of dx that comes through the variance has the wrong sign.",
    hint="When the variance grows, does |xhat| grow or fall?",
    lecture="000:1010 the gradient of sigma squared, -1/2",
)(_weighted(1, 1, -1))


@variant(
    "bn.var-term-no-xhat",
    of=bn.backward,
    kind="wrong",
    says="The variance term of your dx lacks the factor xhat.",
    hint="By how much does the variance move with x_i? Is that the same for every i of the batch?",
    lecture="000:1014 the gradient of x, 2(x - mu)/m",
)
def var_term_no_xhat(dout, cache):
    i = bn.batch_axes(dout)
    dxhat = dout * cache.gamma
    means = [a.mean(axis=i, keepdims=True) for a in (dxhat, dxhat * cache.xhat)]
    return _gradients(dout, cache, dx=cache.inv_std * (dxhat - sum(means)))


minus_dx = variant(
    "bn.dx-sign",
    of=bn.backward,
    kind="wrong",
    says="Your dx is the negative of the gradient.",
    hint="With a positive gamma, which way does out move when its own x grows?",
    lecture="000:1014 the gradient of x",
)(_weighted(-1, -1, -1))


unbiased_backward = variant(
    "bn.unbiased-backward",
    of=bn.backward,
    kind="wrong",
    says="The variance term of your dx divides by m - 1; the forward's variance divides by m.",
    hint="By what did the forward divide the sum of squares?",
    lecture="000:1014 the gradient of x, 2(x - mu)/m",
)(_weighted(1, 1, lambda m: m / (m - 1)))


sum_mean_term = variant(
    "bn.sum-mean-term",
    of=bn.backward,
    kind="wrong",
    says="The mean term of your dx is a sum over the batch; it lacks the division by m.",
    hint="How much does mu move when one x of the batch moves by 1?",
    lecture="000:1014 the gradient of x, 1/m",
)(_weighted(1, lambda m: m, 1))


sum_var_term = variant(
    "bn.sum-var-term",
    of=bn.backward,
    kind="wrong",
    says="The variance term of your dx is a sum over the batch; it lacks the division by m.",
    hint="How much does the variance move when one x of the batch moves a little?",
    lecture="000:1014 the gradient of x, 2(x - mu)/m",
)(_weighted(1, 1, lambda m: m))


sum_both_terms = variant(
    "bn.sum-both-terms",
    of=bn.backward,
    kind="wrong",
    says="The mean and variance terms of your dx are sums over the batch; both lack the division by m.",
    hint="How much do mu and the variance move when one x of the batch moves a little?",
    lecture="000:1014 the gradient of x, 1/m in two places",
)(_weighted(1, lambda m: m, lambda m: m))


dx_times_m = variant(
    "bn.dx-times-m",
    of=bn.backward,
    kind="wrong",
    says="Your dx is m times the gradient: a division by m is missing in front.",
    hint="Compare the first term, inv_std * dxhat, with what stands in your formula.",
    lecture="000:1014 the gradient of x, 1/m",
)(_weighted(lambda m: m, lambda m: m, lambda m: m))


no_half = variant(
    "bn.no-half",
    of=bn.backward,
    kind="wrong",
    says="The variance term of your dx is twice too large: the 1/2 of the root's derivative is missing.",
    hint="What is the derivative of 1 / sqrt(v)?",
    lecture="000:1010 the gradient of sigma squared, -1/2",
)(_weighted(1, 1, 2))


no_two = variant(
    "bn.no-two",
    of=bn.backward,
    kind="wrong",
    says="The variance term of your dx is half of what it should be: the 2 of the square's derivative is "
    "missing.",
    hint="What is the derivative of (x - mu)^2?",
    lecture="000:1014 the gradient of x, 2(x - mu)/m",
)(_weighted(1, 1, 0.5))


@variant(
    "bn.var-term-power",
    of=bn.backward,
    kind="wrong",
    says="The gradient of the variance in your dx has the power -1/2 of (var + eps) where the derivative "
    "has -3/2.",
    hint="What is the derivative of v ** -0.5?",
    lecture="000:1010 the gradient of sigma squared, -3/2",
)
def var_term_power(dout, cache):
    direct, mean, projection = bn.terms(dout, cache).values()
    return _gradients(dout, cache, dx=direct + mean + projection / cache.inv_std**2)


@variant(
    "bn.spatial-count",
    of=bn.backward,
    kind="wrong",
    says="Your dx divides by the number of images; a channel has N * H * W values.",
    hint="Over how many values did the forward take the mean of a channel?",
    lecture="001:1711 (20, 100, 35, 45): how many values has a channel?",
)
def spatial_count(dout, cache):
    pixels = dout[0, 0].size
    return _weighted(1, pixels, pixels)(dout, cache)


backward_feature_axis = variant(
    "bn.backward-feature-axis",
    of=bn.backward,
    kind="wrong",
    says="The means in your dx are over the features of an example; mu and var are over the batch.",
    hint="Over which axis did the forward take its mean?",
    lecture="000:1012 the gradient of mu, the sum runs over i = 1..m",
)(lambda dout, cache: _gradients(dout, cache, dx=_over_features(dout, cache)))


def _over_features(dout, cache):
    return cache.inv_std * _centred(dout * cache.gamma, cache.xhat, 1)


# -------------------------------------------------------------------------- backward: factors of the whole dx


@variant(
    "bn.no-gamma",
    of=bn.backward,
    kind="wrong",
    says="Your dx lacks the factor gamma.",
    hint="Between out and xhat stands a multiplication. What does the chain rule make of it?",
    lecture="000:1008 the gradient of xhat",
)
def no_gamma(dout, cache):
    dx, _, _ = bn.backward(dout, cache._replace(gamma=np.ones_like(cache.gamma)))
    return _gradients(dout, cache, dx=dx)


@variant(
    "bn.no-inv-std",
    of=bn.backward,
    kind="wrong",
    says="Your dx lacks the division by the standard deviation.",
    hint="If x is measured in metres, in what unit is dx? And without that division?",
    lecture="000:1014 the gradient of x, 1 over the root",
)
def no_inv_std(dout, cache):
    return _gradients(dout, cache, dx=bn.backward(dout, cache)[0] / cache.inv_std)


@variant(
    "bn.inv-var",
    of=bn.backward,
    kind="wrong",
    says="Your dx is divided by the variance; its factor is one over the standard deviation.",
    hint="What did the forward divide by?",
    lecture="000:1014 the gradient of x, 1 over the root",
)
def inv_var(dout, cache):
    return _gradients(dout, cache, dx=bn.backward(dout, cache)[0] * cache.inv_std)


@variant(
    "bn.no-eps-backward",
    of=bn.backward,
    kind="wrong",
    says="Your dx divides by sqrt(var), without the epsilon that the forward used.",
    hint="By what did the forward divide? Is it in your cache?",
    lecture="000:1014 the gradient of x, 1 over the root of sigma squared plus epsilon",
)
def no_eps_backward(dout, cache):
    dx, _, _ = bn.backward(dout, cache._replace(inv_std=1 / np.sqrt(cache.var)))
    return _gradients(dout, cache, dx=dx)


@variant(
    "bn.dxhat-as-dx",
    of=bn.backward,
    kind="wrong",
    says="You return the gradient of xhat as dx: the normalisation is not differentiated.",
    hint="How does xhat depend on x?",
    lecture="000:1014 the gradient of x",
)
def dxhat_as_dx(dout, cache):
    return _gradients(dout, cache, dx=dout * cache.gamma)


@variant(
    "bn.dout-as-dx",
    of=bn.backward,
    kind="wrong",
    says="You return dout as dx.",
    hint="Is out = x? If not, what stands between them?",
    lecture="000:1014 the gradient of x",
)
def dout_as_dx(dout, cache):
    return _gradients(dout, cache, dx=dout)


@variant(
    "bn.zero-gradient",
    of=bn.backward,
    kind="wrong",
    says="You return zeros.",
    hint="Is the array that you made with np.zeros ever filled?",
    lecture="000:1014 the gradients of x, gamma and beta",
)
def zero_gradient(dout, cache):
    return tuple(np.zeros_like(gradient) for gradient in bn.backward(dout, cache))


# ------------------------------------------------------------------------------- backward: dgamma and dbeta


@variant(
    "bn.dgamma-raw-x",
    of=bn.backward,
    kind="wrong",
    says="Your dgamma sums dout * x; gamma multiplies xhat.",
    hint="What does gamma multiply in the forward?",
    lecture="000:1016 the gradient of gamma",
)
def dgamma_raw_x(dout, cache):
    return _gradients(dout, cache, dgamma=_summed(dout * cache.x))


@variant(
    "bn.dgamma-centred",
    of=bn.backward,
    kind="wrong",
    says="Your dgamma sums dout * (x - mu); gamma multiplies xhat, which is also divided by the standard "
    "deviation.",
    hint="What does gamma multiply in the forward?",
    lecture="000:1016 the gradient of gamma",
)
def dgamma_centred(dout, cache):
    return _gradients(dout, cache, dgamma=_summed(dout * (cache.x - cache.mu)))


@variant(
    "bn.dgamma-mean",
    of=bn.backward,
    kind="wrong",
    says="Your dgamma is a mean over the batch; the gradient is the sum.",
    hint="gamma takes part in every example's output. How do its effects on the loss combine?",
    lecture="000:1016 the gradient of gamma, a sum over i = 1..m",
)
def dgamma_mean(dout, cache):
    return _gradients(dout, cache, dgamma=_averaged(dout * cache.xhat))


@variant(
    "bn.dgamma-is-dbeta",
    of=bn.backward,
    kind="wrong",
    says="What you return as dgamma is dbeta: the sum of dout, without xhat.",
    hint="gamma multiplies something in the forward, beta does not.",
    lecture="000:1016 the gradient of gamma",
)
def dgamma_is_dbeta(dout, cache):
    return _gradients(dout, cache, dgamma=_summed(dout))


@variant(
    "bn.dgamma-scaled",
    of=bn.backward,
    kind="wrong",
    says="Your dgamma has a factor gamma too many.",
    hint="out = gamma * xhat + beta. Does its derivative by gamma contain gamma?",
    lecture="000:1016 the gradient of gamma",
)
def dgamma_scaled(dout, cache):
    return _gradients(dout, cache, dgamma=_summed(dout * cache.gamma * cache.xhat))


@variant(
    "bn.dbeta-mean",
    of=bn.backward,
    kind="wrong",
    says="Your dbeta is a mean over the batch; the gradient is the sum.",
    hint="beta takes part in every example's output. How do its effects on the loss combine?",
    lecture="000:1018 the gradient of beta, a sum over i = 1..m",
)
def dbeta_mean(dout, cache):
    return _gradients(dout, cache, dbeta=_averaged(dout))


@variant(
    "bn.dbeta-is-dgamma",
    of=bn.backward,
    kind="wrong",
    says="What you return as dbeta is dgamma: the sum of dout * xhat.",
    hint="beta is added in the forward. What does it multiply?",
    lecture="000:1018 the gradient of beta",
)
def dbeta_is_dgamma(dout, cache):
    return _gradients(dout, cache, dbeta=_summed(dout * cache.xhat))


@variant(
    "bn.dbeta-scaled",
    of=bn.backward,
    kind="wrong",
    says="Your dbeta has a factor gamma too many.",
    hint="out = gamma * xhat + beta. Does its derivative by beta contain gamma?",
    lecture="000:1018 the gradient of beta",
)
def dbeta_scaled(dout, cache):
    return _gradients(dout, cache, dbeta=_summed(dout * cache.gamma))


# ------------------------------------------------------------------------------------- running statistics


@variant(
    "bn.momentum-of-old",
    of=statistics.moving_statistics,
    kind="note",
    says="You weigh the old statistics by momentum; in this course momentum is the weight of the new batch.",
    hint="With momentum = 0.1, how much of the new batch should the result contain?",
    lecture="003:59 alpha weighs the batch (as in PyTorch; other courses weigh the old value)",
)
def momentum_of_old(x, running_mean, running_var, momentum):
    return statistics.moving_statistics(x, running_mean, running_var, 1 - momentum)


@variant(
    "bn.running-var-unbiased",
    of=statistics.moving_statistics,
    kind="note",
    says="Your running variance takes the unbiased variance of the batch, as PyTorch does; this course takes "
    "the biased one.",
    hint="By what does the lecture's variance of a batch divide?",
    lecture="003:61 variance of the batch (000:1030 has m/(m - 1), once, after averaging)",
)
def running_var_unbiased(x, running_mean, running_var, momentum):
    mean, var = statistics.moving_statistics(x, running_mean, running_var, momentum)
    return mean, var + momentum * x.var(axis=0) / (_m(x) - 1)


@variant(
    "bn.momentum-of-old-unbiased",
    of=statistics.moving_statistics,
    kind="note",
    says="You weigh the old variance by momentum, and the batch's variance is the unbiased one; in this "
    "course momentum is the weight of the new batch, whose variance is biased.",
    hint="With momentum = 0.1, how much of the new batch should the result contain?",
    lecture="003:61 alpha weighs the batch",
)
def momentum_of_old_unbiased(x, running_mean, running_var, momentum):
    mean, _ = statistics.moving_statistics(x, running_mean, running_var, momentum)
    return mean, running_var_unbiased.wrong(x, running_mean, running_var, 1 - momentum)[1]


@variant(
    "bn.running-never-updated",
    of=statistics.moving_statistics,
    kind="wrong",
    says="You return the running statistics as they were.",
    hint="Are the new values stored, and are they what you return?",
    lecture="003:57 update with moving average while training",
)
def running_never_updated(x, running_mean, running_var, momentum):
    return running_mean, running_var


@variant(
    "bn.running-replaced",
    of=statistics.moving_statistics,
    kind="wrong",
    says="You return the statistics of this batch alone.",
    hint="What is left of the earlier batches?",
    lecture="003:57 update with moving average while training",
)
def running_replaced(x, running_mean, running_var, momentum):
    return statistics.dataset_statistics(x)


@variant(
    "bn.running-no-decay",
    of=statistics.moving_statistics,
    kind="wrong",
    says="You add the new batch without shrinking the old value by 1 - momentum.",
    hint="If every batch has the same mean, where does your running mean go?",
    lecture="003:59 moving average, (1 - alpha)",
)
def running_no_decay(x, running_mean, running_var, momentum):
    mean, var = statistics.dataset_statistics(x)
    return running_mean + momentum * mean, running_var + momentum * var


@variant(
    "bn.running-std",
    of=statistics.moving_statistics,
    kind="wrong",
    says="Your running variance takes the standard deviation of the batch.",
    hint="Inference takes a root of what you store. Of what should it be the root?",
    lecture="003:61 moving average of the variance",
)
def running_std(x, running_mean, running_var, momentum):
    mean, _ = statistics.moving_statistics(x, running_mean, running_var, momentum)
    return mean, momentum * x.std(axis=0) + (1 - momentum) * running_var


@variant(
    "bn.running-var-eps",
    of=statistics.moving_statistics,
    kind="wrong",
    says="Your running variance takes the variance with an epsilon of 1e-5 already added.",
    hint="Inference adds eps to the running variance. How often is it then in there?",
    lecture="003:61 moving average of the variance",
)
def running_var_eps(x, running_mean, running_var, momentum):
    mean, var = statistics.moving_statistics(x, running_mean, running_var, momentum)
    return mean, var + momentum * 1e-5


@variant(
    "bn.running-var-centre",
    of=statistics.moving_statistics,
    kind="wrong",
    says="Your variance of the batch is taken about the running mean, not about the batch's own.",
    hint="From which mean do you subtract when you compute the variance of this batch?",
    lecture="000:1002 mini-batch variance, about the mini-batch mean",
)
def running_var_centre(x, running_mean, running_var, momentum):
    mean, _ = statistics.moving_statistics(x, running_mean, running_var, momentum)
    var = ((x - running_mean) ** 2).mean(axis=0)
    return mean, momentum * var + (1 - momentum) * running_var


@variant(
    "bn.running-all-axes",
    of=statistics.moving_statistics,
    kind="wrong",
    says="You take one mean and one variance of the whole batch; each feature has its own.",
    hint="What is the shape of the batch's mean before you mix it in?",
    lecture="001:1660 processes the input components separately",
)
def running_all_axes(x, running_mean, running_var, momentum):
    return (
        momentum * x.mean() + (1 - momentum) * running_mean,
        momentum * x.var() + (1 - momentum) * running_var,
    )


# ---------------------------------------------------------------------------------------------- inference


@variant(
    "bn.inference-batch-statistics",
    of=statistics.inference,
    kind="wrong",
    says="You normalise by the statistics of the batch, not by the given ones.",
    hint="Which lines read the arguments mean and var? What should a batch of one example give?",
    lecture="001:1654 at inference time, use statistics of the whole dataset",
)
def inference_batch_statistics(x, gamma, beta, mean, var, eps=1e-5):
    return bn.forward(x, gamma, beta, eps)[0]


@variant(
    "bn.inference-no-affine",
    of=statistics.inference,
    kind="wrong",
    says="You leave out gamma and beta at inference.",
    hint="The next layer was trained on gamma * xhat + beta. What does it get now?",
    lecture="000:1035 inference",
)
def inference_no_affine(x, gamma, beta, mean, var, eps=1e-5):
    return (x - mean) / np.sqrt(var + eps)


@variant(
    "bn.inference-no-gamma",
    of=statistics.inference,
    kind="wrong",
    says="You leave out gamma at inference.",
    hint="The next layer was trained on gamma * xhat + beta. What does it get now?",
    lecture="000:1035 inference",
)
def inference_no_gamma(x, gamma, beta, mean, var, eps=1e-5):
    return (x - mean) / np.sqrt(var + eps) + beta


@variant(
    "bn.inference-no-beta",
    of=statistics.inference,
    kind="wrong",
    says="You leave out beta at inference.",
    hint="The next layer was trained on gamma * xhat + beta. What does it get now?",
    lecture="000:1035 inference",
)
def inference_no_beta(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * (x - mean) / np.sqrt(var + eps)


@variant(
    "bn.inference-no-mean",
    of=statistics.inference,
    kind="wrong",
    says="You don't subtract the given mean at inference.",
    hint="An example that equals the mean should come out as what?",
    lecture="000:1035 inference",
)
def inference_no_mean(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * x / np.sqrt(var + eps) + beta


@variant(
    "bn.inference-var-for-std",
    of=statistics.inference,
    kind="wrong",
    says="You divide by the given variance; normalising divides by its square root.",
    hint="If x is measured in metres, in what unit is your xhat?",
    lecture="000:1035 inference, the root of Var[x] + epsilon",
)
def inference_var_for_std(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * (x - mean) / (var + eps) + beta


@variant(
    "bn.inference-unbiased",
    of=statistics.inference,
    kind="wrong",
    says="You multiply the given variance by m/(m - 1) of this batch; it is to be used as it is given.",
    hint="May the output for one example depend on how many others come with it?",
    lecture="000:1030 the m there is the size of a training batch",
)
def inference_unbiased(x, gamma, beta, mean, var, eps=1e-5):
    m = _m(x)
    return gamma * (x - mean) / np.sqrt(var * m / (m - 1) + eps) + beta


def _inference_eps_outside(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * (x - mean) / (np.sqrt(var) + eps) + beta


inference_eps_outside = Variant(eps_outside.words, statistics.inference, _inference_eps_outside)


@variant(
    "bn.inference-no-eps",
    of=statistics.inference,
    kind="wrong",
    says="You leave epsilon out at inference.",
    hint="What do you divide by when the given variance is zero?",
    lecture="000:1035 inference, the root of Var[x] + epsilon",
)
def inference_no_eps(x, gamma, beta, mean, var, eps=1e-5):
    return gamma * (x - mean) / np.sqrt(var) + beta


@variant(
    "bn.inference-fixed-eps",
    of=statistics.inference,
    kind="wrong",
    says="You use an epsilon of 1e-5 whatever eps is given.",
    hint="Which line reads the argument eps?",
    lecture="000:1035 inference",
)
def inference_fixed_eps(x, gamma, beta, mean, var, eps=1e-5):
    return statistics.inference(x, gamma, beta, mean, var, 1e-5)


# ------------------------------------------------------------------------------------------------ folding


@variant(
    "bn.fold-no-mean",
    of=statistics.fold,
    kind="wrong",
    says="Your shift is beta alone; the mean is not folded in.",
    hint="With your scale and shift, what does x = mean give, and what should it give?",
    lecture="000:1035 inference, the bracket",
)
def fold_no_mean(gamma, beta, mean, var, eps=1e-5):
    return statistics.fold(gamma, beta, mean, var, eps)[0], beta


@variant(
    "bn.fold-unscaled-mean",
    of=statistics.fold,
    kind="wrong",
    says="Your shift subtracts the mean as it is; the mean goes through the scale, too.",
    hint="Multiply out scale * (x - mean) + beta.",
    lecture="000:1035 inference, the bracket",
)
def fold_unscaled_mean(gamma, beta, mean, var, eps=1e-5):
    return statistics.fold(gamma, beta, mean, var, eps)[0], beta - mean


@variant(
    "bn.fold-shift-sign",
    of=statistics.fold,
    kind="wrong",
    says="Your shift adds the scaled mean; it is to be subtracted.",
    hint="Multiply out scale * (x - mean) + beta.",
    lecture="000:1035 inference, the bracket",
)
def fold_shift_sign(gamma, beta, mean, var, eps=1e-5):
    return statistics.fold(gamma, beta, -mean, var, eps)


@variant(
    "bn.fold-beta-scaled",
    of=statistics.fold,
    kind="wrong",
    says="Your shift scales beta, too; beta is added after the scale.",
    hint="Multiply out scale * (x - mean) + beta.",
    lecture="000:1035 inference, the bracket",
)
def fold_beta_scaled(gamma, beta, mean, var, eps=1e-5):
    scale, _ = statistics.fold(gamma, beta, mean, var, eps)
    return scale, scale * (beta - mean)


@variant(
    "bn.fold-no-beta",
    of=statistics.fold,
    kind="wrong",
    says="Your shift lacks beta.",
    hint="With your scale and shift, what does x = mean give, and what should it give?",
    lecture="000:1035 inference, the bracket",
)
def fold_no_beta(gamma, beta, mean, var, eps=1e-5):
    return statistics.fold(gamma, 0 * beta, mean, var, eps)


@variant(
    "bn.fold-no-gamma",
    of=statistics.fold,
    kind="wrong",
    says="Your folded form lacks gamma.",
    hint="What multiplies x once everything is multiplied out?",
    lecture="000:1035 inference, gamma over the root",
)
def fold_no_gamma(gamma, beta, mean, var, eps=1e-5):
    return statistics.fold(np.ones_like(gamma), beta, mean, var, eps)


@variant(
    "bn.fold-var-for-std",
    of=statistics.fold,
    kind="wrong",
    says="You divide by the variance; the scale has its square root.",
    hint="If x is measured in metres, in what unit must the scale be?",
    lecture="000:1035 inference, the root of Var[x] + epsilon",
)
def fold_var_for_std(gamma, beta, mean, var, eps=1e-5):
    scale = gamma / (var + eps)
    return scale, beta - scale * mean


def _fold_eps_outside(gamma, beta, mean, var, eps=1e-5):
    scale = gamma / (np.sqrt(var) + eps)
    return scale, beta - scale * mean


fold_eps_outside = Variant(eps_outside.words, statistics.fold, _fold_eps_outside)


@variant(
    "bn.fold-no-eps",
    of=statistics.fold,
    kind="wrong",
    says="You leave epsilon out of the folded form.",
    hint="What do you divide by when the given variance is zero?",
    lecture="000:1035 inference, the root of Var[x] + epsilon",
)
def fold_no_eps(gamma, beta, mean, var, eps=1e-5):
    return statistics.fold(gamma, beta, mean, var, 0.0)


@variant(
    "bn.fold-fixed-eps",
    of=statistics.fold,
    kind="wrong",
    says="You use an epsilon of 1e-5 whatever eps is given.",
    hint="Which line reads the argument eps?",
    lecture="000:1035 inference",
)
def fold_fixed_eps(gamma, beta, mean, var, eps=1e-5):
    return statistics.fold(gamma, beta, mean, var, 1e-5)
