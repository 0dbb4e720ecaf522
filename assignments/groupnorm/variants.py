"""What goes wrong in group normalisation: each mistake is a program with the oracle's signature."""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from suites import variant

from . import oracle
from .oracle import channel, grouped

# Where the lectures have the same for the batch.
STATISTICS = "000:1002 the same for batch normalisation; groups: Wu and He, 2018"
GRADIENT = "000:974 gradients should take normalization into account"


def normalised(x, gamma, beta, eps, axes, shape=None):
    """The output with statistics over other axes of x, laid out in another shape."""
    rows = x if shape is None else x.reshape(shape)
    mu, var = rows.mean(axis=axes, keepdims=True), rows.var(axis=axes, keepdims=True)
    return channel(gamma) * ((rows - mu) / np.sqrt(var + eps)).reshape(x.shape) + channel(beta)


def with_scale(x, gamma, beta, groups, eps, inv_std_of):
    """The forward with another inverse standard deviation, a function of the variance of a group."""
    rows = grouped(x, groups)
    inv_std = inv_std_of(rows.var(axis=2, keepdims=True))
    xhat = ((rows - rows.mean(axis=2, keepdims=True)) * inv_std).reshape(x.shape)
    out = channel(gamma) * xhat + channel(beta)
    return out, oracle.Cache(x, xhat, inv_std, gamma, groups, eps)


# ------------------------------------------------------------------ forward: over what


@variant(
    "gn.over-batch",
    of=oracle.forward,
    kind="wrong",
    says="The statistics run over the batch, too: each image gets those of all.",
    hint="Give your layer one image twice. Does it change the output of the first?",
    lecture=STATISTICS,
)
def over_batch(x, gamma, beta, groups, eps):
    n, c, h, w = x.shape
    return normalised(x, gamma, beta, eps, (0, 2, 3, 4), (n, groups, c // groups, h, w)), None


@variant(
    "gn.is-batchnorm",
    of=oracle.forward,
    kind="wrong",
    says="This is batch normalisation: each channel has its statistics over the batch.",
    hint="Where in your function does the number of groups enter?",
    lecture="001:1711 batch normalisation of images",
)
def is_batchnorm(x, gamma, beta, groups, eps):
    return normalised(x, gamma, beta, eps, (0, 2, 3)), None


@variant(
    "gn.is-layernorm",
    of=oracle.forward,
    kind="wrong",
    says="This is layer normalisation: all channels are one group.",
    hint="Where in your function does the number of groups enter?",
    lecture=STATISTICS,
)
def is_layernorm(x, gamma, beta, groups, eps):
    return normalised(x, gamma, beta, eps, (1, 2, 3)), None


@variant(
    "gn.is-instancenorm",
    of=oracle.forward,
    kind="wrong",
    says="This is instance normalisation: every channel is a group of its own.",
    hint="Which channels share a mean?",
    lecture=STATISTICS,
)
def is_instancenorm(x, gamma, beta, groups, eps):
    return normalised(x, gamma, beta, eps, (2, 3)), None


@variant(
    "gn.each-pixel",
    of=oracle.forward,
    kind="wrong",
    says="The statistics run over the channels of a group only: every pixel has its own.",
    hint="How many values does the mean of a group take in?",
    lecture=STATISTICS,
)
def each_pixel(x, gamma, beta, groups, eps):
    n, c, h, w = x.shape
    return normalised(x, gamma, beta, eps, (2,), (n, groups, c // groups, h, w)), None


@variant(
    "gn.size-for-number",
    of=oracle.forward,
    kind="wrong",
    says="`groups` is taken for the number of channels in a group; it is the number of groups.",
    hint="Six channels, groups = 3. How many channels share a mean?",
    lecture=STATISTICS,
)
def size_for_number(x, gamma, beta, groups, eps):
    return oracle.forward(x, gamma, beta, x.shape[1] // groups, eps)


@variant(
    "gn.interleaved",
    of=oracle.forward,
    kind="note",
    says="The channels of a group lie `groups` apart; the handout takes those that follow each other.",
    hint="Six channels, three groups. Which channel shares its group with channel 0?",
    lecture=STATISTICS,
)
def interleaved(x, gamma, beta, groups, eps):
    n, c, h, w = x.shape
    return normalised(x, gamma, beta, eps, (1, 3, 4), (n, c // groups, groups, h, w)), None


@variant(
    "gn.groups-of-batch",
    of=oracle.forward,
    kind="wrong",
    says="The groups are made of the wrong axis: reshape mixes images, or rows of an image, into one group.",
    hint="x.reshape(groups, -1): which numbers stand in its first row?",
    lecture=STATISTICS,
)
def groups_of_batch(x, gamma, beta, groups, eps):
    return normalised(x, gamma, beta, eps, (1,), (groups, -1)), None


# ------------------------------------------------------------------ forward: how


@variant(
    "gn.eps-outside",
    of=oracle.forward,
    kind="note",
    says="eps is added to the standard deviation, outside the root; the handout adds it to the variance.",
    hint="Where does eps stand: sqrt(var + eps), or sqrt(var) + eps?",
    lecture="000:1004 eps under the root",
)
def eps_outside(x, gamma, beta, groups, eps):
    return with_scale(x, gamma, beta, groups, eps, lambda var: 1 / (np.sqrt(var) + eps))


@variant(
    "gn.no-eps",
    of=oracle.forward,
    kind="wrong",
    says="eps is left out.",
    hint="What is your output where a group is constant?",
    lecture="000:1004 eps under the root",
)
def no_eps(x, gamma, beta, groups, eps):
    return with_scale(x, gamma, beta, groups, eps, lambda var: 1 / np.sqrt(var))


@variant(
    "gn.fixed-eps",
    of=oracle.forward,
    kind="wrong",
    says="eps is 1e-5 whatever is given.",
    hint="Where in your function does the argument eps enter?",
    lecture="000:1004 eps under the root",
)
def fixed_eps(x, gamma, beta, groups, eps):
    return with_scale(x, gamma, beta, groups, eps, lambda var: 1 / np.sqrt(var + 1e-5))


@variant(
    "gn.unbiased",
    of=oracle.forward,
    kind="wrong",
    says="The variance is the unbiased one (divided by m - 1).",
    hint="What is the biased standard deviation of a group of your xhat, and what should it be?",
    lecture="000:1002 mini-batch variance, 1/m",
)
def unbiased(x, gamma, beta, groups, eps):
    m = np.float64(x[0].size / groups)
    return with_scale(x, gamma, beta, groups, eps, lambda var: 1 / np.sqrt(var * m / (m - 1) + eps))[0], None


@variant(
    "gn.variance-for-deviation",
    of=oracle.forward,
    kind="wrong",
    says="It divides by the variance: the root is missing.",
    hint="x is doubled. What happens to xhat?",
    lecture="000:1004 normalize",
)
def variance_for_deviation(x, gamma, beta, groups, eps):
    return with_scale(x, gamma, beta, groups, eps, lambda var: 1 / (var + eps))[0], None


@variant(
    "gn.uncentred-variance",
    of=oracle.forward,
    kind="wrong",
    says="The variance is the mean of the squares: the mean was not subtracted first.",
    hint="Add 10 to every value of the image. Should the variance change?",
    lecture="000:1002 mini-batch variance",
)
def uncentred_variance(x, gamma, beta, groups, eps):
    rows = grouped(x, groups)
    square = (rows**2).mean(axis=2, keepdims=True)
    return with_scale(x, gamma, beta, groups, eps, lambda var: 1 / np.sqrt(square + eps))[0], None


@variant(
    "gn.not-centred",
    of=oracle.forward,
    kind="wrong",
    says="The mean is not subtracted.",
    hint="What is the mean of a group of your xhat?",
    lecture="000:1004 normalize",
)
def not_centred(x, gamma, beta, groups, eps):
    rows = grouped(x, groups)
    xhat = (rows / np.sqrt(rows.var(axis=2, keepdims=True) + eps)).reshape(x.shape)
    return channel(gamma) * xhat + channel(beta), None


@variant(
    "gn.not-scaled",
    of=oracle.forward,
    kind="wrong",
    says="The output is centred, but not divided by the standard deviation.",
    hint="x is doubled. What happens to the output?",
    lecture="000:1004 normalize",
)
def not_scaled(x, gamma, beta, groups, eps):
    return with_scale(x, gamma, beta, groups, eps, np.ones_like)[0], None


@variant(
    "gn.no-gamma",
    of=oracle.forward,
    kind="wrong",
    says="gamma is left out.",
    hint="gamma = 0. What is the output?",
    lecture="000:1006 scale and shift",
)
def no_gamma(x, gamma, beta, groups, eps):
    return oracle.forward(x, np.ones_like(gamma), beta, groups, eps)[0], None


@variant(
    "gn.no-beta",
    of=oracle.forward,
    kind="wrong",
    says="beta is left out.",
    hint="gamma = 0. What is the output?",
    lecture="000:1006 scale and shift",
)
def no_beta(x, gamma, beta, groups, eps):
    return oracle.forward(x, gamma, 0 * beta, groups, eps)[0], None


@variant(
    "gn.parameters-of-group",
    of=oracle.forward,
    kind="wrong",
    says="The channels of a group share the gamma and beta of its first channel.",
    hint="How many entries has gamma, and how many groups are there?",
    lecture="000:1006 scale and shift",
)
def parameters_of_group(x, gamma, beta, groups, eps):
    first = np.arange(len(gamma)) // (len(gamma) // groups) * (len(gamma) // groups)
    return oracle.forward(x, gamma[first], beta[first], groups, eps)[0], None


# ------------------------------------------------------------------ backward


def weighted(direct, mean, projection):
    """dx with other weights on its terms; a weight may be a function of the cache."""

    def wrong(dout, cache):
        _, dgamma, dbeta = oracle.backward(dout, cache)
        weights = (w(cache) if callable(w) else w for w in (direct, mean, projection))
        dx = sum(w * term for w, term in zip(weights, oracle.terms(dout, cache).values(), strict=True))
        return dx, dgamma, dbeta

    return wrong


def values(cache):
    """How many values a group has; a float, so that 1 gives inf where m - 1 divides."""
    return np.float64(cache.x[0].size / cache.groups)


def channels(cache):
    """How many channels a group has."""
    return cache.x.shape[1] // cache.groups


constant = variant(
    "gn.stats-constant",
    of=oracle.backward,
    kind="wrong",
    says="dx treats the mean and the variance of a group as constants.",
    hint="mu and var depend on every value of the group. What must dx sum to over a group?",
    lecture=GRADIENT,
)(weighted(1, 0, 0))

no_mean_term = variant(
    "gn.no-mean-term",
    of=oracle.backward,
    kind="wrong",
    says="dx treats the mean of a group as a constant.",
    hint="All values of a group grow by the same. What does the output do, and what must dx sum to?",
    lecture=GRADIENT,
)(weighted(1, 0, 1))

no_variance_term = variant(
    "gn.no-var-term",
    of=oracle.backward,
    kind="wrong",
    says="dx treats the variance of a group as a constant.",
    hint="All deviations from the mean are doubled. What does the output do?",
    lecture=GRADIENT,
)(weighted(1, 1, 0))

projection_sign = variant(
    "gn.projection-sign",
    of=oracle.backward,
    kind="wrong",
    says="The term through the variance has the wrong sign.",
    hint="All deviations from the mean are doubled. What does the output do?",
    lecture=GRADIENT,
)(weighted(1, 1, -1))

sum_for_mean = variant(
    "gn.sum-for-mean",
    of=oracle.backward,
    kind="wrong",
    says="Both terms that go through the statistics take sums over the group; they are means.",
    hint="What must dx sum to over a group?",
    lecture=GRADIENT,
)(weighted(1, values, values))

count_pixels = variant(
    "gn.counts-pixels",
    of=oracle.backward,
    kind="wrong",
    says="Both terms that go through the statistics are divided by H W; a group has C/G H W values.",
    hint="Over how many values did the forward take the mean of a group?",
    lecture=GRADIENT,
)(weighted(1, channels, channels))

sum_in_projection = variant(
    "gn.sum-in-projection",
    of=oracle.backward,
    kind="wrong",
    says="The term through the variance takes a sum over the group; it is a mean.",
    hint="All deviations from the mean are doubled. What does the output do?",
    lecture=GRADIENT,
)(weighted(1, 1, values))

unbiased_backward = variant(
    "gn.unbiased-backward",
    of=oracle.backward,
    kind="wrong",
    says="The term through the variance divides by m - 1, the forward by m.",
    hint="By which number did the forward divide the squares?",
    lecture="000:1002 mini-batch variance, 1/m",
)(weighted(1, 1, lambda cache: values(cache) / (values(cache) - 1)))


@variant(
    "gn.dx-no-gamma",
    of=oracle.backward,
    kind="wrong",
    says="dx lacks gamma.",
    hint="gamma = 0 makes out = beta, whatever x is. What is your dx then?",
    lecture="000:1006 scale and shift",
)
def dx_no_gamma(dout, cache):
    _, dgamma, dbeta = oracle.backward(dout, cache)
    return oracle.backward(dout, cache._replace(gamma=np.ones_like(cache.gamma)))[0], dgamma, dbeta


@variant(
    "gn.gamma-last",
    of=oracle.backward,
    kind="wrong",
    says="dx is multiplied by gamma at the end: within a group the channels' gammas differ.",
    hint="Which numbers does the mean over a group average: dout, or dout gamma?",
    lecture="000:1006 scale and shift",
)
def gamma_last(dout, cache):
    dx, dgamma, dbeta = dx_no_gamma.wrong(dout, cache)
    return channel(cache.gamma) * dx, dgamma, dbeta


@variant(
    "gn.backward-over-batch",
    of=oracle.backward,
    kind="wrong",
    says="The means in dx run over the batch, too.",
    hint="Does out of one image depend on x of another?",
    lecture=GRADIENT,
)
def backward_over_batch(dout, cache):
    _, dgamma, dbeta = oracle.backward(dout, cache)
    dxhat, xhat = (grouped(a, cache.groups) for a in (dout * channel(cache.gamma), cache.xhat))
    means = [a.mean(axis=(0, 2), keepdims=True) for a in (dxhat, dxhat * xhat)]
    dx = cache.inv_std * (dxhat - means[0] - xhat * means[1])
    return dx.reshape(dout.shape), dgamma, dbeta


@variant(
    "gn.backward-each-channel",
    of=oracle.backward,
    kind="wrong",
    says="The means in dx run over each channel instead of over each group.",
    hint="Which values share a mean in the forward?",
    lecture=GRADIENT,
)
def backward_each_channel(dout, cache):
    _, dgamma, dbeta = oracle.backward(dout, cache)
    dxhat, xhat = dout * channel(cache.gamma), cache.xhat
    means = [a.mean(axis=(2, 3), keepdims=True) for a in (dxhat, dxhat * xhat)]
    inv_std = np.repeat(cache.inv_std, len(cache.gamma) // cache.groups, axis=1)[..., np.newaxis]
    return inv_std * (dxhat - means[0] - xhat * means[1]), dgamma, dbeta


@variant(
    "gn.backward-no-eps",
    of=oracle.backward,
    kind="wrong",
    says="The backward divides by sqrt(var), without eps.",
    hint="By which number did the forward divide?",
    lecture="000:1004 eps under the root",
)
def backward_no_eps(dout, cache):
    var = grouped(cache.x, cache.groups).var(axis=2, keepdims=True)
    _, dgamma, dbeta = oracle.backward(dout, cache)
    return oracle.backward(dout, cache._replace(inv_std=1 / np.sqrt(var)))[0], dgamma, dbeta


@variant(
    "gn.dgamma-raw-x",
    of=oracle.backward,
    kind="wrong",
    says="dgamma is the sum of dout x; gamma multiplies xhat.",
    hint="out = gamma xhat + beta. What multiplies gamma?",
    lecture="000:1006 scale and shift",
)
def dgamma_raw_x(dout, cache):
    dx, _, dbeta = oracle.backward(dout, cache)
    return dx, (dout * cache.x).sum(axis=(0, 2, 3)), dbeta


@variant(
    "gn.dgamma-no-xhat",
    of=oracle.backward,
    kind="wrong",
    says="dgamma is the sum of dout: that is dbeta.",
    hint="out = gamma xhat + beta. What multiplies gamma?",
    lecture="000:1006 scale and shift",
)
def dgamma_no_xhat(dout, cache):
    dx, _, dbeta = oracle.backward(dout, cache)
    return dx, dbeta, dbeta


def parameters_by(reduce):
    """dgamma and dbeta reduced in another way."""

    def wrong(dout, cache):
        return oracle.backward(dout, cache)[0], reduce(dout * cache.xhat, cache), reduce(dout, cache)

    return wrong


parameters_mean = variant(
    "gn.parameters-mean",
    of=oracle.backward,
    kind="wrong",
    says="dgamma and dbeta are means; they are sums.",
    hint="One gamma serves every pixel of its channel. How do their demands on it combine?",
    lecture="000:1006 scale and shift",
)(parameters_by(lambda a, cache: a.mean(axis=(0, 2, 3))))

parameters_batch_mean = variant(
    "gn.parameters-batch-mean",
    of=oracle.backward,
    kind="wrong",
    says="dgamma and dbeta are averaged over the batch; it is a sum.",
    hint="One gamma serves every image. Who has already divided by N?",
    lecture="000:1006 scale and shift",
)(parameters_by(lambda a, cache: a.sum(axis=(2, 3)).mean(axis=0)))

parameters_of_batch = variant(
    "gn.parameters-over-batch-only",
    of=oracle.backward,
    kind="wrong",
    says="dgamma and dbeta are summed over the batch, but not over the pixels.",
    hint="A gradient has the shape of its variable. How many entries has gamma?",
    lecture="000:1006 scale and shift",
)(parameters_by(lambda a, cache: a.sum(axis=0)))

parameters_of_images = variant(
    "gn.parameters-each-image",
    of=oracle.backward,
    kind="wrong",
    says="dgamma and dbeta are summed over the pixels, but not over the batch.",
    hint="A gradient has the shape of its variable. How many entries has gamma?",
    lecture="000:1006 scale and shift",
)(parameters_by(lambda a, cache: a.sum(axis=(2, 3))))


def over_group(a, cache):
    size = a.shape[1] // cache.groups
    return np.repeat(grouped(a, cache.groups).sum(axis=(0, 2)), size)


parameters_over_group = variant(
    "gn.parameters-over-group",
    of=oracle.backward,
    kind="wrong",
    says="dgamma and dbeta are summed over the whole group: its channels get one number.",
    hint="Which entries of out does gamma[0] touch?",
    lecture="000:1006 scale and shift",
)(parameters_by(over_group))
