"""What goes wrong with the statistics of a batch, and with noise: programs with the oracle's signature."""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from reference import affine, batchnorm, batchnorm_statistics, dropout, whitening
from reference.batchnorm import batch_axes, per_feature
from suites import variant, wrong

from . import oracle
from .oracle import TEST, TRAIN

CENTRING = "000:967 gradients should take normalization into account"
INVARIANCE = "000:1039 batch normalisation does not see the scale of the weights"
WHITENING = "000:986 whitening is costly"
IDENTITY = "003:150 batch normalisation can represent the identity"
MODES = "002:125 dropout in training and at test"
VARIATIONAL = "000:1091 variational dropout; Kingma, Salimans and Welling, 2015"


# ------------------------------------------------------------------ centring


@wrong(
    "ce.shift-outside",
    batchnorm.centre_forward,
    "b is added behind the centring.",
    "What is the mean of out, for b = 1?",
    CENTRING,
)
def shift_outside(x, b):
    return x - x.mean(axis=batch_axes(x), keepdims=True) + per_feature(b, x), None


@wrong(
    "ce.one-mean",
    batchnorm.centre_forward,
    "One mean is taken over everything.",
    "How many means are there?",
    CENTRING,
)
def one_mean(x, b):
    shifted = x + per_feature(b, x)
    return shifted - shifted.mean(), None


@wrong(
    "ce.mean-of-example",
    batchnorm.centre_forward,
    "The mean of each example is taken, over its features.",
    "Over which axis does a batch run?",
    CENTRING,
)
def mean_of_example(x, b):
    shifted = x + per_feature(b, x)
    return shifted - shifted.mean(axis=tuple(range(1, x.ndim)), keepdims=True), None


@wrong(
    "ce.dx-constant-mean",
    batchnorm.centre_backward,
    "Your dx treats the mean as a constant.",
    "Every example moves the mean. So what must dx sum to over the batch?",
    CENTRING,
)
def dx_constant_mean(dout, cache):
    return dout, batchnorm.centre_backward(dout, cache)[1]


@wrong(
    "ce.db-constant-mean",
    batchnorm.centre_backward,
    "Your db treats the mean as a constant: b would grow without end and change nothing.",
    "b is moved. What does out do?",
    CENTRING,
)
def db_constant_mean(dout, cache):
    return batchnorm.centre_backward(dout, cache)[0], dout.sum(axis=batch_axes(dout))


@wrong(
    "ce.dx-one-mean",
    batchnorm.centre_backward,
    "Your dx takes off one mean of dout for all features.",
    "Which entries of x does the mean of a feature depend on?",
    CENTRING,
)
def dx_one_mean(dout, cache):
    return dout - dout.mean(), batchnorm.centre_backward(dout, cache)[1]


@wrong(
    "ce.dx-sum",
    batchnorm.centre_backward,
    "Your dx takes off the sum of dout over the batch; its mean is meant.",
    "What must dx sum to over the batch?",
    CENTRING,
)
def dx_sum(dout, cache):
    dx = dout - dout.sum(axis=batch_axes(dout), keepdims=True)
    return dx, batchnorm.centre_backward(dout, cache)[1]


# ------------------------------------------------------------------ a normalised layer


@wrong(
    "nl.not-centred",
    oracle.layer_forward,
    "z is divided by its standard deviation, and not centred.",
    "What is the mean of out?",
    INVARIANCE,
)
def not_centred(x, w, b):
    z = x @ w + b
    return z / z.std(axis=0), None


@wrong(
    "nl.not-scaled",
    oracle.layer_forward,
    "z is centred, and not divided by its standard deviation.",
    "The weights are doubled. What does out do?",
    INVARIANCE,
)
def not_scaled(x, w, b):
    z = x @ w + b
    return z - z.mean(axis=0), None


@wrong(
    "nl.unbiased",
    oracle.layer_forward,
    "The variance is divided by N - 1.",
    "By what is the variance of a batch divided?",
    INVARIANCE,
)
def unbiased(x, w, b):
    out, _ = oracle.layer_forward(x, w, b)
    factor = np.sqrt((len(x) - 1) / len(x))
    return factor * out, None


@wrong(
    "nl.variance",
    oracle.layer_forward,
    "z is divided by its variance, without the root.",
    "What is the variance of out?",
    INVARIANCE,
)
def by_variance(x, w, b):
    out, cache = oracle.layer_forward(x, w, b)
    return out * cache.norm.inv_std, None


@wrong(
    "nl.over-features",
    oracle.layer_forward,
    "The statistics run over the features of each example: this is layer normalisation.",
    "Over which axis does a batch run?",
    INVARIANCE,
)
def over_features(x, w, b):
    z = x @ w + b
    spread = z.std(axis=1, keepdims=True)
    return (z - z.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1), None


def _layer(dout, cache, *paths):
    """The gradients through some of the paths to z; db is left at 0, where it is a mistake of its own."""
    terms = batchnorm.terms(dout, cache.norm)
    dx, dw, db = affine.backward(sum(terms[path] for path in paths), cache.dense)
    return dx, dw, 0 * db


@wrong(
    "nl.statistics-constant",
    oracle.layer_backward,
    "Mean and standard deviation are treated as constants.",
    "The weights are doubled, and out stays. So what is <dw, w>?",
    INVARIANCE,
)
def statistics_constant(dout, cache):
    return _layer(dout, cache, "direct")


@wrong(
    "nl.deviation-constant",
    oracle.layer_backward,
    "The standard deviation is treated as a constant.",
    "The weights are doubled, and out stays. So what is <dw, w>?",
    INVARIANCE,
)
def deviation_constant(dout, cache):
    return _layer(dout, cache, "direct", "mean")


@wrong(
    "nl.mean-constant",
    oracle.layer_backward,
    "The mean is treated as a constant.",
    "b is moved, and out stays. So what is db?",
    INVARIANCE,
)
def mean_constant(dout, cache):
    return _layer(dout, cache, "direct", "projection")


@wrong(
    "nl.no-deviation",
    oracle.layer_backward,
    "The gradient is not divided by the standard deviation.",
    "The weights are doubled, and out stays. What happens to dw?",
    INVARIANCE,
)
def no_deviation(dout, cache):
    std = 1 / cache.norm.inv_std
    return _layer(std * dout, cache, "direct", "mean", "projection")


@wrong(
    "nl.db-constant-mean",
    oracle.layer_backward,
    "Your db treats the mean as a constant: b would grow without end and change nothing.",
    "b is moved, and out stays. So what is db?",
    INVARIANCE,
)
def layer_db_constant_mean(dout, cache):
    dx, dw, _ = oracle.layer_backward(dout, cache)
    return dx, dw, (dout * cache.norm.inv_std).sum(axis=0)


@wrong(
    "nl.db-of-affine",
    oracle.layer_backward,
    "Your db is that of a layer without normalisation.",
    "b is moved, and out stays. So what is db?",
    INVARIANCE,
)
def db_of_affine(dout, cache):
    dx, dw, _ = oracle.layer_backward(dout, cache)
    return dx, dw, dout.sum(axis=0)


# ------------------------------------------------------------------ whitening


def _centred(x):
    return x - x.mean(axis=0)


@wrong(
    "wh.not-centred",
    whitening.whiten,
    "The data are turned and scaled, and not centred.",
    "What is the mean of out?",
    WHITENING,
)
def white_not_centred(x):
    return x @ whitening.inverse_root(whitening.covariance(x))


@wrong(
    "wh.unbiased",
    whitening.whiten,
    "The covariance is divided by N - 1.",
    "What is the covariance of out, divided by N?",
    WHITENING,
)
def white_unbiased(x):
    return whitening.whiten(x) * np.sqrt((len(x) - 1) / len(x))


@wrong(
    "wh.diagonal",
    whitening.whiten,
    "Each feature is divided by its own standard deviation: they stay correlated.",
    "What stands beside the diagonal of the covariance of out?",
    WHITENING,
)
def diagonal(x):
    return _centred(x) / x.std(axis=0)


@wrong(
    "wh.root",
    whitening.whiten,
    "The data are multiplied by the root of the covariance, not by its inverse.",
    "What is the covariance of out?",
    WHITENING,
)
def by_root(x):
    return _centred(x) @ np.linalg.inv(whitening.inverse_root(whitening.covariance(x)))


@wrong(
    "wh.inverse",
    whitening.whiten,
    "The data are multiplied by the inverse of the covariance, without a root.",
    "What is the covariance of out?",
    WHITENING,
)
def by_inverse(x):
    return _centred(x) @ np.linalg.inv(whitening.covariance(x))


@wrong(
    "wh.cholesky",
    whitening.whiten,
    "The data are white, and turned: this is the Cholesky factor of the covariance, not its symmetric root.",
    "Of the many matrices that whiten, which one is asked for?",
    WHITENING,
)
def by_cholesky(x):
    return _centred(x) @ np.linalg.inv(np.linalg.cholesky(whitening.covariance(x))).T


@wrong(
    "wh.unmixed-mean",
    whitening.whiten,
    "The covariance is that of data which are not centred.",
    "What is the covariance of out?",
    WHITENING,
)
def second_moments(x):
    return _centred(x) @ whitening.inverse_root(x.T @ x / len(x))


# ------------------------------------------------------------------ the identity


@wrong(
    "id.no-eps",
    batchnorm.identity_parameters,
    "gamma lacks eps.",
    "By what does batch normalisation divide?",
    IDENTITY,
)
def identity_no_eps(x, eps):
    mean, var = batchnorm_statistics.dataset_statistics(x)
    return np.sqrt(var), mean


@wrong(
    "id.eps-outside",
    batchnorm.identity_parameters,
    "eps is added outside the root.",
    "By what does batch normalisation divide?",
    IDENTITY,
)
def identity_eps_outside(x, eps):
    mean, var = batchnorm_statistics.dataset_statistics(x)
    return np.sqrt(var) + eps, mean


@wrong(
    "id.variance",
    batchnorm.identity_parameters,
    "gamma is the variance; its root is meant.",
    "By what does batch normalisation divide?",
    IDENTITY,
)
def identity_variance(x, eps):
    mean, var = batchnorm_statistics.dataset_statistics(x)
    return var + eps, mean


@wrong(
    "id.inverse",
    batchnorm.identity_parameters,
    "gamma divides once more, where it should undo the division.",
    "xhat is to be x again. What is it multiplied by?",
    IDENTITY,
)
def identity_inverse(x, eps):
    mean, var = batchnorm_statistics.dataset_statistics(x)
    return 1 / np.sqrt(var + eps), mean


@wrong(
    "id.minus-mean",
    batchnorm.identity_parameters,
    "beta takes the mean off a second time.",
    "gamma xhat is x without its mean. What is missing?",
    IDENTITY,
)
def identity_minus_mean(x, eps):
    mean, var = batchnorm_statistics.dataset_statistics(x)
    return np.sqrt(var + eps), -mean


@wrong(
    "id.one-and-zero",
    batchnorm.identity_parameters,
    "gamma = 1 and beta = 0 leave what is normalised as it is.",
    "What is out for gamma = 1 and beta = 0?",
    IDENTITY,
)
def one_and_zero(x, eps):
    mean, var = batchnorm_statistics.dataset_statistics(x)
    return np.ones_like(var), np.zeros_like(mean)


# ------------------------------------------------------------------ modes


def in_training(body):
    """A block that is right at test and in training does this, of (x, gamma, beta, mask, p, eps)."""

    def block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
        if mode == TEST:
            return oracle.block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode)
        return body(x, gamma, beta, mask, p, eps)

    return block


def normalised(x, gamma, beta, eps):
    """x by the statistics of its batch."""
    return batchnorm.forward(x, gamma, beta, eps)[0]


@wrong(
    "mode.ignored",
    oracle.block,
    "The mode is not looked at: at test, too, the batch gives the statistics, and entries are dropped.",
    "What does your function do with mode?",
    MODES,
)
def ignored(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    return oracle.block(x, gamma, beta, running_mean, running_var, mask, p, eps, TRAIN)


@wrong(
    "mode.batch-statistics-at-test",
    oracle.block,
    "At test the batch is normalised by its own statistics.",
    "One example comes at test. What is its variance?",
    MODES,
)
def batch_at_test(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    out = normalised(x, gamma, beta, eps)
    return out if mode == TEST else out * mask / (1 - p)


@wrong(
    "mode.running-statistics-in-training",
    oracle.block,
    "In training the batch is normalised by the running statistics.",
    "What does the gradient of batch normalisation go through in training?",
    MODES,
)
def running_in_training(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    out = oracle.block(x, gamma, beta, running_mean, running_var, mask, p, eps, TEST)
    return out if mode == TEST else out * mask / (1 - p)


@wrong(
    "mode.dropout-at-test",
    oracle.block,
    "Entries are dropped at test, too.",
    "Is the same input to give the same output at test, whatever was drawn?",
    MODES,
)
def dropout_at_test(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    return oracle.block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode) * (
        mask / (1 - p) if mode == TEST else 1
    )


@wrong(
    "mode.no-dropout",
    oracle.block,
    "Nothing is dropped in training.",
    "What is the mask for?",
    MODES,
)
@in_training
def no_dropout(x, gamma, beta, mask, p, eps):
    return normalised(x, gamma, beta, eps)


@wrong(
    "mode.unscaled",
    oracle.block,
    "What stays is not scaled, neither in training nor at test.",
    "What is the mean of out in training, and what at test?",
    MODES,
)
@in_training
def unscaled(x, gamma, beta, mask, p, eps):
    return normalised(x, gamma, beta, eps) * mask


@variant(
    "mode.plain",
    of=oracle.block,
    kind="note",
    says="What stays is not scaled in training, and all is scaled at test: plain dropout.",
    hint="Where does the handout want the factor?",
    lecture=MODES,
)
def plain(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    return (1 - p) * oracle.block(x, gamma, beta, running_mean, running_var, mask, p, eps, mode)


@wrong(
    "mode.scaled-by-p",
    oracle.block,
    "What stays is divided by p; it is kept with 1 - p.",
    "p = 0 is to change nothing. By what is then divided?",
    MODES,
)
@in_training
def scaled_by_p(x, gamma, beta, mask, p, eps):
    return normalised(x, gamma, beta, eps) * mask / (p if p else 1)


@wrong(
    "mode.dropout-first",
    oracle.block,
    "Dropout comes before batch normalisation.",
    "Which of the two does the handout put first?",
    MODES,
)
@in_training
def dropout_first(x, gamma, beta, mask, p, eps):
    return normalised(x * mask / (1 - p), gamma, beta, eps)


@wrong(
    "mode.swapped",
    oracle.block,
    "The two modes are swapped.",
    "In which mode is something dropped?",
    MODES,
)
def swapped(x, gamma, beta, running_mean, running_var, mask, p, eps, mode):
    other = TRAIN if mode == TEST else TEST
    return oracle.block(x, gamma, beta, running_mean, running_var, mask, p, eps, other)


# ------------------------------------------------------------------ variational dropout


@wrong(
    "vd.no-root",
    dropout.variational_forward,
    "The noise is multiplied by alpha; its root is meant.",
    "alpha is the variance of the factor. What is its standard deviation?",
    VARIATIONAL,
)
def no_root(x, alpha, e):
    return x * (1 + alpha * e), None


@wrong(
    "vd.added",
    dropout.variational_forward,
    "The noise is added to x; it multiplies.",
    "What is out where x is 0?",
    VARIATIONAL,
)
def added(x, alpha, e):
    return x + np.sqrt(alpha) * e, None


@wrong(
    "vd.no-one",
    dropout.variational_forward,
    "The 1 is missing: out has the mean 0.",
    "What is the mean of out, over the noise?",
    VARIATIONAL,
)
def no_one(x, alpha, e):
    return x * np.sqrt(alpha) * e, None


@wrong(
    "vd.dx-without-noise",
    dropout.variational_backward,
    "dx forgets the noise.",
    "By what was x multiplied?",
    VARIATIONAL,
)
def dx_without_noise(dout, cache):
    return dout, dropout.variational_backward(dout, cache)[1]


@wrong(
    "vd.dalpha-no-half",
    dropout.variational_backward,
    "dalpha lacks the 1/2 of the root's derivative.",
    "What is the derivative of the root of alpha?",
    VARIATIONAL,
)
def dalpha_no_half(dout, cache):
    dx, dalpha = dropout.variational_backward(dout, cache)
    return dx, 2 * dalpha


@wrong(
    "vd.dalpha-no-root",
    dropout.variational_backward,
    "dalpha is as if alpha stood there without its root.",
    "What is the derivative of the root of alpha?",
    VARIATIONAL,
)
def dalpha_no_root(dout, cache):
    dx, dalpha = dropout.variational_backward(dout, cache)
    return dx, 2 * np.sqrt(cache.alpha) * dalpha


@wrong(
    "vd.dalpha-no-x",
    dropout.variational_backward,
    "dalpha lacks x.",
    "By what is the noise multiplied?",
    VARIATIONAL,
)
def dalpha_no_x(dout, cache):
    dx, _ = dropout.variational_backward(dout, cache)
    return dx, (dout * cache.e).sum(axis=0) / (2 * np.sqrt(cache.alpha))


@wrong(
    "vd.dalpha-mean",
    dropout.variational_backward,
    "dalpha is averaged over the batch; it is summed.",
    "Every example adds to the loss. What does it add to dalpha?",
    VARIATIONAL,
)
def dalpha_mean(dout, cache):
    dx, dalpha = dropout.variational_backward(dout, cache)
    return dx, dalpha / len(dout)
