"""What goes wrong in weight normalisation: each mistake is a program with the oracle's signature.

A forward that returns the oracle's cache also says what the right backward makes of it; one that returns None
leaves that to the numerical check against the student's own forward.
"""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from reference import weightnorm as wn
from suites import variant

FORMULA = "000:1060 w = g v / |v|"
DG = "000:1065 the gradient of g is <dw, v> / |v|"
DV = "000:1065 the gradient of v has two terms"


def along(dw, cache):
    """<dw, v> of each row (M, 1)."""
    return (dw * cache.v).sum(axis=1, keepdims=True)


# ------------------------------------------------------------------ weights, forward


@variant(
    "wn.frobenius",
    of=wn.forward,
    kind="wrong",
    says="All rows are divided by one number, the norm of the whole matrix.",
    hint="How long is each row of your w, and how long should it be?",
    lecture=FORMULA,
)
def frobenius(v, g):
    return g[:, np.newaxis] * v / np.sqrt((v**2).sum()), None


@variant(
    "wn.columns",
    of=wn.forward,
    kind="wrong",
    says="The norm runs over the columns of v; a weight vector is a row.",
    hint="How many norms are there: as many as g has entries?",
    lecture=FORMULA,
)
def columns(v, g):
    return g[:, np.newaxis] * v / np.sqrt((v**2).sum(axis=0)), None


@variant(
    "wn.no-g",
    of=wn.forward,
    kind="wrong",
    says="g is left out: every row has the length 1.",
    hint="How long is each row of your w, and how long should it be?",
    lecture=FORMULA,
)
def no_g(v, g):
    return wn.forward(v, np.ones_like(g))[0], None


@variant(
    "wn.no-norm",
    of=wn.forward,
    kind="wrong",
    says="v is not divided by its norm.",
    hint="v is doubled. What happens to your w, and what should happen?",
    lecture=FORMULA,
)
def no_norm(v, g):
    return g[:, np.newaxis] * v, None


@variant(
    "wn.squared-norm",
    of=wn.forward,
    kind="wrong",
    says="v is divided by its squared norm: the root is missing.",
    hint="v is doubled. What happens to your w, and what should happen?",
    lecture=FORMULA,
)
def squared_norm(v, g):
    return g[:, np.newaxis] * v / (v**2).sum(axis=1, keepdims=True), None


@variant(
    "wn.l1-norm",
    of=wn.forward,
    kind="wrong",
    says="v is divided by the sum of its absolute values; its Euclidean norm is meant.",
    hint="How long is the vector (3, 4)?",
    lecture="000:1062 fixes the Euclidean norm of w to g",
)
def l1_norm(v, g):
    return g[:, np.newaxis] * v / np.abs(v).sum(axis=1, keepdims=True), None


@variant(
    "wn.largest-entry",
    of=wn.forward,
    kind="wrong",
    says="v is divided by its largest entry; its Euclidean norm is meant.",
    hint="How long is the vector (3, 4)?",
    lecture="000:1062 fixes the Euclidean norm of w to g",
)
def largest_entry(v, g):
    return g[:, np.newaxis] * v / np.abs(v).max(axis=1, keepdims=True), None


@variant(
    "wn.root-mean-square",
    of=wn.forward,
    kind="wrong",
    says="v is divided by the root of its mean square; the sum of the squares is meant.",
    hint="How long is each row of your w, and how long should it be?",
    lecture="000:1062 fixes the Euclidean norm of w to g",
)
def root_mean_square(v, g):
    return g[:, np.newaxis] * v / np.sqrt((v**2).mean(axis=1, keepdims=True)), None


@variant(
    "wn.centred",
    of=wn.forward,
    kind="wrong",
    says="The mean of each row is taken off first.",
    hint="In which direction does w point, and in which does v?",
    lecture=FORMULA,
)
def centred(v, g):
    centre = v - v.mean(axis=1, keepdims=True)
    return g[:, np.newaxis] * centre / np.sqrt((centre**2).sum(axis=1, keepdims=True)), None


@variant(
    "wn.positive-g",
    of=wn.forward,
    kind="wrong",
    says="The sign of g is lost.",
    hint="g = -2. In which direction does w point?",
    lecture=FORMULA,
)
def positive_g(v, g):
    return wn.forward(v, np.abs(g))[0], None


@variant(
    "wn.log-length",
    of=wn.forward,
    kind="note",
    says="g is taken for the logarithm of the length; the handout takes it as the length.",
    hint="g = 0. How long is w?",
    lecture=FORMULA,
)
def log_length(v, g):
    return wn.forward(v, np.exp(g))[0], None


# ------------------------------------------------------------------ weights, backward


@variant(
    "wn.no-projection",
    of=wn.backward,
    kind="wrong",
    says="dv is g/|v| dw: the norm is treated as a constant.",
    hint="v is doubled, and w stays. So what must <dv, v> be?",
    lecture=DV,
)
def no_projection(dw, cache):
    return cache.g / cache.norm * dw, wn.backward(dw, cache)[1]


@variant(
    "wn.norm-power",
    of=wn.backward,
    kind="wrong",
    says="The second term of dv is divided by |v| where it should be by |v|^2.",
    hint="v is doubled, and w stays. So what must <dv, v> be, and what is it?",
    lecture=DV,
)
def norm_power(dw, cache):
    terms = wn.terms(dw, cache)
    return terms["direct"] + cache.norm * terms["projection"], wn.backward(dw, cache)[1]


@variant(
    "wn.norm-cubed",
    of=wn.backward,
    kind="wrong",
    says="The second term of dv is divided by |v| once too often.",
    hint="Is it dg or <dw, v> that stands in your second term?",
    lecture=DV,
)
def norm_cubed(dw, cache):
    terms = wn.terms(dw, cache)
    return terms["direct"] + terms["projection"] / cache.norm, wn.backward(dw, cache)[1]


@variant(
    "wn.projection-sign",
    of=wn.backward,
    kind="wrong",
    says="The second term of dv is added; it is taken off.",
    hint="v is doubled, and w stays. So what must <dv, v> be, and what is it?",
    lecture=DV,
)
def projection_sign(dw, cache):
    terms = wn.terms(dw, cache)
    return terms["direct"] - terms["projection"], wn.backward(dw, cache)[1]


@variant(
    "wn.projection-no-g",
    of=wn.backward,
    kind="wrong",
    says="The second term of dv lacks g.",
    hint="g = 0 makes w = 0, whatever v is. What is your dv then?",
    lecture=DV,
)
def projection_no_g(dw, cache):
    dv = cache.g / cache.norm * dw - along(dw, cache) / cache.norm**3 * cache.v
    return dv, wn.backward(dw, cache)[1]


@variant(
    "wn.direct-no-g",
    of=wn.backward,
    kind="wrong",
    says="The first term of dv lacks g.",
    hint="g = 0 makes w = 0, whatever v is. What is your dv then?",
    lecture=DV,
)
def direct_no_g(dw, cache):
    dv = dw / cache.norm + wn.terms(dw, cache)["projection"]
    return dv, wn.backward(dw, cache)[1]


@variant(
    "wn.dv-no-g",
    of=wn.backward,
    kind="wrong",
    says="dv lacks g in both terms.",
    hint="g = 0 makes w = 0, whatever v is. What is your dv then?",
    lecture=DV,
)
def dv_no_g(dw, cache):
    return wn.backward(dw, cache._replace(g=np.ones_like(cache.g)))


@variant(
    "wn.direct-no-norm",
    of=wn.backward,
    kind="wrong",
    says="The first term of dv is not divided by |v|.",
    hint="v is doubled. What happens to dv?",
    lecture=DV,
)
def direct_no_norm(dw, cache):
    terms = wn.terms(dw, cache)
    return cache.norm * terms["direct"] + terms["projection"], wn.backward(dw, cache)[1]


@variant(
    "wn.entry-by-entry",
    of=wn.backward,
    kind="wrong",
    says="dv differentiates entry by entry: each w is taken to depend on its own v alone.",
    hint="One entry of v grows, and |v| with it. What do the other entries of w do?",
    lecture=DV,
)
def entry_by_entry(dw, cache):
    v, g, norm = cache
    return g / norm * dw * (1 - v**2 / norm**2), wn.backward(dw, cache)[1]


@variant(
    "wn.projection-only",
    of=wn.backward,
    kind="wrong",
    says="dv has its second term alone.",
    hint="In which way does w = g v / |v| depend on v when |v| is held still?",
    lecture=DV,
)
def projection_only(dw, cache):
    return wn.terms(dw, cache)["projection"], wn.backward(dw, cache)[1]


@variant(
    "wn.frobenius-backward",
    of=wn.backward,
    kind="wrong",
    says="The gradients take one norm for all rows, that of the whole matrix.",
    hint="Whose norm did the forward divide this row by?",
    lecture=DV,
)
def frobenius_backward(dw, cache):
    return wn.backward(dw, cache._replace(norm=np.full_like(cache.norm, np.sqrt((cache.v**2).sum()))))


@variant(
    "wn.product-over-all",
    of=wn.backward,
    kind="wrong",
    says="The product <dw, v> runs over the whole matrix instead of over each row.",
    hint="Which entries of w does the length of one row touch?",
    lecture=DV,
)
def product_over_all(dw, cache):
    v, g, norm = cache
    total = (dw * v).sum()
    return g / norm * dw - g * total / norm**3 * v, total / norm[:, 0]


@variant(
    "wn.dg-unnormalised",
    of=wn.backward,
    kind="wrong",
    says="dg is <dw, v>: it is not divided by |v|.",
    hint="w = g v / |v|. What multiplies g?",
    lecture=DG,
)
def dg_unnormalised(dw, cache):
    return wn.backward(dw, cache)[0], along(dw, cache)[:, 0]


@variant(
    "wn.dg-squared-norm",
    of=wn.backward,
    kind="wrong",
    says="dg is divided by |v| twice.",
    hint="w = g v / |v|. What multiplies g?",
    lecture=DG,
)
def dg_squared_norm(dw, cache):
    dv, dg = wn.backward(dw, cache)
    return dv, dg / cache.norm[:, 0]


@variant(
    "wn.dg-times-g",
    of=wn.backward,
    kind="wrong",
    says="dg is <dw, w>: it has g once too often.",
    hint="w = g v / |v|. What multiplies g?",
    lecture=DG,
)
def dg_times_g(dw, cache):
    dv, dg = wn.backward(dw, cache)
    return dv, cache.g[:, 0] * dg


@variant(
    "wn.dg-sum-of-dw",
    of=wn.backward,
    kind="wrong",
    says="dg is the sum of dw over the row: v is not in it.",
    hint="w = g v / |v|. What multiplies g?",
    lecture=DG,
)
def dg_sum_of_dw(dw, cache):
    return wn.backward(dw, cache)[0], dw.sum(axis=1)


@variant(
    "wn.dg-mean",
    of=wn.backward,
    kind="wrong",
    says="dg is a mean over the row; it is a sum.",
    hint="One g serves every entry of its row. How do their demands on it combine?",
    lecture=DG,
)
def dg_mean(dw, cache):
    dv, dg = wn.backward(dw, cache)
    return dv, dg / dw.shape[1]


@variant(
    "wn.dg-not-summed",
    of=wn.backward,
    kind="wrong",
    says="dg is not summed over the row: it has an entry for every weight.",
    hint="A gradient has the shape of its variable. How many entries has g?",
    lecture=DG,
)
def dg_not_summed(dw, cache):
    return wn.backward(dw, cache)[0], dw * cache.v / cache.norm


# ------------------------------------------------------------------ mean-only batch normalisation

MEAN_ONLY = "000:967 x + b - E(x + b), with b behind it; 000:1067 names mean-only B.N."


@variant(
    "mo.no-shift",
    of=wn.mean_only_forward,
    kind="wrong",
    says="b is not in the output: it is left out, or added before the mean is taken off.",
    hint="b is added to every example. What does the mean do to it if it is taken off afterwards?",
    lecture=MEAN_ONLY,
)
def no_shift(t, b):
    return t - t.mean(axis=0), None


@variant(
    "mo.not-centred",
    of=wn.mean_only_forward,
    kind="wrong",
    says="The mean is not taken off.",
    hint="What is the mean of your output over the batch, and what should it be?",
    lecture=MEAN_ONLY,
)
def not_centred(t, b):
    return t + b, None


@variant(
    "mo.scaled",
    of=wn.mean_only_forward,
    kind="wrong",
    says="The output is divided by the standard deviation: that is batch normalisation in full.",
    hint="What fixes the scale of t when its weights are normalised?",
    lecture=MEAN_ONLY,
)
def scaled(t, b):
    return (t - t.mean(axis=0)) / np.sqrt(t.var(axis=0) + 1e-5) + b, None


@variant(
    "mo.mean-of-rows",
    of=wn.mean_only_forward,
    kind="wrong",
    says="The mean runs over the features of each example instead of over the batch.",
    hint="How many means are there: one for each feature, or one for each example?",
    lecture=MEAN_ONLY,
)
def mean_of_rows(t, b):
    return t - t.mean(axis=1, keepdims=True) + b, None


@variant(
    "mo.mean-of-all",
    of=wn.mean_only_forward,
    kind="wrong",
    says="One mean over all features is taken off.",
    hint="How many means are there: one for each feature, or one for all?",
    lecture=MEAN_ONLY,
)
def mean_of_all(t, b):
    return t - t.mean() + b, None


@variant(
    "mo.shift-subtracted",
    of=wn.mean_only_forward,
    kind="wrong",
    says="b is subtracted.",
    hint="What is the mean of your output over the batch, and what should it be?",
    lecture=MEAN_ONLY,
)
def shift_subtracted(t, b):
    return t - t.mean(axis=0) - b, None


@variant(
    "mo.mean-added",
    of=wn.mean_only_forward,
    kind="wrong",
    says="The mean is added instead of taken off.",
    hint="What is the mean of your output over the batch, and what should it be?",
    lecture=MEAN_ONLY,
)
def mean_added(t, b):
    return t + t.mean(axis=0) + b, None


@variant(
    "mo.mean-constant",
    of=wn.mean_only_backward,
    kind="wrong",
    says="dt is dout: the mean is treated as a constant.",
    hint="All examples move by the same step. What does the output do, and what must dt sum to?",
    lecture="000:967 the gradient must see E; 000:974",
)
def mean_constant(dout, cache):
    return dout, dout.sum(axis=0)


@variant(
    "mo.sum-for-mean",
    of=wn.mean_only_backward,
    kind="wrong",
    says="The sum of dout is taken off, not its mean.",
    hint="What must dt sum to over the batch?",
    lecture="000:974 gradients should take normalization into account",
)
def sum_for_mean(dout, cache):
    return dout - dout.sum(axis=0), dout.sum(axis=0)


@variant(
    "mo.dt-over-features",
    of=wn.mean_only_backward,
    kind="wrong",
    says="dt takes the mean over the features of each example instead of over the batch.",
    hint="Over which axis did the forward take its mean?",
    lecture="000:974 gradients should take normalization into account",
)
def dt_over_features(dout, cache):
    return dout - dout.mean(axis=1, keepdims=True), dout.sum(axis=0)


@variant(
    "mo.dt-over-all",
    of=wn.mean_only_backward,
    kind="wrong",
    says="dt takes off one mean of all of dout.",
    hint="Over which axis did the forward take its mean?",
    lecture="000:974 gradients should take normalization into account",
)
def dt_over_all(dout, cache):
    return dout - dout.mean(), dout.sum(axis=0)


@variant(
    "mo.dt-sign",
    of=wn.mean_only_backward,
    kind="wrong",
    says="The mean of dout is added to dt; it is taken off.",
    hint="What must dt sum to over the batch?",
    lecture="000:974 gradients should take normalization into account",
)
def dt_sign(dout, cache):
    return dout + dout.mean(axis=0), dout.sum(axis=0)


@variant(
    "mo.db-mean",
    of=wn.mean_only_backward,
    kind="wrong",
    says="db is the mean of dout over the batch, not its sum.",
    hint="One b serves every example. How do their demands on it combine?",
    lecture="000:974 gradients should take normalization into account",
)
def db_mean(dout, cache):
    return dout - dout.mean(axis=0), dout.mean(axis=0)


@variant(
    "mo.db-zero",
    of=wn.mean_only_backward,
    kind="wrong",
    says="db is 0, as if b were added before the mean is taken off.",
    hint="b is added behind the mean. What does the output do when b grows?",
    lecture="000:967 there b is inside, and its gradient is 0",
)
def db_zero(dout, cache):
    return dout - dout.mean(axis=0), 0 * dout.sum(axis=0)


@variant(
    "mo.db-axis",
    of=wn.mean_only_backward,
    kind="wrong",
    says="db is summed over the features instead of over the batch.",
    hint="How many entries has b, and what does each of them touch?",
    lecture="000:974 gradients should take normalization into account",
)
def db_axis(dout, cache):
    return dout - dout.mean(axis=0), dout.sum(axis=1)


@variant(
    "mo.db-not-summed",
    of=wn.mean_only_backward,
    kind="wrong",
    says="db is dout itself, with a row for every example.",
    hint="A gradient has the shape of its variable. How many entries has b?",
    lecture="000:974 gradients should take normalization into account",
)
def db_not_summed(dout, cache):
    return dout - dout.mean(axis=0), dout
