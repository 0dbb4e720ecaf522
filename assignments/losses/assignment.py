"""Losses and penalties: what a wrong answer costs, what large weights cost, and the gradients of both.

How to read it: the kinds of input of each function come first, then the functions, then the points.
"""

import numpy as np

from reference import cross_entropy, gaussian_likelihood, hinge, risk, top_k
from suites import Assignment, Op, Part, agreement, regime, single, sums_to_zero, views

from . import oracle, variants

# ------------------------------------------------------------------ binary cross-entropy


def binary(rng, n=7):
    """Logits of n examples, with labels of both kinds where n allows it."""
    y = np.arange(n) % 2
    return {"z": 2.0 * rng.normal(size=n), "y": rng.permutation(y) if n > 1 else rng.integers(0, 2, 1)}


@regime(public=True, draws=2)
def logits(rng):
    """Ordinary logits."""
    return binary(rng)


@regime(like="logits")
def more_logits(rng):
    """A larger batch."""
    return binary(rng, 12)


@regime(tier="unusual", like="logits")
def sure_logits(rng):
    """Logits of 40 to 80 on both sides; some are sure of the wrong label."""
    drawn = binary(rng, 8)
    drawn["z"] = rng.uniform(40, 80, 8) * np.repeat((-1, 1), 4)
    return {**drawn, "y": np.tile((0, 1), 4)}


@regime(tier="unusual", like="logits")
def surprises(rng):
    """Labels whose probability is between 1e-7 and 1e-15."""
    drawn = binary(rng, 6)
    ladder = -np.log((1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15))
    return {**drawn, "z": -rng.permutation(ladder + rng.uniform(-0.3, 0.3, 6)), "y": np.ones(6, int)}


@regime(tier="unusual", like="logits")
def huge_logits(rng):
    """Logits in the thousands on both sides; some are sure of the wrong label."""
    drawn = binary(rng, 9)
    drawn["z"] = rng.uniform(1000, 9000, 9) * np.append(np.repeat((-1, 1), 4), 1)
    return {**drawn, "y": np.append(np.tile((0, 1), 4), 0)}


@regime(tier="unusual", like="logits")
def one_label(rng):
    """Every example has the label 0."""
    return {**binary(rng, 5), "y": np.zeros(5, int)}


@regime(tier="unusual", like="logits")
def one_logit(rng):
    """A batch of a single example."""
    return binary(rng, 1)


@regime(tier="unusual", like="logits")
def single_logits(rng):
    """Logits in single precision (float32)."""
    return single(binary(rng, 10))


@regime(tier="unusual", like="logits")
def scattered_logits(rng):
    """Logits and labels that are views into larger arrays."""
    return views(binary(rng, 6))


# ------------------------------------------------------------------ hinge


def scored(rng, n=7, c=5, scale=1.5):
    """Scores of n examples for c classes, with labels."""
    return {"z": scale * rng.normal(size=(n, c)), "y": rng.integers(0, c, n)}


@regime(public=True, draws=2)
def scores(rng):
    """Ordinary scores."""
    return scored(rng, n=8)


@regime(like="scores")
def many_classes(rng):
    """More classes than examples."""
    return scored(rng, n=4, c=11)


@regime(tier="unusual", like="scores")
def two_classes(rng):
    """Only two classes."""
    return scored(rng, n=6, c=2)


@regime(tier="unusual", like="scores")
def offset_scores(rng):
    """Every row lies elsewhere, some 1000 below the others."""
    drawn = scored(rng)
    return {**drawn, "z": drawn["z"] + 1000.0 * rng.integers(-1, 2, (7, 1))}


@regime(tier="unusual", like="scores")
def huge_scores(rng):
    """Scores in the thousands."""
    return scored(rng, n=6, scale=3000.0)


@regime(tier="unusual", like="scores")
def no_violation(rng):
    """Every label leads by more than the margin: nothing is left to learn."""
    drawn = scored(rng, n=6, c=4)
    drawn["z"][np.arange(6), drawn["y"]] += 20
    return drawn


@regime(tier="unusual", like="scores")
def margins_of_zero(rng):
    """Some labels lead by exactly the margin, where any slope from 0 to 1 is accepted."""
    drawn = scored(rng, n=6, c=5)
    rows = np.arange(6)
    z = rng.integers(-8, 9, (6, 5)) / 4 + 1 / 8
    label = z[rows, drawn["y"]]
    z[rows, (drawn["y"] + 1) % 5] = label - 1  # exactly the margin below
    z[:3, :][rows[:3], (drawn["y"][:3] + 2) % 5] = label[:3] - 1
    z[rows, (drawn["y"] + 3) % 5] = label + 0.5  # and always one that is violated
    return {**drawn, "z": z}


@regime(tier="unusual", like="scores")
def one_row(rng):
    """A batch of a single example."""
    return scored(rng, n=1, c=6)


@regime(tier="unusual", like="scores")
def single_scores(rng):
    """Scores in single precision (float32)."""
    return single(scored(rng, n=6, c=4))


@regime(tier="unusual", like="scores")
def scattered_scores(rng):
    """Scores and labels that are views into larger arrays."""
    return views(scored(rng, n=5, c=6))


# ------------------------------------------------------------------ squared and absolute loss


def fitted(rng, n=7, d=3):
    """Predictions and targets, far enough apart for their difference to have a sign."""
    t = rng.normal(size=(n, d))
    return {"y": t + rng.choice((-1, 1), (n, d)) * rng.uniform(0.1, 2.0, (n, d)), "t": t}


@regime(public=True, draws=2)
def predictions(rng):
    """Predictions and targets, several numbers an example."""
    return fitted(rng)


@regime(like="predictions")
def wide_predictions(rng):
    """More numbers an example than examples."""
    return fitted(rng, n=4, d=9)


@regime(tier="unusual", like="predictions")
def one_output(rng):
    """One number an example, in a column."""
    return fitted(rng, n=6, d=1)


@regime(tier="unusual", like="predictions")
def hits(rng):
    """Some predictions are exactly right."""
    drawn = fitted(rng, n=8, d=2)
    drawn["y"][:3] = drawn["t"][:3]
    return drawn


@regime(tier="unusual", like="predictions")
def offset_predictions(rng):
    """Predictions and targets near 1000, a little apart."""
    drawn = fitted(rng, n=5, d=4)
    return {name: 1000.0 + value for name, value in drawn.items()}


@regime(tier="unusual", like="predictions")
def one_prediction(rng):
    """A batch of a single example."""
    return fitted(rng, n=1, d=4)


@regime(tier="unusual", like="predictions")
def single_predictions(rng):
    """Predictions and targets in single precision (float32)."""
    return single(fitted(rng, n=6, d=5))


@regime(tier="unusual", like="predictions")
def scattered_predictions(rng):
    """Predictions and targets that are views into larger arrays."""
    return views(fitted(rng, n=5, d=6))


# ------------------------------------------------------------------ 0-1 loss


def classified(rng, n=23, wrong=7, c=6):
    """Labels that a classifier gave, `wrong` of them not the right ones."""
    t = rng.integers(0, c, n)
    off = rng.permutation(np.arange(n) < wrong)
    return {"y": (t + off * rng.integers(1, c, n)) % c, "t": t}


@regime(public=True, draws=3)
def guesses(rng):
    """Predicted labels, a good part of them wrong."""
    return classified(rng, wrong=int(rng.integers(4, 10)))


@regime(tier="unusual", like="guesses")
def two_labels(rng):
    """Only two labels."""
    return classified(rng, n=37, wrong=int(rng.integers(2, 36)), c=2)


@regime(tier="unusual", like="guesses")
def all_wrong(rng):
    """Not one label is right."""
    return classified(rng, n=9, wrong=9)


@regime(tier="unusual", like="guesses")
def all_right(rng):
    """Not one label is wrong."""
    return classified(rng, n=8, wrong=0)


@regime(tier="unusual", like="guesses")
def one_guess(rng):
    """A batch of a single example, which is wrong."""
    return classified(rng, n=1, wrong=1)


# ------------------------------------------------------------------ top-k error


def ranked(rng, k, n=31, c=9):
    """Scores in which labels have every rank from 0 to c - 1, mostly low ones; the class before is last."""
    rank = rng.permutation(np.append(np.arange(c), rng.integers(0, k, n - c)))
    y = rng.integers(0, c, n)
    ladder = np.sort(rng.normal(size=(n, c)), axis=1)[:, ::-1]
    z = np.empty((n, c))
    for i in range(n):
        before = (y[i] - 1) % c
        last = c - 1 if rank[i] < c - 1 else c - 2
        others = rng.permutation([j for j in range(c) if j not in (y[i], before)])
        places = [p for p in range(c) if p not in (rank[i], last)]
        z[i, y[i]], z[i, before], z[i, others] = ladder[i, rank[i]], ladder[i, last], ladder[i, places]
    return {"scores": z, "y": y, "k": k}


@regime(public=True, draws=2)
def rankings(rng):
    """Scores without ties; the label may have any rank."""
    return ranked(rng, int(rng.integers(2, 5)))


@regime(like="rankings")
def more_rankings(rng):
    """More examples, another k."""
    return ranked(rng, 3, n=45, c=8)


@regime(tier="unusual", like="rankings")
def top_one(rng):
    """Only the best class counts."""
    return ranked(rng, 1, n=25, c=7)


@regime(tier="unusual", like="rankings")
def all_classes(rng):
    """As many classes are let pass as there are."""
    return ranked(rng, 6, n=17, c=6)


@regime(tier="unusual", like="rankings")
def negative_scores(rng):
    """All scores lie near -1000."""
    drawn = ranked(rng, 2, n=19, c=5)
    return {**drawn, "scores": drawn["scores"] - 1000}


@regime(tier="unusual", like="rankings")
def ties(rng):
    """Some labels tie with another class for place k, which is no error."""
    drawn = ranked(rng, 3, n=29, c=7)
    z, y = drawn["scores"], drawn["y"]
    y[:8] = np.where(np.arange(8) < 3, rng.integers(1, 7, 8), rng.integers(0, 6, 8))
    for i in range(8):  # two ahead, then the label and a class of lower (3) or higher (5) index, level
        level = rng.integers(0, y[i]) if i < 3 else rng.integers(y[i] + 1, 7)
        ahead = rng.permutation([j for j in range(7) if j not in (y[i], level)])[:2]
        z[i] = -1 - rng.uniform(size=7)
        z[i, [y[i], level]] = 0.25
        z[i, ahead] = 1 + rng.uniform(size=2)
    return drawn


@regime(tier="unusual", like="rankings")
def one_ranking(rng):
    """A batch of a single example, whose label comes third."""
    drawn = ranked(rng, 2, n=9, c=9)
    third = np.flatnonzero((drawn["scores"] > drawn["scores"][np.arange(9), drawn["y"]][:, None]).sum(1) == 2)
    return {"scores": drawn["scores"][third], "y": drawn["y"][third], "k": 2}


@regime(tier="unusual", like="rankings")
def single_rankings(rng):
    """Scores in single precision (float32), views into a larger array."""
    return views(single(ranked(rng, 2, n=21, c=6)))


# ------------------------------------------------------------------ Gaussian likelihood


def gaussian(rng, n=6, d=4):
    """Means, log-variances and targets."""
    return {"mu": rng.normal(size=(n, d)), "s": rng.normal(size=(n, d)), "t": 1.5 * rng.normal(size=(n, d))}


@regime(public=True, draws=2)
def means(rng):
    """Ordinary means, log-variances and targets."""
    return gaussian(rng)


@regime(like="means")
def many_means(rng):
    """More numbers an example than examples."""
    return gaussian(rng, n=3, d=8)


@regime(tier="unusual", like="means")
def one_mean(rng):
    """One number an example."""
    return gaussian(rng, n=7, d=1)


@regime(tier="unusual", like="means")
def exact_means(rng):
    """Some targets are exactly as predicted."""
    drawn = gaussian(rng, n=8, d=3)
    drawn["t"][:3] = drawn["mu"][:3]
    return drawn


@regime(tier="unusual", like="means")
def far_targets(rng):
    """Some targets lie hundreds of standard deviations off."""
    drawn = gaussian(rng, n=5, d=2)
    drawn["t"][1:3] += 900
    return drawn


@regime(tier="unusual", like="means")
def extreme_variances(rng):
    """Variances from 1e-9 to 1e9."""
    drawn = gaussian(rng, n=5, d=3)
    return {**drawn, "s": rng.uniform(15, 20, (5, 3)) * rng.choice((-1, 1), (5, 3))}


@regime(tier="unusual", like="means")
def one_gaussian(rng):
    """A batch of a single example."""
    return gaussian(rng, n=1, d=5)


@regime(tier="unusual", like="means")
def single_means(rng):
    """Everything in single precision (float32)."""
    return single(gaussian(rng, n=7, d=2))


@regime(tier="unusual", like="means")
def scattered_means(rng):
    """Arguments that are views into larger arrays."""
    return views(gaussian(rng, n=4, d=5))


# ------------------------------------------------------------------ mixture density network


def mixed(rng, n=6, k=4, d=3):
    """Logits of the weights, means, log-variances and targets of n mixtures."""
    shapes = {"a": (n, k), "mu": (n, k, d), "s": (n, k), "t": (n, d)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


@regime(public=True, draws=2)
def mixtures(rng):
    """Ordinary mixtures."""
    return mixed(rng)


@regime(like="mixtures")
def many_components(rng):
    """More components than examples."""
    return mixed(rng, n=3, k=7, d=2)


@regime(tier="unusual", like="mixtures")
def one_component(rng):
    """A single component: a Gaussian."""
    return mixed(rng, n=5, k=1, d=2)


@regime(tier="unusual", like="mixtures")
def numbers(rng):
    """Targets are single numbers."""
    return mixed(rng, n=7, k=3, d=1)


@regime(tier="unusual", like="mixtures")
def far_from_all(rng):
    """Some targets lie far from every mean: each density rounds to 0."""
    drawn = mixed(rng, n=5, k=3, d=2)
    drawn["t"][1:3] += 200
    return drawn


@regime(tier="unusual", like="mixtures")
def huge_weights(rng):
    """Logits of the weights in the thousands."""
    drawn = mixed(rng, n=6, k=3, d=2)
    return {**drawn, "a": drawn["a"] + 1000.0 * rng.integers(1, 9, (6, 1))}


@regime(tier="unusual", like="mixtures")
def one_mixture(rng):
    """A batch of a single example."""
    return mixed(rng, n=1, k=5, d=3)


@regime(tier="unusual", like="mixtures")
def single_mixtures(rng):
    """Everything in single precision (float32)."""
    return single(mixed(rng, n=4, k=3, d=5))


@regime(tier="unusual", like="mixtures")
def scattered_mixtures(rng):
    """Arguments that are views into larger arrays."""
    return views(mixed(rng, n=5, k=2, d=4))


# ------------------------------------------------------------------ penalties


def layer(rng, *shape):
    """Weights and a bias, with numbers that say what they cost."""
    lam, beta = rng.uniform(0.05, 0.4), rng.uniform(0.6, 0.9)
    return {"w": rng.normal(size=shape), "b": rng.normal(size=shape[-1]), "lam": lam, "beta": beta}


@regime(public=True, draws=2)
def weights(rng):
    """The weights of a dense layer."""
    return layer(rng, 5, 4)


@regime(like="weights")
def wide_weights(rng):
    """More outputs than inputs."""
    return layer(rng, 3, 8)


@regime(tier="unusual", like="weights")
def kernels(rng):
    """The weights of a convolution: four axes."""
    return layer(rng, 4, 3, 2, 5)


@regime(tier="unusual", like="weights")
def no_penalty(rng):
    """lam is 0."""
    return {**layer(rng, 4, 3), "lam": 0.0}


@regime(tier="unusual", like="weights")
def pruned_weights(rng):
    """Some weights are exactly 0, where any slope of |w| from -1 to 1 is accepted."""
    drawn = layer(rng, 6, 5)
    drawn["w"][rng.permutation(6)[:3], :3] = 0
    return drawn


@regime(tier="unusual", like="weights")
def large_weights(rng):
    """Weights in the thousands, and a large lam."""
    drawn = layer(rng, 4, 6)
    return {**drawn, "w": 1000 * drawn["w"], "lam": 50.0}


@regime(tier="unusual", like="weights")
def only_l1(rng):
    """beta is 0: the L1 penalty alone."""
    return {**layer(rng, 5, 3), "beta": 0.0}


@regime(tier="unusual", like="weights")
def single_weights(rng):
    """Weights in single precision (float32)."""
    return single(layer(rng, 7, 3))


@regime(tier="unusual", like="weights")
def scattered_weights(rng):
    """Weights that are a view into a larger array."""
    return views(layer(rng, 3, 6))


# ------------------------------------------------------------------ what is asked

binary_op = Op(
    forward="binary_cross_entropy",
    oracle=cross_entropy.binary_on_logits,
    args=("z", "y"),
    outputs=("loss", "dz"),
    regimes=(
        *(logits, more_logits),
        *(sure_logits, surprises, huge_logits, one_label, one_logit, single_logits, scattered_logits),
    ),
    domains={"z": "(N,), logits of label 1: any real numbers", "y": "(N,), labels 0 or 1"},
)

hinge_op = Op(
    forward="svm_loss",
    oracle=hinge.multiclass,
    args=("z", "y"),
    outputs=("loss", "dz"),
    regimes=(
        *(scores, many_classes, two_classes, offset_scores, huge_scores, no_violation),
        *(margins_of_zero, one_row, single_scores, scattered_scores),
    ),
    domains={"z": "(N, C), scores: any real numbers; C at least 2", "y": "(N,), labels 0, ..., C - 1"},
)

FITTED = (
    *(predictions, wide_predictions, one_output, hits, offset_predictions),
    *(one_prediction, single_predictions, scattered_predictions),
)
FITTED_DOMAINS = {"y": "(N, D), predictions", "t": "(N, D), targets"}

squared_op = Op(
    forward="squared_loss",
    oracle=risk.squared,
    args=("y", "t"),
    outputs=("loss", "dy"),
    regimes=FITTED,
    domains=FITTED_DOMAINS,
)

absolute_op = Op(
    forward="absolute_loss",
    oracle=risk.absolute,
    args=("y", "t"),
    outputs=("loss", "dy"),
    regimes=FITTED,
    domains=FITTED_DOMAINS,
)

zero_one_op = Op(
    forward="zero_one_loss",
    oracle=risk.zero_one,
    args=("y", "t"),
    outputs=("error",),
    regimes=(guesses, two_labels, all_wrong, all_right, one_guess),
    domains={"y": "(N,), predicted labels", "t": "(N,), the right ones"},
)

top_k_op = Op(
    forward="top_k_error",
    oracle=top_k.error,
    args=("scores", "y", "k"),
    outputs=("error",),
    regimes=(
        *(rankings, more_rankings, top_one, all_classes),
        *(negative_scores, ties, one_ranking, single_rankings),
    ),
    domains={
        "scores": "(N, C), any real numbers",
        "y": "(N,), labels 0, ..., C - 1",
        "k": "how many of the best classes count, from 1 to C",
    },
)

gaussian_op = Op(
    forward="gaussian_nll",
    oracle=gaussian_likelihood.heteroscedastic,
    args=("mu", "s", "t"),
    outputs=("loss", "dmu", "ds"),
    regimes=(
        *(means, many_means, one_mean, exact_means, far_targets, extreme_variances),
        *(one_gaussian, single_means, scattered_means),
    ),
    domains={
        "mu": "(N, D), predicted means",
        "s": "(N, D), predicted log-variances: any real numbers",
        "t": "(N, D), targets",
    },
)

mixture_op = Op(
    forward="mixture_nll",
    oracle=gaussian_likelihood.mixture,
    args=("a", "mu", "s", "t"),
    outputs=("loss", "da", "dmu", "ds"),
    regimes=(
        *(mixtures, many_components, one_component, numbers, far_from_all, huge_weights),
        *(one_mixture, single_mixtures, scattered_mixtures),
    ),
    domains={
        "a": "(N, K), logits of the weights of K components",
        "mu": "(N, K, D), their means",
        "s": "(N, K), their log-variances: component k has the covariance exp(s_k) I",
        "t": "(N, D), targets",
    },
)

PENALTIES = (weights, wide_weights, kernels, no_penalty, pruned_weights, large_weights)
PENALTY_DOMAINS = {
    "w": "weights of any shape",
    "b": "a bias, which costs nothing",
    "lam": "at least 0",
    "beta": "at least 0",
}

l2_op = Op(
    forward="l2_penalty",
    oracle=oracle.l2_penalty,
    args=("w", "b", "lam"),
    outputs=("penalty", "dw"),
    regimes=(*PENALTIES, single_weights, scattered_weights),
    domains={name: PENALTY_DOMAINS[name] for name in ("w", "b", "lam")},
)

elastic_op = Op(
    forward="elastic_net",
    oracle=oracle.elastic_net,
    args=("w", "b", "lam", "beta"),
    outputs=("penalty", "dw"),
    regimes=(*PENALTIES, only_l1, single_weights, scattered_weights),
    domains=PENALTY_DOMAINS,
)

assignment = Assignment(
    title="Losses and penalties",
    submit="losses.py",
    parts=(
        Part("binary cross-entropy", binary_op, (agreement(loss=1, dz="1.5"),)),
        Part(
            "hinge",
            hinge_op,
            (agreement(loss="1.5", dz=2), sums_to_zero("each row of dz sums to zero", "dz", (1,))),
        ),
        Part("squared", squared_op, (agreement(loss="0.5", dy=1),)),
        Part("absolute", absolute_op, (agreement(loss="0.5", dy="0.5"),)),
        Part("zero-one", zero_one_op, (agreement(error="0.5"),)),
        Part("top-k", top_k_op, (agreement(error=1),)),
        Part("gaussian", gaussian_op, (agreement(loss=1, dmu=1, ds="1.5"),)),
        Part(
            "mixture",
            mixture_op,
            (
                agreement(loss=1, da=1, dmu=1, ds=1),
                sums_to_zero("each row of da sums to zero", "da", (1,)),
            ),
        ),
        Part("l2", l2_op, (agreement(penalty="0.5", dw="0.5"),)),
        Part("elastic net", elastic_op, (agreement(penalty="0.5", dw=1),)),
    ),
    variants=variants,
    conventions={
        "loss.sum": "required",
        "loss.mean-over-entries": "required",
        "mse.half": "required",
        "mse.half-sum": "required",
        "hinge.mean-over-classes": "required",
        "error.percent": "required",
        "nll.no-constant": "accepted",  # it moves nothing
        "l2.half": "required",
        "l2.unsquared": "required",
    },
)
