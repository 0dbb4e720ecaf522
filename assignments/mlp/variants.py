"""What goes wrong in a multi-layer perceptron: each mistake is a program with the oracle's signature."""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from reference import affine, mlp
from reference.activations import LeakyCache, leaky_relu_forward, softmax_forward
from reference.cross_entropy import categorical_on_logits, log_softmax, one_hot
from suites import Variant, variant

from .oracle import relu, relu_gradient

# ------------------------------------------------------------------ affine, forward


@variant(
    "affine.no-bias",
    of=affine.forward,
    kind="wrong",
    says="The bias is not added.",
    hint="What is out for x = 0?",
    lecture="001:743 h = sigma(W^T x + b)",
)
def affine_no_bias(x, w, b):
    out, cache = affine.forward(x, w, 0 * b)
    return out, cache


@variant(
    "affine.flatten-order",
    of=affine.forward,
    kind="wrong",
    says="Each example is laid out as a row in another order: the first of its axes runs fastest.",
    hint="Which entry of an image does the second row of w belong to? Compare with x[0].ravel().",
)
def affine_flatten_order(x, w, b):
    out, _ = affine.forward(x.transpose(0, *range(x.ndim - 1, 0, -1)), w, b)
    return out, affine.Cache(x, in_order_of(x, w))


@variant(
    "affine.rows-mixed",
    of=affine.forward,
    kind="wrong",
    says="Flattening mixes numbers of different examples: x.reshape(-1, N) does not keep them apart.",
    hint="Which axis of x counts the examples, and where is it after your reshape?",
)
def affine_rows_mixed(x, w, b):
    return x.reshape(-1, len(x)).T @ w + b, None


def in_order_of(x, w):
    """w with its rows moved so that it does to x[i].ravel() what w does to x[i].ravel(order="F")."""
    order = np.arange(len(w)).reshape(x.shape[1:], order="F")
    return w[order.ravel()]


# ------------------------------------------------------------------ affine, backward


@variant(
    "affine.dw-over-N",
    of=affine.backward,
    kind="wrong",
    says="dw is divided by the size of the batch.",
    hint="Where does a mean over the batch stand in the loss, and who has already divided by N?",
)
def affine_dw_over_n(dout, cache):
    dx, dw, db = affine.backward(dout, cache)
    return dx, dw / len(dout), db


@variant(
    "affine.db-mean",
    of=affine.backward,
    kind="wrong",
    says="db is the mean of dout over the batch, not its sum.",
    hint="One bias serves every example. Who has already divided by N?",
)
def affine_db_mean(dout, cache):
    dx, dw, _ = affine.backward(dout, cache)
    return dx, dw, dout.mean(axis=0)


@variant(
    "affine.db-axis",
    of=affine.backward,
    kind="wrong",
    says="db is summed over the outputs instead of over the batch.",
    hint="How many entries has b, and what does each of them touch?",
)
def affine_db_axis(dout, cache):
    dx, dw, _ = affine.backward(dout, cache)
    return dx, dw, dout.sum(axis=1)


@variant(
    "affine.db-total",
    of=affine.backward,
    kind="wrong",
    says="Every entry of db is the sum of all of dout.",
    hint="Which entries of out does b[0] touch?",
)
def affine_db_total(dout, cache):
    dx, dw, db = affine.backward(dout, cache)
    return dx, dw, np.full_like(db, dout.sum())


@variant(
    "affine.db-not-summed",
    of=affine.backward,
    kind="wrong",
    says="db is dout itself, with a row for every example.",
    hint="The same b is added to every row of out. How do the rows' demands on it combine?",
)
def affine_db_not_summed(dout, cache):
    dx, dw, _ = affine.backward(dout, cache)
    return dx, dw, dout


@variant(
    "affine.dx-not-reshaped",
    of=affine.backward,
    kind="wrong",
    says="dx is left flat: an image's gradient comes back as a row.",
    hint="A gradient has the shape of its variable. Which shape had x?",
)
def affine_dx_not_reshaped(dout, cache):
    dx, dw, db = affine.backward(dout, cache)
    return dx.reshape(len(dx), -1), dw, db


# ------------------------------------------------------------------ ReLU


@variant(
    "relu.leaky",
    of=relu,
    kind="wrong",
    says="This is the leaky ReLU: numbers below zero keep a slope of 0.01.",
    hint="What is max(0, -3), and how does it change when the -3 moves a little?",
    lecture="001:935 ReLU(x) = max(0, x); the leaky one is 001:960",
)
def relu_leaky(x):
    return leaky_relu_forward(x, 0.01)


@variant(
    "relu.absolute",
    of=relu,
    kind="wrong",
    says="Numbers below zero change their sign instead of becoming zero.",
    hint="What is max(0, -3)?",
    lecture="001:935 ReLU(x) = max(0, x)",
)
def relu_absolute(x):
    return leaky_relu_forward(x, -1.0)


@variant(
    "relu.step",
    of=relu,
    kind="wrong",
    says="The forward returns where x is positive: that is ReLU's derivative.",
    hint="What is max(0, 3)?",
    lecture="001:941 the derivative of ReLU",
)
def relu_step(x):
    return 1.0 * (x > 0), None


@variant(
    "relu.below-zero",
    of=relu,
    kind="wrong",
    says="It cuts off what is above zero and keeps what is below.",
    hint="What is max(0, 3), and what does your function make of 3?",
    lecture="001:935 ReLU(x) = max(0, x)",
)
def relu_below_zero(x):
    return np.minimum(x, 0), None


@variant(
    "relu.tie",
    of=relu_gradient,
    kind="accept",
    says="At x = 0, where ReLU has no derivative, your slope is 1; the lectures take it as 0.",
    hint="Which of the two does `x > 0` give, which `x >= 0`?",
    lecture="001:945 for x = 0 the derivative is undefined; in practice, it is set to zero",
)
def relu_tie(dout, cache):
    return dout * (cache.x >= 0)


@variant(
    "relu.leaky-backward",
    of=relu_gradient,
    kind="wrong",
    says="The backward is that of a leaky ReLU: where x is negative, a hundredth of the gradient passes.",
    hint="Where x = -3, how does your output change when x moves a little?",
    lecture="001:941 the derivative of ReLU",
)
def relu_leaky_backward(dout, cache):
    return np.where(cache.x > 0, dout, 0.01 * dout)


@variant(
    "relu.no-mask",
    of=relu_gradient,
    kind="wrong",
    says="dx is dout unchanged: the gradient passes where x is negative, too.",
    hint="Where x = -3, how does the output change when x moves a little?",
    lecture="001:941 the derivative of ReLU",
)
def relu_no_mask(dout, cache):
    return dout


@variant(
    "relu.no-upstream",
    of=relu_gradient,
    kind="wrong",
    says="dx is the derivative of ReLU alone: dout is not in it.",
    hint="Which two factors does the chain rule multiply here?",
    lecture="000:565 each derivative is multiplied by what comes from the layers above",
)
def relu_no_upstream(dout, cache):
    return 1.0 * (cache.x > 0)


@variant(
    "relu.output-for-derivative",
    of=relu_gradient,
    kind="wrong",
    says="dout is multiplied by the output max(0, x) instead of by the derivative.",
    hint="How steep is ReLU at x = 3?",
    lecture="001:941 the derivative of ReLU",
)
def relu_output_for_derivative(dout, cache):
    return dout * np.maximum(cache.x, 0)


@variant(
    "relu.inverted-mask",
    of=relu_gradient,
    kind="wrong",
    says="The mask is inverted: the gradient passes where x is negative and stops where it is positive.",
    hint="Which entries of x have any influence on the output?",
    lecture="001:941 the derivative of ReLU",
)
def relu_inverted_mask(dout, cache):
    return dout * (cache.x < 0)


@variant(
    "relu.mask-of-dout",
    of=relu_gradient,
    kind="wrong",
    says="The mask is taken from the gradient: entries pass where dout is positive.",
    hint="Whose sign decides whether a unit was switched on in the forward?",
    lecture="001:941 the derivative of ReLU",
)
def relu_mask_of_dout(dout, cache):
    return np.maximum(dout, 0)


# ------------------------------------------------------------------ the network


@variant(
    "mlp.no-relu",
    of=mlp.forward,
    kind="wrong",
    says="The ReLU between the two layers is left out here.",
    hint="A hidden unit has pre-activation -3. What does it send on, and what comes back through it?",
    lecture="001:935 ReLU(x) = max(0, x)",
)
def network_no_relu(x, w1, b1, w2, b2):
    a, first = affine.forward(x, w1, b1)
    scores, second = affine.forward(a, w2, b2)
    return scores, mlp.Cache(first, np.ones_like(a), second)  # every unit counts as active


@variant(
    "mlp.relu-on-scores",
    of=mlp.forward,
    kind="wrong",
    says="The scores go through a ReLU, too.",
    hint="May a score be negative? What would softmax do with a row of zeros?",
    lecture="001:1276 the pre-activation vector is often called the logits",
)
def network_relu_on_scores(x, w1, b1, w2, b2):
    scores, _ = mlp.forward(x, w1, b1, w2, b2)
    return np.maximum(scores, 0), None


@variant(
    "mlp.softmax-on-scores",
    of=mlp.forward,
    kind="wrong",
    says="The network ends in a softmax of its own.",
    hint="What does the loss do to the scores first?",
    lecture="001:1230 torch.nn.Softmax() at the end of a network",
)
def network_softmax_on_scores(x, w1, b1, w2, b2):
    scores, _ = mlp.forward(x, w1, b1, w2, b2)
    return softmax_forward(scores)[0], None


@variant(
    "mlp.no-output-bias",
    of=mlp.forward,
    kind="wrong",
    says="b2 is not added to the scores.",
    hint="What are the scores where every hidden unit is off?",
    lecture="001:1185 z^o = W^o h + b^o",
)
def network_no_output_bias(x, w1, b1, w2, b2):
    return mlp.forward(x, w1, b1, w2, 0 * b2)


@variant(
    "mlp.no-hidden-bias",
    of=mlp.forward,
    kind="wrong",
    says="b1 is not added to the pre-activations.",
    hint="What are the hidden units where x is 0?",
    lecture="001:1183 z^h = W^h x + b^h",
)
def network_no_hidden_bias(x, w1, b1, w2, b2):
    return mlp.forward(x, w1, 0 * b1, w2, b2)


@variant(
    "mlp.layers-swapped",
    of=mlp.backward,
    kind="wrong",
    says="The gradients of the two layers come back in each other's place.",
    hint="Compare the shape of each gradient with that of its parameter. Which order is asked for?",
)
def network_layers_swapped(dscores, cache):
    dx, dw1, db1, dw2, db2 = mlp.backward(dscores, cache)
    return dx, dw2, db2, dw1, db1


# ------------------------------------------------------------------ a mistake of a layer, seen in the network


def forward_with(v):
    """The network's forward with a layer's mistake in it, under the same name."""
    layer = v.wrong
    dense = layer if v.of is affine.forward else affine.forward
    activate = layer if v.of is relu else relu

    def forward(x, w1, b1, w2, b2):
        h, _ = activate(dense(x, w1, b1)[0])
        return dense(h, w2, b2)[0], None

    return Variant(v.words, mlp.forward, forward)


def backward_with(v):
    """The network's backward with a layer's mistake in it, under the same name."""
    layer = v.wrong
    dense = layer if v.of is affine.backward else affine.backward
    activate = layer if v.of is relu_gradient else relu_gradient

    def backward(dscores, cache):
        dh, dw2, db2 = dense(dscores, cache.second)
        dx, dw1, db1 = dense(activate(dh, LeakyCache(cache.relu, 0.0)), cache.first)
        return dx, dw1, db1, dw2, db2

    return Variant(v.words, mlp.backward, backward)


network_no_bias = Variant(
    affine_no_bias.words, mlp.forward, lambda x, w1, b1, w2, b2: mlp.forward(x, w1, 0 * b1, w2, 0 * b2)
)
network_rows_mixed = forward_with(affine_rows_mixed)
network_leaky = forward_with(relu_leaky)
network_absolute = forward_with(relu_absolute)
network_step = forward_with(relu_step)
network_below_zero = forward_with(relu_below_zero)

network_dw_over_n = backward_with(affine_dw_over_n)
network_db_mean = backward_with(affine_db_mean)
network_db_axis = backward_with(affine_db_axis)
network_db_total = backward_with(affine_db_total)
network_db_not_summed = backward_with(affine_db_not_summed)
network_leaky_backward = backward_with(relu_leaky_backward)
network_no_upstream = backward_with(relu_no_upstream)
network_output_for_derivative = backward_with(relu_output_for_derivative)
network_inverted_mask = backward_with(relu_inverted_mask)
network_mask_of_dout = backward_with(relu_mask_of_dout)


# ------------------------------------------------------------------ softmax and cross-entropy: wrong scale


@variant(
    "sce.loss-sum",
    of=categorical_on_logits,
    kind="note",
    says="The loss is the sum over the batch; the handout asks for the mean.",
    hint="What happens to your loss when every example is given twice?",
    lecture="001:1316 the mean over S; 000:563 sums",
)
def loss_sum(z, y):
    loss, dz = categorical_on_logits(z, y)
    return len(z) * loss, dz


@variant(
    "sce.no-batch-mean",
    of=categorical_on_logits,
    kind="wrong",
    says="dz is the gradient of the sum over the batch: it lacks the division by N.",
    hint="The loss is a mean over the batch. What is its gradient with respect to one row?",
    lecture="001:1316 the mean over S",
)
def no_batch_mean(z, y):
    loss, dz = categorical_on_logits(z, y)
    return loss, len(z) * dz


@variant(
    "sce.mean-over-entries",
    of=categorical_on_logits,
    kind="wrong",
    says="The mean runs over all N C entries; only the N examples are averaged.",
    hint="Which numbers does np.mean count here, and how many examples are there?",
    lecture="001:1316 the mean over S",
)
def mean_over_entries(z, y):
    loss, dz = categorical_on_logits(z, y)
    return loss / z.shape[1], dz / z.shape[1]


@variant(
    "sce.sign",
    of=categorical_on_logits,
    kind="wrong",
    says="The sign is the opposite one.",
    hint="A probability lies between 0 and 1. Which way does the loss move when the label's logit grows?",
    lecture="001:1288 l = -log f_y",
)
def opposite_sign(z, y):
    loss, dz = categorical_on_logits(z, y)
    return -loss, -dz


# ------------------------------------------------------------------ another function


@variant(
    "sce.axis0",
    of=categorical_on_logits,
    kind="wrong",
    says="Softmax runs over the batch instead of over the classes.",
    hint="Which of the sums over p is 1: that of a row or that of a column?",
    lecture="001:1274 values in (0, 1) that add up to 1",
)
def axis0(z, y):
    return from_probabilities(softmax_forward(z.T)[0].T, y)


@variant(
    "sce.softmax-twice",
    of=categorical_on_logits,
    kind="wrong",
    says="Softmax is applied twice.",
    hint="Logits of 100 for the label and 0 elsewhere: which loss should that be, and which is yours?",
    lecture="001:1230 a softmax at the end of the network, before a loss that has its own",
)
def softmax_twice(z, y):
    return categorical_on_logits(softmax_forward(z)[0], y)


@variant(
    "sce.one-hot-shift",
    of=categorical_on_logits,
    kind="wrong",
    says="Labels are taken to start from 1: each stands for the class before its own.",
    hint="Which class does the label 0 mean, and which entry does your index pick?",
    lecture="001:1387 y in [0, K - 1]",
)
def one_hot_shift(z, y):
    return categorical_on_logits(z, (y - 1) % z.shape[1])


@variant(
    "sce.no-log",
    of=categorical_on_logits,
    kind="wrong",
    says="The loss has no logarithm: it is minus the mean probability of the label.",
    hint="What should the loss be when the label's probability is 0.001, and what is yours?",
    lecture="001:1288 l = -log f_y (001:1314 has lost its logarithm)",
)
def no_log(z, y):
    _, dz = categorical_on_logits(z, y)
    p, _ = softmax_forward(z)
    return -p[one_hot(y, z)].mean(), dz


@variant(
    "sce.sum-over-classes",
    of=categorical_on_logits,
    kind="wrong",
    says="The loss adds up -log p of all classes, not only of the label's.",
    hint="Where in your loss does the label enter?",
    lecture="001:1300 only one entry of log f is picked",
)
def sum_over_classes(z, y):
    _, dz = categorical_on_logits(z, y)
    return -log_softmax(z).sum() / len(z), dz


@variant(
    "sce.no-softmax",
    of=categorical_on_logits,
    kind="wrong",
    says="dz has the logits themselves where it should have their softmax.",
    hint="Each row of dz sums to zero. Does yours?",
    lecture="001:1272 the derivative of softmax",
)
def no_softmax(z, y):
    loss, _ = categorical_on_logits(z, y)
    return loss, (z - one_hot(y, z)) / len(z)


@variant(
    "sce.label-not-subtracted",
    of=categorical_on_logits,
    kind="wrong",
    says="dz holds the probabilities alone; nothing is taken off for the label.",
    hint="Which way does the loss move when the label's logit grows? What is the sign of your dz there?",
    lecture="001:1288 l = -log f_y",
)
def label_not_subtracted(z, y):
    loss, _ = categorical_on_logits(z, y)
    return loss, softmax_forward(z)[0] / len(z)


@variant(
    "sce.elementwise-jacobian",
    of=categorical_on_logits,
    kind="wrong",
    says="dz takes p (1 - p) as the derivative of softmax, as if each output had only its own logit.",
    hint="If one logit grows, which probabilities change? What does a row of dz sum to?",
    lecture="001:1272 for i != j the derivative is -p_i p_j",
)
def elementwise_jacobian(z, y):
    loss, dz = categorical_on_logits(z, y)
    return loss, np.where(one_hot(y, z), dz, 0)  # -1/p times p (1 - p)


@variant(
    "sce.prob-gradient",
    of=categorical_on_logits,
    kind="wrong",
    says="dz stops at the probabilities, with -1/p at the label: the way through softmax is missing.",
    hint="Your function was given logits. Which derivative is still missing from the chain?",
    lecture="001:1272 the derivative of softmax",
)
def prob_gradient(z, y):
    loss, _ = categorical_on_logits(z, y)
    return loss, -1.0 * one_hot(y, z) / (len(z) * softmax_forward(z)[0])


# ------------------------------------------------------------------ the same function, less stable


def from_probabilities(p, y):
    """Loss and dz by the slide's formula, whatever the probabilities are."""
    right = one_hot(y, p)
    return -np.log(p[right]).mean(), (p - right) / len(p)


@variant(
    "sce.no-max-shift",
    of=categorical_on_logits,
    kind="wrong",
    says="Softmax is computed as exp(z) / sum exp(z), which overflows.",
    hint="What is exp(1000)? Which number may be taken off a whole row without changing its softmax?",
    lecture="001:1264 softmax",
)
def no_max_shift(z, y):
    e = np.exp(z)
    return from_probabilities(e / e.sum(axis=1, keepdims=True), y)


@variant(
    "sce.no-max-shift-log",
    of=categorical_on_logits,
    kind="wrong",
    says="log sum exp(z) is computed as it stands, and exp(z) overflows.",
    hint="What is exp(1000)? Write sum exp(z) with the largest logit taken out of the sum.",
    lecture="001:1264 softmax",
)
def no_max_shift_log(z, y):
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    right = one_hot(y, z)
    return -logp[right].mean(), (np.exp(logp) - right) / len(z)


@variant(
    "sce.global-max",
    of=categorical_on_logits,
    kind="wrong",
    says="The largest logit of the whole batch is taken off, not that of each row.",
    hint="One row lies 1000 below the others. What becomes of exp in that row?",
    lecture="001:1264 softmax",
)
def global_max(z, y):
    e = np.exp(z - z.max())
    return from_probabilities(e / e.sum(axis=1, keepdims=True), y)


@variant(
    "sce.max-zero",
    of=categorical_on_logits,
    kind="wrong",
    says="The number taken off a row is never below 0, so rows of very negative logits vanish.",
    hint="All logits are -10000. What is the largest of them, and what do you take off?",
    lecture="001:1264 softmax",
)
def max_zero(z, y):
    e = np.exp(z - np.maximum(z.max(axis=1, keepdims=True), 0))
    return from_probabilities(e / e.sum(axis=1, keepdims=True), y)


@variant(
    "sce.log-of-zero",
    of=categorical_on_logits,
    kind="wrong",
    says="The loss takes the logarithm of a probability that has been rounded to 0.",
    hint="log(exp(a) / s) is a - log s. Which of the two survives a = -1000?",
    lecture="001:1288 l = -log f_y",
)
def log_of_zero(z, y):
    return from_probabilities(softmax_forward(z)[0], y)


def log_eps(eps):
    """The loss with a small number inside the logarithm."""

    @variant(
        f"sce.log-eps-{eps:.0e}".replace("e-0", "e-"),
        of=categorical_on_logits,
        kind="accept",
        says=f"The loss is log(p + {eps:g}): close, but it can never exceed {-np.log(eps):.0f}.",
        hint="log(exp(a) / s) is a - log s. Does that need the small number?",
        lecture="001:1288 l = -log f_y",
    )
    def wrong(z, y):
        _, dz = categorical_on_logits(z, y)
        return -np.log(softmax_forward(z)[0][one_hot(y, z)] + eps).mean(), dz

    return wrong


log_eps_7, log_eps_8, log_eps_9, log_eps_10 = (log_eps(eps) for eps in (1e-7, 1e-8, 1e-9, 1e-10))
log_eps_12, log_eps_15 = log_eps(1e-12), log_eps(1e-15)
