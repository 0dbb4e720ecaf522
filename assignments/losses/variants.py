"""What goes wrong in losses and penalties: each mistake is a program with the oracle's signature.

A convention concerns the loss and its gradient together; who has it in the gradient alone made a mistake,
which has a name of its own. The loss beside the gradient tells one from the other.
"""

# ruff: noqa: D103 (what a variant does is in its `says`)

from math import log, pi

import numpy as np

from reference import risk
from reference.activations import sigmoid_forward
from reference.cross_entropy import binary_on_logits as bce
from reference.cross_entropy import log_softmax, one_hot
from reference.gaussian_likelihood import heteroscedastic as nll
from reference.gaussian_likelihood import log_sum_exp
from reference.gaussian_likelihood import mixture as mdn
from reference.hinge import margins
from reference.hinge import multiclass as hinge
from reference.top_k import error as top_k
from reference.top_k import ranks
from suites import Variant, variant

from .oracle import elastic_net, l2_penalty

MEAN = "001:398 the mean over the N examples; 001:462 and 000:563 sum"


def scaled(values, factor):
    """Every returned tensor times the factor."""
    return tuple(factor * value for value in values)


def also(of, v):
    """The same mistake, by the same words, in another function: made of what `v` makes of its own."""

    def make(wrong):
        return Variant(v.words, of, wrong)

    return make


# ------------------------------------------------------------------ all losses: sums, means, signs


@variant(
    "loss.sum",
    of=bce,
    kind="note",
    says="Loss and gradient are sums over the batch; the handout asks for the mean.",
    hint="What happens to your loss when every example is given twice?",
    lecture=MEAN,
)
def bce_sum(z, y):
    return scaled(bce(z, y), len(z))


hinge_sum = Variant(bce_sum.words, hinge, lambda z, y: scaled(hinge(z, y), len(z)))
squared_sum = Variant(bce_sum.words, risk.squared, lambda y, t: scaled(risk.squared(y, t), len(y)))
absolute_sum = Variant(bce_sum.words, risk.absolute, lambda y, t: scaled(risk.absolute(y, t), len(y)))
nll_sum = Variant(bce_sum.words, nll, lambda mu, s, t: scaled(nll(mu, s, t), len(t)))
mdn_sum = Variant(bce_sum.words, mdn, lambda a, mu, s, t: scaled(mdn(a, mu, s, t), len(t)))


@variant(
    "loss.mean-over-entries",
    of=risk.squared,
    kind="note",
    says="The mean runs over all N D numbers; the handout sums the numbers of an example.",
    hint="Which numbers does np.mean count here, and how many examples are there?",
    lecture="001:398 the mean over the N examples",
)
def squared_over_entries(y, t):
    return scaled(risk.squared(y, t), 1 / y.shape[1])


@also(risk.absolute, squared_over_entries)
def absolute_over_entries(y, t):
    return scaled(risk.absolute(y, t), 1 / y.shape[1])


@also(nll, squared_over_entries)
def nll_over_entries(mu, s, t):
    return scaled(nll(mu, s, t), 1 / t.shape[1])


def no_batch_mean(prefix, of, name):
    """The gradients of the sum beside the loss of the mean."""

    @variant(
        f"{prefix}.no-batch-mean",
        of=of,
        kind="wrong",
        says=f"The gradient lacks the division by N, which the {name} has.",
        hint="The loss is a mean over the batch. What is its gradient with respect to one example?",
        lecture=MEAN,
    )
    def wrong(*args):
        loss, *gradients = of(*args)
        return (loss, *scaled(gradients, len(args[-1])))

    return wrong


bce_no_batch_mean = no_batch_mean("bce", bce, "loss")
hinge_no_batch_mean = no_batch_mean("hinge", hinge, "loss")
squared_no_batch_mean = no_batch_mean("mse", risk.squared, "loss")
absolute_no_batch_mean = no_batch_mean("mae", risk.absolute, "loss")
nll_no_batch_mean = no_batch_mean("nll", nll, "loss")
mdn_no_batch_mean = no_batch_mean("mdn", mdn, "loss")


def gradient_over_entries(prefix, of):
    """The gradient of the mean over all entries beside the loss that sums the numbers of an example."""

    @variant(
        f"{prefix}.gradient-over-entries",
        of=of,
        kind="wrong",
        says="The gradient is divided by N D, but the loss by N alone.",
        hint="By how much does your loss move when one number moves a little?",
        lecture="001:398 the mean over the N examples",
    )
    def wrong(*args):
        loss, *gradients = of(*args)
        return (loss, *scaled(gradients, 1 / args[-1].shape[1]))

    return wrong


squared_gradient_over_entries = gradient_over_entries("mse", risk.squared)
absolute_gradient_over_entries = gradient_over_entries("mae", risk.absolute)
nll_gradient_over_entries = gradient_over_entries("nll", nll)


def gradient_sign(prefix, of):
    """The gradients with the other sign."""

    @variant(
        f"{prefix}.sign",
        of=of,
        kind="wrong",
        says="The gradient has the opposite sign.",
        hint="Move one argument a little upwards. Does the loss rise or fall? What does your gradient say?",
        lecture="001:183 a step is -eta times the gradient",
    )
    def wrong(*args):
        loss, *gradients = of(*args)
        return (loss, *scaled(gradients, -1))

    return wrong


bce_sign = gradient_sign("bce", bce)
hinge_sign = gradient_sign("hinge", hinge)
squared_sign = gradient_sign("mse", risk.squared)
absolute_sign = gradient_sign("mae", risk.absolute)
nll_sign = gradient_sign("nll", nll)
mdn_sign = gradient_sign("mdn", mdn)


# ------------------------------------------------------------------ binary cross-entropy


def bce_of(p, y):
    """Loss and dz by the textbook's formula, whatever p is."""
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(), (p - y) / len(p)


@variant(
    "bce.no-sigmoid",
    of=bce,
    kind="wrong",
    says="The logits are taken for probabilities: there is no sigmoid.",
    hint="What is the logarithm of a negative logit? Which function makes a probability of a logit?",
    lecture="001:1385 output function: logistic",
)
def bce_no_sigmoid(z, y):
    return bce_of(z, y)


@variant(
    "bce.sigmoid-twice",
    of=bce,
    kind="wrong",
    says="The sigmoid is applied twice.",
    hint="A logit of 50 for label 1: which loss should that be, and which is yours?",
    lecture="001:1230 the same with softmax",
)
def bce_sigmoid_twice(z, y):
    return bce(sigmoid_forward(z)[0], y)


@variant(
    "bce.labels-as-signs",
    of=bce,
    kind="wrong",
    says="The labels are used as if they were -1 and 1; they are 0 and 1.",
    hint="What does log(1 + exp(-y z)) cost an example of label 0?",
    lecture="001:1383 y in [0, 1]; 004:685 has -1 and 1",
)
def bce_labels_as_signs(z, y):
    return np.logaddexp(0, -y * z).mean(), -y * sigmoid_forward(-y * z)[0] / len(z)


@variant(
    "bce.label-1-only",
    of=bce,
    kind="wrong",
    says="Only examples of label 1 cost anything: the half (1 - y) log(1 - p) is missing.",
    hint="What does your loss cost an example of label 0 with p = 0.99?",
    lecture="001:1384 Bernoulli",
)
def bce_label_1_only(z, y):
    return (y * np.logaddexp(0, -z)).mean(), -y * sigmoid_forward(-z)[0] / len(z)


@variant(
    "bce.labels-swapped",
    of=bce,
    kind="wrong",
    says="p is taken for the probability of label 0.",
    hint="A logit of 50 says that the label is 1, and surely. What is your loss if it is?",
    lecture="001:1384 Bernoulli",
)
def bce_labels_swapped(z, y):
    return bce(z, 1 - y)


@variant(
    "bce.no-log",
    of=bce,
    kind="wrong",
    says="The loss has no logarithm: it is minus the mean probability of the right label.",
    hint="What should the loss be when the right label's probability is 0.001, and what is yours?",
    lecture="001:1288 l = -log f_y",
)
def bce_no_log(z, y):
    return -sigmoid_forward((2 * y - 1) * z)[0].mean(), bce(z, y)[1]


@variant(
    "bce.bits",
    of=bce,
    kind="wrong",
    says="The logarithm is the one to the base 2.",
    hint="Which loss has p = 1/2: log 2 = 0.693, or 1?",
    lecture="001:1288 l = -log f_y",
)
def bce_bits(z, y):
    return scaled(bce(z, y), 1 / log(2))


@variant(
    "bce.label-not-subtracted",
    of=bce,
    kind="wrong",
    says="dz holds the probabilities alone; nothing is taken off for the label.",
    hint="Which way does the loss move when the logit of an example of label 1 grows?",
    lecture="001:1288 l = -log f_y",
)
def bce_label_not_subtracted(z, y):
    return bce(z, y)[0], sigmoid_forward(z)[0] / len(z)


@variant(
    "bce.sigmoid-derivative-left",
    of=bce,
    kind="wrong",
    says="dz is (p - y) p (1 - p) / N: the sigmoid's derivative is in it once too often.",
    hint="dL/dp is (p - y) / (p (1 - p)). What is left after the sigmoid's derivative?",
    lecture="001:912 the derivative of the sigmoid",
)
def bce_sigmoid_derivative_left(z, y):
    loss, dz = bce(z, y)
    p, _ = sigmoid_forward(z)
    return loss, dz * p * (1 - p)


@variant(
    "bce.prob-gradient",
    of=bce,
    kind="wrong",
    says="dz stops at the probability: the way through the sigmoid is missing.",
    hint="Your function was given logits. Which derivative is still missing from the chain?",
    lecture="001:912 the derivative of the sigmoid",
)
def bce_prob_gradient(z, y):
    s = 2 * y - 1
    return bce(z, y)[0], -s / sigmoid_forward(s * z)[0] / len(z)


@variant(
    "bce.sigmoid-overflow",
    of=bce,
    kind="wrong",
    says="The sigmoid is computed as exp(z) / (1 + exp(z)), which overflows for large logits.",
    hint="What is exp(1000) / (1 + exp(1000)) on a computer?",
    lecture="001:1385 logistic(x) = 1 / (1 + exp(-x))",
)
def bce_sigmoid_overflow(z, y):
    e = np.exp(z)
    return bce_of(e / (1 + e), y)


@variant(
    "bce.log-of-zero",
    of=bce,
    kind="wrong",
    says="The loss takes logarithms of p and 1 - p after they have been rounded to 0.",
    hint="What is log(1 - p) for z = 50? And log(1 + exp(-50))?",
    lecture="001:1288 l = -log f_y",
)
def bce_log_of_zero(z, y):
    return bce_of(sigmoid_forward(z)[0], y)


@variant(
    "bce.log-of-zero-picked",
    of=bce,
    kind="wrong",
    says="The loss takes the logarithm of p or 1 - p, whichever is right, after it has been rounded to 0.",
    hint="What is log(1 - p) for z = 50? And log(1 + exp(50))?",
    lecture="001:1288 l = -log f_y",
)
def bce_log_of_zero_picked(z, y):
    p, _ = sigmoid_forward(z)
    return -np.log(np.where(y == 1, p, 1 - p)).mean(), bce(z, y)[1]


@variant(
    "bce.softplus-overflow",
    of=bce,
    kind="wrong",
    says="log(1 + exp(-s z)) is computed as it stands, and exp overflows.",
    hint="What is exp(1000)? Which of log(1 + exp(x)) and x + log(1 + exp(-x)) survives x = 1000?",
    lecture="001:1288 l = -log f_y",
)
def bce_softplus_overflow(z, y):
    return np.log(1 + np.exp((1 - 2 * y) * z)).mean(), bce(z, y)[1]


def bce_small_number(id, says, log_of):
    """The loss with its logarithm kept from minus infinity."""

    @variant(
        id,
        of=bce,
        kind="accept",
        says=says,
        hint="log(1 + exp(-s z)) never takes the logarithm of 0. Does it need the small number?",
        lecture="001:1288 l = -log f_y",
    )
    def wrong(z, y):
        p, _ = sigmoid_forward(z)
        return -(y * log_of(p) + (1 - y) * log_of(1 - p)).mean(), bce(z, y)[1]

    return wrong


def bce_eps(eps):
    """The loss with a small number inside the logarithm."""
    says = f"The loss is log(p + {eps:g}): close, but it can never exceed {-log(eps):.0f}."
    name = f"bce.log-eps-{eps:.0e}".replace("e-0", "e-")
    return bce_small_number(name, says, lambda p: np.log(p + eps))


def bce_clip(eps):
    """The loss of probabilities that are kept away from 0 and 1."""
    says = f"p is kept between {eps:g} and 1 - {eps:g}: close, but the loss can never exceed {-log(eps):.0f}."
    name = f"bce.clip-{eps:.0e}".replace("e-0", "e-")
    return bce_small_number(name, says, lambda p: np.log(np.clip(p, eps, 1 - eps)))


eps_7, eps_8, eps_9, eps_10, eps_12, eps_15 = (
    bce_eps(eps) for eps in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
)
clip_7, clip_8, clip_9, clip_10, clip_12, clip_15 = (
    bce_clip(eps) for eps in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
)
bce_clamp = bce_small_number(
    "bce.clamp-100",
    "The logarithm stops at -100, as PyTorch's on probabilities does: larger losses are lost.",
    lambda p: np.maximum(np.log(p), -100),
)


# ------------------------------------------------------------------ hinge

HINGE = "003:188 sum over j != y of max(0, f_j - f_y + 1)"


def hinge_from(z, y, slope, pull=None):
    """dz of slopes (N, C) at the margins; the label's score is pulled by their sum."""
    right = one_hot(y, z)
    slope = np.where(right, 0.0, slope)
    pull = slope.sum(axis=1, keepdims=True) if pull is None else pull
    return (slope - pull * right) / len(z)


@variant(
    "hinge.mean-over-classes",
    of=hinge,
    kind="note",
    says="The loss is divided by the number of classes, too, as PyTorch's is; the handout sums the classes.",
    hint="All scores are equal. What does an example cost?",
    lecture=HINGE,
)
def hinge_mean_over_classes(z, y):
    return scaled(hinge(z, y), 1 / z.shape[1])


@variant(
    "hinge.includes-correct",
    of=hinge,
    kind="wrong",
    says="The label itself is in the sum, where its margin is 1: the loss is 1 too large.",
    hint="All labels lead by far. What is your loss?",
    lecture=HINGE,
)
def hinge_includes_correct(z, y):
    loss, dz = hinge(z, y)
    return loss + 1, dz


@variant(
    "hinge.no-margin",
    of=hinge,
    kind="wrong",
    says="There is no margin: a label that leads by anything at all costs nothing.",
    hint="All scores are equal. What does an example cost?",
    lecture=HINGE,
)
def hinge_no_margin(z, y):
    m = margins(z, y) - 1
    return np.maximum(m, 0).sum(axis=1).mean(), hinge_from(z, y, m > 0)


@variant(
    "hinge.max-only",
    of=hinge,
    kind="wrong",
    says="Only the most violated margin counts, not the sum over the classes.",
    hint="Two classes come too near to the label. Do both cost, and do both pull?",
    lecture=HINGE,
)
def hinge_max_only(z, y):
    m = margins(z, y)
    worst = m == m.max(axis=1, keepdims=True)
    return np.maximum(m.max(axis=1), 0).mean(), hinge_from(z, y, worst & (m > 0))


@variant(
    "hinge.squared",
    of=hinge,
    kind="wrong",
    says="The margins are squared: that is the squared hinge loss.",
    hint="A margin is violated by 3. What does it cost?",
    lecture=HINGE,
)
def hinge_squared(z, y):
    m = np.maximum(margins(z, y), 0)
    return (m**2).sum(axis=1).mean(), hinge_from(z, y, 2 * m)


@variant(
    "hinge.no-cut",
    of=hinge,
    kind="wrong",
    says="Margins below 0 count, too: max(0, .) is missing.",
    hint="May a label that leads by far pay for another class that is too near?",
    lecture=HINGE,
)
def hinge_no_cut(z, y):
    m = np.where(one_hot(y, z), 0, margins(z, y))
    return m.sum(axis=1).mean(), hinge_from(z, y, np.ones_like(z))


@variant(
    "hinge.reversed",
    of=hinge,
    kind="wrong",
    says="The difference of the scores is the wrong way round: f_y - f_j instead of f_j - f_y.",
    hint="The label leads by 100. What does your loss cost?",
    lecture=HINGE,
)
def hinge_reversed(z, y):
    loss, dz = hinge(-z, y)
    return loss, -dz


@variant(
    "hinge.label-shift",
    of=hinge,
    kind="wrong",
    says="Labels are taken to start from 1: each stands for the class before its own.",
    hint="Which class does the label 0 mean, and which entry does your index pick?",
    lecture="001:1387 y in [0, K - 1]",
)
def hinge_label_shift(z, y):
    return hinge(z, (y - 1) % z.shape[1])


@variant(
    "hinge.counts-violations",
    of=hinge,
    kind="wrong",
    says="The loss counts the violated margins; how far they are violated is not in it.",
    hint="A margin is violated by 3. What does it cost, and what does your loss take for it?",
    lecture=HINGE,
)
def hinge_counts_violations(z, y):
    return (margins(z, y) > 0).sum(axis=1).mean(), hinge(z, y)[1]


@variant(
    "hinge.mask-no-delta",
    of=hinge,
    kind="wrong",
    says="The gradient's mask forgets the margin: it asks for f_j > f_y, the loss for f_j > f_y - 1.",
    hint="Which classes have a part in your loss, and which in your gradient?",
    lecture=HINGE,
)
def hinge_mask_no_delta(z, y):
    return hinge(z, y)[0], hinge_no_margin.wrong(z, y)[1]


@variant(
    "hinge.correct-class-minus1",
    of=hinge,
    kind="wrong",
    says="The label's entry of dz is -1 / N however many margins are violated.",
    hint="Every violated margin has f_y in it. How often does f_y stand in the loss of this example?",
    lecture=HINGE,
)
def hinge_correct_class_minus1(z, y):
    return hinge(z, y)[0], hinge_from(z, y, margins(z, y) > 0, pull=1.0)


@variant(
    "hinge.label-counted",
    of=hinge,
    kind="wrong",
    says="The label's own margin is counted among the violated ones that pull on its score.",
    hint="No margin is violated. What is the label's entry of your dz?",
    lecture=HINGE,
)
def hinge_label_counted(z, y):
    violated = margins(z, y) > 0
    return hinge(z, y)[0], hinge_from(z, y, violated, pull=violated.sum(axis=1, keepdims=True) + 1)


@variant(
    "hinge.no-pull",
    of=hinge,
    kind="wrong",
    says="The label's entry of dz is 0: violated margins push the others down but don't pull the label up.",
    hint="Which scores stand in a margin? What must each row of dz sum to?",
    lecture=HINGE,
)
def hinge_no_pull(z, y):
    return hinge(z, y)[0], hinge_from(z, y, margins(z, y) > 0, pull=0.0)


@variant(
    "hinge.pull-sign",
    of=hinge,
    kind="wrong",
    says="The label's entry of dz has the wrong sign.",
    hint="Which way does the loss move when the label's score grows?",
    lecture=HINGE,
)
def hinge_pull_sign(z, y):
    violated = margins(z, y) > 0
    return hinge(z, y)[0], hinge_from(z, y, violated, pull=-violated.sum(axis=1, keepdims=True))


@variant(
    "hinge.margin-for-slope",
    of=hinge,
    kind="wrong",
    says="dz holds the violated margins themselves instead of their slope, which is 1.",
    hint="How steep is max(0, m) at m = 3?",
    lecture="001:941 the derivative of max(0, x)",
)
def hinge_margin_for_slope(z, y):
    return hinge(z, y)[0], hinge_from(z, y, np.maximum(margins(z, y), 0))


@variant(
    "hinge.tie",
    of=hinge,
    kind="accept",
    says="A margin of exactly 0, where the loss has a kink, has the slope 1; the oracle takes 0.",
    hint="Which of the two does `m > 0` give, which `m >= 0`?",
    lecture="001:945 in practice, it is set to zero",
)
def hinge_tie(z, y):
    return hinge(z, y)[0], hinge_from(z, y, margins(z, y) >= 0)


@variant(
    "hinge.tie-half",
    of=hinge,
    kind="accept",
    says="A margin of exactly 0, where the loss has a kink, has the slope 1/2; the oracle takes 0.",
    hint="Which slopes lie between the two sides of the kink?",
    lecture="001:945 in practice, it is set to zero",
)
def hinge_tie_half(z, y):
    return hinge(z, y)[0], hinge_from(z, y, np.heaviside(margins(z, y), 0.5))


# ------------------------------------------------------------------ squared loss

SQUARE = "001:29 l = (y - f(x))^2"


@variant(
    "mse.half",
    of=risk.squared,
    kind="note",
    says="Loss and gradient are half of what the handout asks: there is a 1/2 in front of the square.",
    hint="What does a residual of 1 cost?",
    lecture=SQUARE,
)
def squared_half(y, t):
    return scaled(risk.squared(y, t), 1 / 2)


@variant(
    "mse.half-sum",
    of=risk.squared,
    kind="note",
    says="The loss is half the sum over the batch; the handout asks for the mean, without the 1/2.",
    hint="What does a residual of 1 cost? What happens when every example is given twice?",
    lecture=SQUARE,
)
def squared_half_sum(y, t):
    return scaled(risk.squared(y, t), len(y) / 2)


@variant(
    "mse.factor-two",
    of=risk.squared,
    kind="wrong",
    says="dy lacks the 2 of the square's derivative.",
    hint="What is the derivative of x^2?",
    lecture=SQUARE,
)
def squared_factor_two(y, t):
    loss, dy = risk.squared(y, t)
    return loss, dy / 2


@variant(
    "mse.factor-two-no-mean",
    of=risk.squared,
    kind="wrong",
    says="dy is y - t: it lacks both the 2 and the division by N.",
    hint="What is the derivative of x^2, and what does the mean do to it?",
    lecture=SQUARE,
)
def squared_factor_two_no_mean(y, t):
    loss, dy = risk.squared(y, t)
    return loss, dy * len(y) / 2


@variant(
    "mse.root",
    of=risk.squared,
    kind="wrong",
    says="The loss is the root of the mean square.",
    hint="All residuals are 3. What is your loss?",
    lecture=SQUARE,
)
def squared_root(y, t):
    loss, dy = risk.squared(y, t)
    return np.sqrt(loss), dy / (2 * np.sqrt(loss))


@variant(
    "mse.absolute",
    of=risk.squared,
    kind="wrong",
    says="This is the absolute loss.",
    hint="All residuals are 3. What is your loss?",
    lecture="002:28 the L2 loss; 002:29 is the L1 loss",
)
def squared_absolute(y, t):
    return risk.absolute(y, t)


@variant(
    "mse.distance",
    of=risk.squared,
    kind="wrong",
    says="An example costs the length of its residual: there is a root too many.",
    hint="An example is off by 3 in one number. What does it cost?",
    lecture=SQUARE,
)
def squared_distance(y, t):
    length = np.sqrt(((y - t) ** 2).sum(axis=1, keepdims=True))
    return length.mean(), (y - t) / np.where(length > 0, length, 1) / len(y)


@variant(
    "mse.sum-then-square",
    of=risk.squared,
    kind="wrong",
    says="The residuals of an example are added first and squared then, so that they cancel.",
    hint="An example is off by 1 in one number and by -1 in another. What does it cost?",
    lecture=SQUARE,
)
def squared_sum_then_square(y, t):
    total = (y - t).sum(axis=1, keepdims=True)
    return (total**2).mean(), 2 * np.broadcast_to(total, y.shape) / len(y)


# ------------------------------------------------------------------ absolute loss


@variant(
    "mae.squared",
    of=risk.absolute,
    kind="wrong",
    says="This is the squared loss.",
    hint="All residuals are 3. What is your loss?",
    lecture="002:29 the L1 loss; 002:28 is the L2 loss",
)
def absolute_squared(y, t):
    return risk.squared(y, t)


@variant(
    "mae.no-absolute",
    of=risk.absolute,
    kind="wrong",
    says="The residuals themselves are added: too large and too small cancel.",
    hint="One prediction is 1 too large, another 1 too small. What is your loss?",
    lecture="002:29 mean absolute error",
)
def absolute_no_absolute(y, t):
    return (y - t).sum(axis=1).mean(), np.ones_like(y) / len(y)


@variant(
    "mae.residual-for-sign",
    of=risk.absolute,
    kind="wrong",
    says="dy holds the residuals instead of their signs.",
    hint="How steep is |x| at x = 3?",
    lecture="002:29 mean absolute error",
)
def absolute_residual_for_sign(y, t):
    return risk.absolute(y, t)[0], (y - t) / len(y)


def tie(id, of, slope, where, wrong_gradient):
    """Another subgradient where the absolute value has its kink."""

    @variant(
        id,
        of=of,
        kind="accept",
        says=f"At {where} = 0, where |{where}| has a kink, your slope is {slope}; the oracle takes 0.",
        hint="Which slopes lie between the two sides of the kink?",
        lecture="001:945 the same for ReLU; in practice, it is set to zero",
    )
    def wrong(*args):
        value, gradient = of(*args)
        return value, wrong_gradient(gradient, *args)

    return wrong


absolute_tie_up = tie(
    "mae.tie-up", risk.absolute, 1, "y - t", lambda g, y, t: np.where(y == t, 1 / len(y), g)
)
absolute_tie_down = tie(
    "mae.tie-down", risk.absolute, -1, "y - t", lambda g, y, t: np.where(y == t, -1 / len(y), g)
)


# ------------------------------------------------------------------ 0-1 loss and top-k error


@variant(
    "error.sum",
    of=risk.zero_one,
    kind="wrong",
    says="The wrong examples are counted; their share is asked for.",
    hint="What is your error when every example is given twice?",
    lecture="001:45 the empirical risk is a mean",
)
def zero_one_sum(y, t):
    return risk.zero_one(y, t) * len(y)


@variant(
    "error.accuracy",
    of=risk.zero_one,
    kind="wrong",
    says="This is the accuracy: the share of the right examples.",
    hint="Everything is right. What is the error, and what is yours?",
    lecture="001:25 l = 1 where y is not f(x)",
)
def zero_one_accuracy(y, t):
    return 1 - risk.zero_one(y, t)


@variant(
    "error.percent",
    of=risk.zero_one,
    kind="note",
    says="The error is in per cent; the handout asks for a share from 0 to 1.",
    hint="Half of the examples are wrong. What is your error?",
    lecture="001:45 the empirical risk is a mean; 000:823 writes per cent",
)
def zero_one_percent(y, t):
    return 100 * risk.zero_one(y, t)


@variant(
    "error.distance",
    of=risk.zero_one,
    kind="wrong",
    says="Labels are subtracted as if they were numbers: a label further off costs more.",
    hint="Is a cat taken for a dog less wrong than one taken for a ship?",
    lecture="001:25 l = 1 where y is not f(x)",
)
def zero_one_distance(y, t):
    return float(np.abs(y - t).mean())


@variant(
    "error.squared-distance",
    of=risk.zero_one,
    kind="wrong",
    says="This is the squared loss of the labels, as if they were numbers.",
    hint="Is a cat taken for a dog less wrong than one taken for a ship?",
    lecture="001:25 l = 1 where y is not f(x)",
)
def zero_one_squared_distance(y, t):
    return float(((y - t) ** 2).mean())


@variant(
    "error.any",
    of=risk.zero_one,
    kind="wrong",
    says="The error is 1 as soon as one example is wrong.",
    hint="One of a hundred examples is wrong. What is your error?",
    lecture="001:45 the empirical risk is a mean",
)
def zero_one_any(y, t):
    return float((y != t).any())


top_k_sum = Variant(zero_one_sum.words, top_k, lambda scores, y, k: len(y) * top_k(scores, y, k))
top_k_accuracy = Variant(zero_one_accuracy.words, top_k, lambda scores, y, k: 1 - top_k(scores, y, k))
top_k_percent = Variant(zero_one_percent.words, top_k, lambda scores, y, k: 100 * top_k(scores, y, k))


def top_k_variant(id, says, hint, wrong_at, kind="wrong"):
    """An error that calls an example wrong where wrong_at(scores, y, k) does."""

    @variant(id, of=top_k, kind=kind, says=says, hint=hint, lecture="004:273 top-5 classification error")
    def wrong(scores, y, k):
        return float(wrong_at(scores, y, k).mean())

    return wrong


def level(scores, y):
    """Which classes tie with the label (N, C), itself left out."""
    right = one_hot(y, scores)
    return (scores == scores[right][:, np.newaxis]) & ~right


top_k_one_more = top_k_variant(
    "topk.one-more",
    "k + 1 classes are let pass instead of k.",
    "The label is third. Is that an error for k = 2?",
    lambda scores, y, k: ranks(scores, y) > k,
)
top_k_one_less = top_k_variant(
    "topk.one-less",
    "k - 1 classes are let pass instead of k.",
    "The label is second. Is that an error for k = 2?",
    lambda scores, y, k: ranks(scores, y) >= k - 1,
)
top_k_only_best = top_k_variant(
    "topk.only-best",
    "k has no effect: only the best class is let pass.",
    "The label is second. Is that an error for k = 2?",
    lambda scores, y, k: ranks(scores, y) >= 1,
)
top_k_lowest = top_k_variant(
    "topk.lowest",
    "The k lowest scores are let pass instead of the k highest.",
    "In which order does argsort sort, and which end do you take?",
    lambda scores, y, k: ranks(-scores, y) >= k,
)
top_k_exactly = top_k_variant(
    "topk.exactly",
    "Only a label at place k is let pass; the places before it are not.",
    "The label is the best of all. Is that an error for k = 2?",
    lambda scores, y, k: ranks(scores, y) != k - 1,
)
top_k_label_shift = top_k_variant(
    "topk.label-shift",
    "Labels are taken to start from 1: each stands for the class before its own.",
    "Which class does the label 0 mean?",
    lambda scores, y, k: ranks(scores, (y - 1) % scores.shape[1]) >= k,
)
top_k_ranks_as_classes = top_k_variant(
    "topk.order-as-rank",
    "argsort is read the wrong way: it tells which class is at a place, not at which place a class is.",
    "Sort the scores 5, 9, 7. What does argsort return, and at which place is class 0?",
    lambda scores, y, k: np.argsort(-scores, axis=1, kind="stable")[one_hot(y, scores)] >= k,
)
top_k_tie_against = top_k_variant(
    "topk.tie-against",
    "A class that ties with the label is taken to be ahead of it; the oracle takes it to be behind.",
    "Two classes share place 1. Which places do they have?",
    lambda scores, y, k: ranks(scores, y) + level(scores, y).sum(axis=1) >= k,
    kind="accept",
)
top_k_tie_lower = top_k_variant(
    "topk.tie-lower-first",
    "Of classes that tie, the one with the lower index goes first; the oracle lets the label go first.",
    "Two classes share place 1. Which places do they have?",
    lambda scores, y, k: (
        ranks(scores, y) + (level(scores, y) & (np.arange(scores.shape[1]) < y[:, np.newaxis])).sum(axis=1)
        >= k
    ),
    kind="accept",
)
top_k_tie_higher = top_k_variant(
    "topk.tie-higher-first",
    "Of classes that tie, the one with the higher index goes first; the oracle lets the label go first.",
    "Two classes share place 1. Which places do they have?",
    lambda scores, y, k: (
        ranks(scores, y) + (level(scores, y) & (np.arange(scores.shape[1]) > y[:, np.newaxis])).sum(axis=1)
        >= k
    ),
    kind="accept",
)


def right_share(id, error):
    """error.accuracy for who sorts, and lets the order of the classes decide a tie."""

    @variant(
        id,
        of=top_k,
        kind="wrong",
        says="This is the accuracy: the share of examples whose label is among the k best.",
        hint=zero_one_accuracy.words.hint,
        lecture="004:273 top-5 classification error",
    )
    def wrong(scores, y, k):
        return 1 - error(scores, y, k)

    return wrong


top_k_accuracy_lower = right_share("topk.accuracy-lower-first", top_k_tie_lower.wrong)
top_k_accuracy_higher = right_share("topk.accuracy-higher-first", top_k_tie_higher.wrong)


# ------------------------------------------------------------------ Gaussian likelihood

GAUSSIAN = "001:1400 heteroscedastic if f(x) predicts both mu and sigma^2"


@variant(
    "nll.no-constant",
    of=nll,
    kind="note",
    says="The constant 1/2 log 2 pi of every number is left out: it moves no gradient.",
    hint="What is the density of a standard normal at its mean?",
    lecture=GAUSSIAN,
)
def nll_no_constant(mu, s, t):
    loss, dmu, ds = nll(mu, s, t)
    return loss - t.shape[1] * log(2 * pi) / 2, dmu, ds


@also(mdn, nll_no_constant)
def mdn_no_constant(a, mu, s, t):
    loss, *gradients = mdn(a, mu, s, t)
    return (loss - t.shape[1] * log(2 * pi) / 2, *gradients)


@variant(
    "nll.no-half",
    of=nll,
    kind="wrong",
    says="The 1/2 in the exponent of the Gaussian is missing.",
    hint="Write down the density of a Gaussian and take its logarithm. What stands before the square?",
    lecture=GAUSSIAN,
)
def nll_no_half(mu, s, t):
    e2 = (t - mu) ** 2 * np.exp(-s)
    loss = ((log(2 * pi) + s) / 2 + e2).sum(axis=1).mean()
    return loss, nll(mu, s, t)[1] * 2, (0.5 - e2) / len(t)


@variant(
    "nll.doubled",
    of=nll,
    kind="wrong",
    says="This is twice as large as it should be: the 1/2 in front is missing.",
    hint="Write down the density of a Gaussian and take its logarithm. What stands before the bracket?",
    lecture=GAUSSIAN,
)
def nll_doubled(mu, s, t):
    return scaled(nll(mu, s, t), 2)


@variant(
    "nll.variance-for-log",
    of=nll,
    kind="wrong",
    says="s is used as the variance itself; it is its logarithm.",
    hint="s may be negative. May a variance?",
    lecture=GAUSSIAN,
)
def nll_variance_for_log(mu, s, t):
    r = t - mu
    loss = (0.5 * (log(2 * pi) + np.log(s) + r**2 / s)).sum(axis=1).mean()
    return loss, -r / s / len(t), 0.5 * (1 / s - r**2 / s**2) / len(t)


@variant(
    "nll.log-deviation",
    of=nll,
    kind="wrong",
    says="s is used as the logarithm of the standard deviation; it is that of the variance.",
    hint="s = log 4. What is the standard deviation?",
    lecture=GAUSSIAN,
)
def nll_log_deviation(mu, s, t):
    loss, dmu, ds = nll(mu, 2 * s, t)
    return loss, dmu, 2 * ds


@variant(
    "nll.deviation-for-variance",
    of=nll,
    kind="wrong",
    says="The squared residual is divided by the standard deviation; it belongs over the variance.",
    hint="Which unit has the residual squared, and which the number below it?",
    lecture=GAUSSIAN,
)
def nll_deviation_for_variance(mu, s, t):
    r, d = t - mu, np.exp(-s / 2)
    loss = (0.5 * (log(2 * pi) + s + r**2 * d)).sum(axis=1).mean()
    return loss, -r * d / len(t), 0.5 * (1 - r**2 * d / 2) / len(t)


@variant(
    "nll.no-log-term",
    of=nll,
    kind="wrong",
    says="The term s of the logarithm is missing: a huge variance makes any error free.",
    hint="How does your loss change when all variances grow without end?",
    lecture=GAUSSIAN,
)
def nll_no_log_term(mu, s, t):
    loss, dmu, ds = nll(mu, s, t)
    return loss - s.sum(axis=1).mean() / 2, dmu, ds - 0.5 / len(t)


@variant(
    "nll.log-of-zero",
    of=nll,
    kind="wrong",
    says="The density is computed first and its logarithm then: far from the mean it has been rounded to 0.",
    hint="What is exp(-1000)? What is the logarithm of exp(-1000)?",
    lecture="001:1288 l = -log f_y",
)
def nll_log_of_zero(mu, s, t):
    density = np.exp(-((t - mu) ** 2) * np.exp(-s) / 2) / np.sqrt(2 * pi * np.exp(s))
    return (-np.log(density).sum(axis=1).mean(), *nll(mu, s, t)[1:])


@variant(
    "nll.dmu-no-precision",
    of=nll,
    kind="wrong",
    says="dmu is not divided by the variance.",
    hint="The model is very sure of a mean that is off. Should it be moved more, or less?",
    lecture=GAUSSIAN,
)
def nll_dmu_no_precision(mu, s, t):
    loss, _, ds = nll(mu, s, t)
    return loss, -(t - mu) / len(t), ds


@variant(
    "nll.dmu-sign",
    of=nll,
    kind="wrong",
    says="dmu has the wrong sign.",
    hint="The target is above the mean. Which way does the loss move when the mean grows?",
    lecture=GAUSSIAN,
)
def nll_dmu_sign(mu, s, t):
    loss, dmu, ds = nll(mu, s, t)
    return loss, -dmu, ds


@variant(
    "nll.ds-no-one",
    of=nll,
    kind="wrong",
    says="ds has no part from the term s of the loss: the 1 in 1 - e^2 is missing.",
    hint="Where does s stand in your loss? Which of the places has ds seen?",
    lecture=GAUSSIAN,
)
def nll_ds_no_one(mu, s, t):
    loss, dmu, ds = nll(mu, s, t)
    return loss, dmu, ds - 0.5 / len(t)


@variant(
    "nll.ds-sign",
    of=nll,
    kind="wrong",
    says="ds has the wrong sign.",
    hint="The target is far from the mean. Which way does the loss move when the variance grows?",
    lecture=GAUSSIAN,
)
def nll_ds_sign(mu, s, t):
    loss, dmu, ds = nll(mu, s, t)
    return loss, dmu, -ds


@variant(
    "nll.ds-of-variance",
    of=nll,
    kind="wrong",
    says="ds is the gradient with respect to the variance; s is its logarithm.",
    hint="The variance is exp(s). Which factor does the chain rule add?",
    lecture="000:565 the chain rule",
)
def nll_ds_of_variance(mu, s, t):
    loss, dmu, ds = nll(mu, s, t)
    return loss, dmu, ds * np.exp(-s)


# ------------------------------------------------------------------ mixture density network

MIXTURE = "001:1401 mixture density network"


def mixture_of(log_weight, log_normal, a_gradient, mu, s, t, r=None):
    """Loss, da, dmu and ds of log-weights and log-densities (N, K), as they are."""
    (n, d), precision = t.shape, np.exp(-s)
    residual = t[:, np.newaxis, :] - mu
    e2 = (residual**2).sum(axis=2) * precision
    log_q = log_weight + log_normal
    r = np.exp(log_softmax(log_q)) if r is None else r
    dmu = -(r * precision)[:, :, np.newaxis] * residual / n
    return -log_sum_exp(log_q).mean(), (a_gradient - r) / n, dmu, 0.5 * r * (d - e2) / n


def log_normals(mu, s, t):
    """Logarithm of each component's density at the target (N, K)."""
    e2 = ((t[:, np.newaxis, :] - mu) ** 2).sum(axis=2) * np.exp(-s)
    return -0.5 * (t.shape[1] * (log(2 * pi) + s) + e2)


def softmax(a):
    return np.exp(log_softmax(a))


@variant(
    "mdn.weights-not-normalised",
    of=mdn,
    kind="wrong",
    says="The weights are exp(a), which don't sum to 1.",
    hint="What do the weights of a mixture sum to? What happens to your loss when all of a grows?",
    lecture=MIXTURE,
)
def mdn_weights_not_normalised(a, mu, s, t):
    return mixture_of(a, log_normals(mu, s, t), 0.0, mu, s, t)


@variant(
    "mdn.weights-over-batch",
    of=mdn,
    kind="wrong",
    says="The softmax of the weights runs over the batch instead of over the components.",
    hint="Which of the sums over the weights is 1: that of a row or that of a column?",
    lecture="001:1274 values in (0, 1) that add up to 1",
)
def mdn_weights_over_batch(a, mu, s, t):
    log_weight = log_softmax(a.T).T
    loss, da, dmu, ds = mixture_of(log_weight, log_normals(mu, s, t), np.exp(log_weight), mu, s, t)
    return loss, da, dmu, ds


@variant(
    "mdn.even-weights",
    of=mdn,
    kind="wrong",
    says="The weights are left out: every component counts the same.",
    hint="Which of your formulas has a in it?",
    lecture=MIXTURE,
)
def mdn_even_weights(a, mu, s, t):
    even = np.full_like(a, 1 / a.shape[1])
    return mixture_of(np.log(even), log_normals(mu, s, t), softmax(a), mu, s, t)


@variant(
    "mdn.weighted-logs",
    of=mdn,
    kind="wrong",
    says="The components' losses are averaged with the weights: the logarithm belongs outside the sum.",
    hint="A target is right on one of two means. What does the other cost it?",
    lecture=MIXTURE,
)
def mdn_weighted_logs(a, mu, s, t):
    weight, each = softmax(a), log_normals(mu, s, t)
    mean = (weight * each).sum(axis=1, keepdims=True)
    _, _, dmu, ds = mixture_of(a, each, 0.0, mu, s, t, r=weight)
    return -mean.mean(), -weight * (each - mean) / len(t), dmu, ds


@variant(
    "mdn.best-only",
    of=mdn,
    kind="wrong",
    says="Only the component that fits best counts, instead of the sum over all.",
    hint="Two equal components fit a target equally well. What is its density?",
    lecture=MIXTURE,
)
def mdn_best_only(a, mu, s, t):
    log_q = log_softmax(a) + log_normals(mu, s, t)
    best = (log_q == log_q.max(axis=1, keepdims=True)).astype(float)
    _, da, dmu, ds = mixture_of(log_softmax(a), log_normals(mu, s, t), softmax(a), mu, s, t, r=best)
    return -log_q.max(axis=1).mean(), da, dmu, ds


@variant(
    "mdn.no-dimension",
    of=mdn,
    kind="wrong",
    says="s stands once in the logarithm of the density, as if the target were a single number; it is D s.",
    hint="What is the determinant of exp(s) I in D dimensions?",
    lecture=MIXTURE,
)
def mdn_no_dimension(a, mu, s, t):
    d = t.shape[1]
    log_normal = log_normals(mu, s, t) + (d - 1) * s / 2
    loss, da, dmu, ds = mixture_of(log_softmax(a), log_normal, softmax(a), mu, s, t)
    r = softmax(a) - da * len(t)
    return loss, da, dmu, ds - 0.5 * r * (d - 1) / len(t)


@variant(
    "mdn.no-determinant",
    of=mdn,
    kind="wrong",
    says="The densities are not normalised: D s is missing from their logarithm.",
    hint="A component has a huge variance. How large is its density anywhere?",
    lecture=MIXTURE,
)
def mdn_no_determinant(a, mu, s, t):
    d = t.shape[1]
    loss, da, dmu, ds = mixture_of(log_softmax(a), log_normals(mu, s, t) + d * s / 2, softmax(a), mu, s, t)
    r = softmax(a) - da * len(t)
    return loss, da, dmu, ds - 0.5 * r * d / len(t)


@variant(
    "mdn.constant-once",
    of=mdn,
    kind="wrong",
    says="The constant 1/2 log 2 pi stands once, as if the target were a single number; it belongs to each.",
    hint="What is the density of a standard normal in two dimensions at its mean?",
    lecture=MIXTURE,
)
def mdn_constant_once(a, mu, s, t):
    loss, *gradients = mdn(a, mu, s, t)
    return (loss - (t.shape[1] - 1) * log(2 * pi) / 2, *gradients)


@variant(
    "mdn.log-deviation",
    of=mdn,
    kind="wrong",
    says="s is used as the logarithm of the standard deviation; it is that of the variance.",
    hint="s = log 4. What is the standard deviation?",
    lecture=MIXTURE,
)
def mdn_log_deviation(a, mu, s, t):
    loss, da, dmu, ds = mdn(a, mu, 2 * s, t)
    return loss, da, dmu, 2 * ds


@variant(
    "mdn.log-of-zero",
    of=mdn,
    kind="wrong",
    says="The densities are added before the logarithm is taken: far from every mean all are rounded to 0.",
    hint="What is exp(-1000) + exp(-1001)? Write the logarithm of that sum with the larger taken out.",
    lecture="001:1288 l = -log f_y",
)
def mdn_log_of_zero(a, mu, s, t):
    q = softmax(a) * np.exp(log_normals(mu, s, t))
    total = q.sum(axis=1, keepdims=True)
    _, da, dmu, ds = mixture_of(a, log_normals(mu, s, t), softmax(a), mu, s, t, r=q / total)
    return -np.log(total).mean(), da, dmu, ds


@variant(
    "mdn.log-of-zero-loss",
    of=mdn,
    kind="wrong",
    says="The density is exponentiated before its logarithm is taken: far from every mean it is 0.",
    hint="What is exp(-1000) + exp(-1001)? Write the logarithm of that sum with the larger taken out.",
    lecture="001:1288 l = -log f_y",
)
def mdn_log_of_zero_loss(a, mu, s, t):
    q = softmax(a) * np.exp(log_normals(mu, s, t))
    return (-np.log(q.sum(axis=1)).mean(), *mdn(a, mu, s, t)[1:])


@variant(
    "mdn.weights-overflow",
    of=mdn,
    kind="wrong",
    says="The softmax of the weights is computed as exp(a) / sum exp(a), which overflows.",
    hint="What is exp(1000)? Which number may be taken off a whole row without changing its softmax?",
    lecture="001:1264 softmax",
)
def mdn_weights_overflow(a, mu, s, t):
    e = np.exp(a)
    weight = e / e.sum(axis=1, keepdims=True)
    return mixture_of(np.log(weight), log_normals(mu, s, t), weight, mu, s, t)


@variant(
    "mdn.prior-for-responsibility",
    of=mdn,
    kind="wrong",
    says="The gradients are weighted with the weights of the mixture instead of with the responsibilities.",
    hint="Which component is pulled towards a target: the one with the largest weight, or the one that fits?",
    lecture=MIXTURE,
)
def mdn_prior_for_responsibility(a, mu, s, t):
    loss, da, _, _ = mdn(a, mu, s, t)
    _, _, dmu, ds = mixture_of(a, log_normals(mu, s, t), 0.0, mu, s, t, r=softmax(a))
    return loss, da, dmu, ds


@variant(
    "mdn.no-responsibility",
    of=mdn,
    kind="wrong",
    says="Every component is pulled as if it were alone: the responsibilities are missing.",
    hint="A component is far from the target, another is right on it. How much should the first be moved?",
    lecture=MIXTURE,
)
def mdn_no_responsibility(a, mu, s, t):
    loss, da, _, _ = mdn(a, mu, s, t)
    _, _, dmu, ds = mixture_of(a, log_normals(mu, s, t), 0.0, mu, s, t, r=np.ones_like(a))
    return loss, da, dmu, ds


@variant(
    "mdn.fit-for-responsibility",
    of=mdn,
    kind="wrong",
    says="The responsibilities in the gradients leave out the weights of the mixture.",
    hint="Two components fit a target equally well, one weighs 0.99. Which of them is responsible?",
    lecture=MIXTURE,
)
def mdn_fit_for_responsibility(a, mu, s, t):
    return (mdn(a, mu, s, t)[0], *mdn_even_weights.wrong(a, mu, s, t)[1:])


@variant(
    "mdn.da-no-prior",
    of=mdn,
    kind="wrong",
    says="da holds the responsibilities alone: the weights are not in it.",
    hint="The softmax couples the weights. What must each row of da sum to?",
    lecture="001:1272 the derivative of softmax",
)
def mdn_da_no_prior(a, mu, s, t):
    loss, da, dmu, ds = mdn(a, mu, s, t)
    return loss, da - softmax(a) / len(t), dmu, ds


@variant(
    "mdn.da-no-responsibility",
    of=mdn,
    kind="wrong",
    says="da holds the weights alone: the responsibilities are not taken off.",
    hint="Which way does the loss move when the weight of the component that fits grows?",
    lecture=MIXTURE,
)
def mdn_da_no_responsibility(a, mu, s, t):
    loss, _, dmu, ds = mdn(a, mu, s, t)
    return loss, softmax(a) / len(t), dmu, ds


@variant(
    "mdn.dmu-sign",
    of=mdn,
    kind="wrong",
    says="dmu has the wrong sign.",
    hint="The target is above a mean. Which way does the loss move when that mean grows?",
    lecture=MIXTURE,
)
def mdn_dmu_sign(a, mu, s, t):
    loss, da, dmu, ds = mdn(a, mu, s, t)
    return loss, da, -dmu, ds


@variant(
    "mdn.dmu-no-precision",
    of=mdn,
    kind="wrong",
    says="dmu is not divided by the variance.",
    hint="A component is very sure of a mean that is off. Should it be moved more, or less?",
    lecture=MIXTURE,
)
def mdn_dmu_no_precision(a, mu, s, t):
    loss, da, dmu, ds = mdn(a, mu, s, t)
    return loss, da, dmu * np.exp(s)[:, :, np.newaxis], ds


@variant(
    "mdn.ds-no-dimension",
    of=mdn,
    kind="wrong",
    says="ds has 1 where it should have D: one variance serves all D numbers of the target.",
    hint="How often does s stand in the logarithm of the density?",
    lecture=MIXTURE,
)
def mdn_ds_no_dimension(a, mu, s, t):
    loss, da, dmu, ds = mdn(a, mu, s, t)
    r = softmax(a) - da * len(t)
    return loss, da, dmu, ds - 0.5 * r * (t.shape[1] - 1) / len(t)


# ------------------------------------------------------------------ penalties

PENALTY = "003:195 R(W) = |W|^2; 001:1330 too, 002:82 has lambda/2, 001:800 no square"
BIASES = "002:86, 002:103 all weights except biases"
NET = "003:197 R(W) = beta |W|^2 + |W|_1, times lambda as in 003:188"


@variant(
    "l2.half",
    of=l2_penalty,
    kind="note",
    says="The squares have lambda/2 in front; the handout has lambda.",
    hint="A single weight of 1: what does it cost?",
    lecture=PENALTY,
)
def l2_half(w, b, lam):
    return scaled(l2_penalty(w, b, lam), 1 / 2)


@also(elastic_net, l2_half)
def elastic_half(w, b, lam, beta):
    return elastic_net(w, b, lam, beta / 2)


@variant(
    "l2.unsquared",
    of=l2_penalty,
    kind="note",
    says="The norm is not squared; the handout squares it.",
    hint="All weights are doubled. What happens to your penalty?",
    lecture=PENALTY,
)
def l2_unsquared(w, b, lam):
    norm = np.sqrt((w**2).sum())
    return lam * norm, lam * w / norm


@also(elastic_net, l2_unsquared)
def elastic_unsquared(w, b, lam, beta):
    norm = np.sqrt((w**2).sum())
    penalty, dw = elastic_net(w, b, lam, 0.0)
    return penalty + lam * beta * norm, dw + lam * beta * w / norm


@variant(
    "l2.on-bias",
    of=l2_penalty,
    kind="wrong",
    says="The bias is penalised like the weights.",
    hint="Does a large bias make a network more complicated? What is your penalty for w = 0?",
    lecture=BIASES,
)
def l2_on_bias(w, b, lam):
    penalty, dw = l2_penalty(w, b, lam)
    return penalty + lam * (b**2).sum(), dw


@also(elastic_net, l2_on_bias)
def elastic_on_bias(w, b, lam, beta):
    penalty, dw = elastic_net(w, b, lam, beta)
    return penalty + elastic_net(b, b, lam, beta)[0], dw


@variant(
    "l2.no-two",
    of=l2_penalty,
    kind="wrong",
    says="dw lacks the 2 of the square's derivative; the penalty has no 1/2 to make up for it.",
    hint="What is the derivative of lam x^2?",
    lecture=PENALTY,
)
def l2_no_two(w, b, lam):
    penalty, dw = l2_penalty(w, b, lam)
    return penalty, dw / 2


@also(elastic_net, l2_no_two)
def elastic_no_two(w, b, lam, beta):
    penalty, dw = elastic_net(w, b, lam, beta)
    return penalty, dw - lam * beta * w


@variant(
    "l2.mean",
    of=l2_penalty,
    kind="wrong",
    says="The squares are averaged instead of added.",
    hint="A layer is made twice as wide. Should each of its weights cost half as much?",
    lecture=PENALTY,
)
def l2_mean(w, b, lam):
    return scaled(l2_penalty(w, b, lam), 1 / w.size)


@also(elastic_net, l2_mean)
def elastic_mean(w, b, lam, beta):
    return scaled(elastic_net(w, b, lam, beta), 1 / w.size)


@variant(
    "l2.no-lambda",
    of=l2_penalty,
    kind="wrong",
    says="lam is left out.",
    hint="What does your function return for lam = 0?",
    lecture=PENALTY,
)
def l2_no_lambda(w, b, lam):
    return l2_penalty(w, b, 1.0)


@also(elastic_net, l2_no_lambda)
def elastic_no_lambda(w, b, lam, beta):
    return elastic_net(w, b, 1.0, beta)


@variant(
    "l2.gradient-no-lambda",
    of=l2_penalty,
    kind="wrong",
    says="dw lacks lam; the penalty has it.",
    hint="What is your dw for lam = 0?",
    lecture=PENALTY,
)
def l2_gradient_no_lambda(w, b, lam):
    return l2_penalty(w, b, lam)[0], 2 * w


@also(elastic_net, l2_gradient_no_lambda)
def elastic_gradient_no_lambda(w, b, lam, beta):
    return elastic_net(w, b, lam, beta)[0], elastic_net(w, b, 1.0, beta)[1]


@variant(
    "l2.is-l1",
    of=l2_penalty,
    kind="wrong",
    says="This is the L1 penalty.",
    hint="All weights are doubled. What happens to your penalty, and what should happen?",
    lecture="003:195 L2; 003:196 is L1",
)
def l2_is_l1(w, b, lam):
    return elastic_net(w, b, lam, 0.0)


@variant(
    "l2.sign",
    of=l2_penalty,
    kind="wrong",
    says="dw has the opposite sign: it is the step that shrinks the weights, not the gradient.",
    hint="A positive weight grows. Does the penalty rise or fall?",
    lecture="001:183 a step is -eta times the gradient",
)
def l2_sign(w, b, lam):
    penalty, dw = l2_penalty(w, b, lam)
    return penalty, -dw


@also(elastic_net, l2_sign)
def elastic_sign(w, b, lam, beta):
    penalty, dw = elastic_net(w, b, lam, beta)
    return penalty, -dw


@variant(
    "l2.spectral",
    of=l2_penalty,
    kind="wrong",
    says="np.linalg.norm(w, 2) of a matrix is its largest singular value, not the root of its squares.",
    hint="Which norm does your function take when w has two axes?",
    lecture="002:82 the sum over all w_i^2",
)
def l2_spectral(w, b, lam):
    return lam * np.linalg.norm(w, 2) ** 2, l2_penalty(w, b, lam)[1]


@also(elastic_net, l2_spectral)
def elastic_spectral(w, b, lam, beta):
    penalty, dw = elastic_net(w, b, lam, beta)
    return penalty + lam * beta * (np.linalg.norm(w, 2) ** 2 - (w**2).sum()), dw


@variant(
    "l1.matrix-norm",
    of=elastic_net,
    kind="wrong",
    says="np.linalg.norm(w, 1) of a matrix is its largest column sum, not the sum over all |w|.",
    hint="Which norm does your function take when w has two axes?",
    lecture="002:97 the sum over all |w_i|",
)
def elastic_matrix_norm(w, b, lam, beta):
    penalty, dw = elastic_net(w, b, lam, beta)
    return penalty + lam * (np.linalg.norm(w, 1) - np.abs(w).sum()), dw


@variant(
    "l2.no-grad",
    of=elastic_net,
    kind="wrong",
    says="dw has the L1 part alone; the penalty has both.",
    hint="Which terms of your penalty has dw seen?",
    lecture=NET,
)
def elastic_no_l2_gradient(w, b, lam, beta):
    return elastic_net(w, b, lam, beta)[0], elastic_net(w, b, lam, 0.0)[1]


@variant(
    "l2.no-loss",
    of=elastic_net,
    kind="wrong",
    says="The penalty has the L1 part alone.",
    hint="What happens to your penalty when beta grows?",
    lecture=NET,
)
def elastic_no_l2_loss(w, b, lam, beta):
    return elastic_net(w, b, lam, 0.0)[0], elastic_net(w, b, lam, beta)[1]


@variant(
    "l1.no-grad",
    of=elastic_net,
    kind="wrong",
    says="dw has the L2 part alone; the penalty has both.",
    hint="Which terms of your penalty has dw seen?",
    lecture=NET,
)
def elastic_no_l1_gradient(w, b, lam, beta):
    return elastic_net(w, b, lam, beta)[0], l2_penalty(w, b, lam * beta)[1]


@variant(
    "l1.no-loss",
    of=elastic_net,
    kind="wrong",
    says="The penalty has the L2 part alone.",
    hint="What does your function return for beta = 0?",
    lecture=NET,
)
def elastic_no_l1_loss(w, b, lam, beta):
    return l2_penalty(w, b, lam * beta)[0], elastic_net(w, b, lam, beta)[1]


@variant(
    "l1.size-for-sign",
    of=elastic_net,
    kind="wrong",
    says="The L1 part of dw is |w| instead of the sign of w.",
    hint="How steep is |x| at x = -3?",
    lecture=NET,
)
def elastic_size_for_sign(w, b, lam, beta):
    return elastic_net(w, b, lam, beta)[0], lam * (2 * beta * w + np.abs(w))


@variant(
    "l1.ones-for-sign",
    of=elastic_net,
    kind="wrong",
    says="The L1 part of dw is 1 for every weight, whatever its sign.",
    hint="How steep is |x| at x = -3?",
    lecture=NET,
)
def elastic_ones_for_sign(w, b, lam, beta):
    return elastic_net(w, b, lam, beta)[0], lam * (2 * beta * w + 1)


@variant(
    "net.beta-on-l1",
    of=elastic_net,
    kind="wrong",
    says="beta stands at the L1 norm; it belongs to the squares.",
    hint="Which part is left for beta = 0?",
    lecture=NET,
)
def elastic_beta_on_l1(w, b, lam, beta):
    l1, dl1 = elastic_net(w, b, lam * beta, 0.0)
    l2, dl2 = l2_penalty(w, b, lam)
    return l1 + l2, dl1 + dl2


@variant(
    "net.share",
    of=elastic_net,
    kind="wrong",
    says="beta is used as a share: the L1 norm has 1 - beta in front of it.",
    hint="beta = 1. Which parts are left, by the handout's formula and by yours?",
    lecture=NET,
)
def elastic_share(w, b, lam, beta):
    l1, dl1 = elastic_net(w, b, lam * (1 - beta), 0.0)
    l2, dl2 = l2_penalty(w, b, lam * beta)
    return l1 + l2, dl1 + dl2


@variant(
    "net.lambda-on-l2",
    of=elastic_net,
    kind="wrong",
    says="lam multiplies the squares alone; it belongs to both parts.",
    hint="What does your function return for lam = 0?",
    lecture=NET,
)
def elastic_lambda_on_l2(w, b, lam, beta):
    l1, dl1 = elastic_net(w, b, 1.0, 0.0)
    l2, dl2 = l2_penalty(w, b, lam * beta)
    return l1 + l2, dl1 + dl2


@variant(
    "net.lambda-on-l1",
    of=elastic_net,
    kind="wrong",
    says="lam multiplies the L1 norm alone; it belongs to both parts.",
    hint="What does your function return for lam = 0?",
    lecture=NET,
)
def elastic_lambda_on_l1(w, b, lam, beta):
    l1, dl1 = elastic_net(w, b, lam, 0.0)
    l2, dl2 = l2_penalty(w, b, beta)
    return l1 + l2, dl1 + dl2


elastic_tie_up = tie("l1.tie-up", elastic_net, 1, "w", lambda g, w, b, lam, beta: np.where(w == 0, lam, g))
elastic_tie_down = tie(
    "l1.tie-down", elastic_net, -1, "w", lambda g, w, b, lam, beta: np.where(w == 0, -lam, g)
)
