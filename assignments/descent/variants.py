"""What goes wrong in gradient descent with momentum: each mistake is a program with the oracle's signature.

The loop of a step stands here once more, so that each mistake is one thing that is different in it.
"""

# ruff: noqa: D103 (what a variant does is in its `says`)

from functools import partial

import numpy as np

from reference.activations import relu_forward, sigmoid_forward, softmax_backward, softmax_forward
from reference.cross_entropy import (
    categorical_on_logits,
    categorical_on_probabilities,
    one_hot,
)
from reference.descent import descend, faster, gradients, moved
from suites import wrong

# ------------------------------------------------------------------ descent, with something else in it


def zeros(p):
    return [np.zeros_like(each) for each in p]


def descended(x, y, w1, b1, w2, b2, rate, momentum, steps, gradients=gradients, move=None):
    """`descend` with other gradients(x, y, *p), or another move(p, v, g, rate, momentum) to p and v."""
    move = move or as_asked
    p = [w1, b1, w2, b2]
    v = zeros(p)
    for _ in range(steps):
        p, v = move(p, v, gradients(x, y, *p), rate, momentum)
    return tuple(p)


def as_asked(p, v, g, rate, momentum):
    v = faster(v, g, rate, momentum)
    return moved(p, v), v


def scaled(g, factor):
    return [factor * each for each in g]


def log_loss_gradient(z, y):
    _, dz = categorical_on_logits(z, y)
    return dz


def backwards(x, y, w1, b1, w2, b2, unit=np.tanh, slope=lambda a, h: 1 - h**2, loss=log_loss_gradient):
    """`gradients` with another unit h = unit(a), another slope(a, h), or another dz = loss(z, y)."""
    a = x @ w1 + b1
    h = unit(a)
    dz = loss(h @ w2 + b2, y)
    da = dz @ w2.T * slope(a, h)
    return x.T @ da, da.sum(axis=0), h.T @ dz, dz.sum(axis=0)


def mistaken(*args, **other):
    """`descend` by `backwards` with something else in it."""
    return descended(*args, gradients=partial(backwards, **other))


MOMENTUM = "001:578 u_t = gamma u_{t-1} + eta g_t"
NETWORK = "000:565 the chain rule"
SOFTMAX = "001:1264 softmax"
UNITS = "001:1245 tanh"

# ------------------------------------------------------------------ velocity


@wrong(
    "descent.no-momentum",
    of=descend,
    says="This is plain gradient descent: the velocity of a step is forgotten before the next.",
    hint="What does the second step owe to the first? If you assign to v inside a loop over the parameters, "
    "who sees it afterwards?",
    lecture=MOMENTUM,
)
def no_momentum(x, y, w1, b1, w2, b2, rate, _, steps):
    return descend(x, y, w1, b1, w2, b2, rate, 0.0, steps)


@wrong(
    "descent.momentum-sign",
    of=descend,
    says="The old velocity is taken off instead of kept: the momentum has the wrong sign.",
    hint="A ball that rolls downhill: which way does it go on when the ground is level?",
    lecture=MOMENTUM,
)
def momentum_sign(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, rate, -momentum, steps)


@wrong(
    "descent.ascent",
    of=descend,
    says="The steps go uphill: the parameters move along the gradient, not against it.",
    hint="Print the loss after each step. Does it fall?",
    lecture="001:188 theta - eta grad L",
)
def ascent(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, -rate, momentum, steps)


@wrong(
    "descent.no-decay",
    of=descend,
    says="The old velocity is kept whole: it is not multiplied by the momentum.",
    hint="What is left of a gradient after ten steps?",
    lecture=MOMENTUM,
)
def no_decay(x, y, w1, b1, w2, b2, rate, _, steps):
    return descend(x, y, w1, b1, w2, b2, rate, 1.0, steps)


@wrong(
    "descent.one-minus-momentum",
    of=descend,
    says="The old velocity is multiplied by 1 - momentum.",
    hint="With a momentum of 0.9, how much of the velocity should be left after a step?",
    lecture=MOMENTUM,
)
def one_minus_momentum(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, rate, 1 - momentum, steps)


@wrong(
    "descent.damped",
    of=descend,
    says="The gradient is multiplied by 1 - momentum: the velocity is a running mean of the gradients.",
    hint="With momentum 0.9 and a gradient that does not change, how large does the velocity become? "
    "Here it is asked to become ten times a step of plain descent.",
    lecture=MOMENTUM,
)
def damped(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, (1 - momentum) * rate, momentum, steps)


@wrong(
    "descent.dampening",
    of=descend,
    says="From the second step on the gradient is multiplied by 1 - momentum, as with PyTorch's dampening.",
    hint="What does the option dampening of torch.optim.SGD do, and is it in the formula that is asked?",
    lecture=MOMENTUM,
)
def dampening(*args):
    def move(p, v, g, rate, momentum):
        first = not any(each.any() for each in v)
        return as_asked(p, v, g, rate if first else (1 - momentum) * rate, momentum)

    return descended(*args, move=move)


@wrong(
    "descent.late-velocity",
    of=descend,
    says="The parameters move by the velocity of the step before: they move first, and v is updated after.",
    hint="Where are the parameters after a single step?",
    lecture=MOMENTUM,
)
def late_velocity(*args):
    def move(p, v, g, rate, momentum):
        return moved(p, v), faster(v, g, rate, momentum)

    return descended(*args, move=move)


@wrong(
    "descent.rate-outside",
    of=descend,
    says="The rate stands before the whole bracket: the old velocity is multiplied by it, too.",
    hint="A velocity of 1 meets level ground, momentum 0.9, rate 0.01. How fast is it after a step?",
    lecture=MOMENTUM,
)
def rate_outside(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, rate, rate * momentum, steps)


@wrong(
    "descent.rate-twice",
    of=descend,
    says="The rate is in the velocity, and the velocity is multiplied by it once more.",
    hint="There are two ways to write momentum, and the rate stands at another place in each. Have you both?",
    lecture=MOMENTUM,
)
def rate_twice(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, rate**2, momentum, steps)


@wrong(
    "descent.no-rate",
    of=descend,
    says="The rate is not used: a step is as long as the gradient.",
    hint="What do your parameters do when the rate is halved?",
    lecture="001:188 theta - eta grad L",
)
def no_rate(x, y, w1, b1, w2, b2, _, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, 1.0, momentum, steps)


@wrong(
    "descent.nesterov",
    of=descend,
    says="This is Nesterov's method: the gradient is taken where the old velocity leads.",
    hint="At which parameters is the gradient of a step asked?",
    lecture="001:720 Nesterov's accelerated gradient is another method",
)
def nesterov(x, y, w1, b1, w2, b2, rate, momentum, steps):
    p = [w1, b1, w2, b2]
    v = zeros(p)
    for _ in range(steps):
        v = faster(v, gradients(x, y, *moved(p, scaled(v, momentum))), rate, momentum)
        p = moved(p, v)
    return tuple(p)


@wrong(
    "descent.nesterov-ahead",
    of=descend,
    says="This is Nesterov's method as PyTorch has it: the parameters move by momentum v - rate g.",
    hint="What does the option nesterov of torch.optim.SGD do, and is it in the formula that is asked?",
    lecture="001:720 Nesterov's accelerated gradient is another method",
)
def nesterov_ahead(*args):
    def move(p, v, g, rate, momentum):
        v = faster(v, g, rate, momentum)
        return moved(p, faster(v, g, rate, momentum)), v

    return descended(*args, move=move)


# ------------------------------------------------------------------ steps


@wrong(
    "descent.unchanged",
    of=descend,
    says="The parameters come back as they came in.",
    hint="In `for p in parameters: p = p + v`, what changes in the list? And do you return what has moved?",
)
def unchanged(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return w1, b1, w2, b2


@wrong(
    "descent.first-step-only",
    of=descend,
    says="You return after the first step.",
    hint="How far is your return indented?",
)
def first_step_only(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, rate, momentum, min(steps, 1))


@wrong(
    "descent.a-step-less",
    of=descend,
    says="There is a step too few.",
    hint="How often does your loop run for steps = 1?",
)
def a_step_less(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, rate, momentum, max(steps - 1, 0))


@wrong(
    "descent.a-step-more",
    of=descend,
    says="There is a step too many.",
    hint="How often does your loop run for steps = 0?",
)
def a_step_more(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, rate, momentum, steps + 1)


@wrong(
    "descent.first-gradient",
    of=descend,
    says="Every step uses the gradient of the first: it is not computed again.",
    hint="At which parameters is the gradient of the second step taken?",
    lecture="001:188 theta_{t+1} = theta_t - eta grad L(theta_t)",
)
def first_gradient(x, y, *rest):
    g = gradients(x, y, *rest[:4])
    return descended(x, y, *rest, gradients=lambda *_: g)


@wrong(
    "descent.accumulated",
    of=descend,
    says="The gradients of all steps so far are added up: they are not cleared between steps.",
    hint="Does your backward pass write into a gradient, or add to it? What does zero_grad do?",
)
def accumulated(x, y, *rest):
    total = zeros(rest[:4])

    def added(*args):
        total[:] = moved(total, gradients(*args))
        return list(total)

    return descended(x, y, *rest, gradients=added)


@wrong(
    "descent.new-w2",
    of=descend,
    says="w2 moves before the gradient of the first layer is taken, which then comes through the new w2.",
    hint="Which w2 made the scores of this step? In which order do you update and go backwards?",
    lecture="001:188 theta_{t+1} = theta_t - eta grad L(theta_t)",
)
def new_w2(x, y, w1, b1, w2, b2, rate, momentum, steps):
    p = [w1, b1, w2, b2]
    v = zeros(p)
    for _ in range(steps):
        h = np.tanh(x @ p[0] + p[1])
        dz = log_loss_gradient(h @ p[2] + p[3], y)
        v[2:] = faster(v[2:], (h.T @ dz, dz.sum(axis=0)), rate, momentum)
        p[2:] = moved(p[2:], v[2:])
        da = dz @ p[2].T * (1 - h**2)
        v[:2] = faster(v[:2], (x.T @ da, da.sum(axis=0)), rate, momentum)
        p[:2] = moved(p[:2], v[:2])
    return tuple(p)


# ------------------------------------------------------------------ which parameters


def learning_only(*names):
    """Gradients of which all but these are 0."""

    def found(*args):
        g = gradients(*args)
        return [each if name in names else 0 * each for name, each in zip(g._fields, g, strict=True)]

    return found


@wrong(
    "descent.no-biases",
    of=descend,
    says="The biases do not move.",
    hint="Of which of the four parameters do you take the gradient?",
    lecture=NETWORK,
)
def no_biases(*args):
    return descended(*args, gradients=learning_only("w1", "w2"))


@wrong(
    "descent.last-layer-only",
    of=descend,
    says="Only the second layer learns: w1 and b1 do not move.",
    hint="How does the loss depend on w1? Does your gradient get through tanh?",
    lecture=NETWORK,
)
def last_layer_only(*args):
    return descended(*args, gradients=learning_only("w2", "b2"))


# ------------------------------------------------------------------ sum and mean


@wrong(
    "descent.sum",
    of=descend,
    says="The gradient is that of the sum over the batch, not of the mean.",
    hint="What becomes of your steps when every example is there twice?",
    lecture="001:398 the gradient of the empirical risk is a mean",
)
def summed(*args):
    return descended(*args, gradients=lambda x, *rest: scaled(gradients(x, *rest), len(x)))


@wrong(
    "descent.mean-twice",
    of=descend,
    says="The gradients are divided by the size of the batch twice.",
    hint="Where does the mean over the batch stand, and who has already divided by N?",
    lecture="001:398 the gradient of the empirical risk is a mean",
)
def mean_twice(*args):
    return descended(*args, gradients=lambda x, *rest: scaled(gradients(x, *rest), 1 / len(x)))


@wrong(
    "descent.mean-over-entries",
    of=descend,
    says="The gradient is divided by N C, the number of scores, instead of by N.",
    hint="A loss for each example, and then the mean: of how many numbers?",
    lecture="001:398 the gradient of the empirical risk is a mean",
)
def mean_over_entries(x, y, w1, b1, w2, b2, rate, momentum, steps):
    return descend(x, y, w1, b1, w2, b2, rate / len(b2), momentum, steps)


@wrong(
    "descent.bias-mean",
    of=descend,
    says="The gradients of the biases are means over the batch of what has been divided by N already.",
    hint="One bias serves every example: are their demands added or averaged? Who has already divided by N?",
    lecture=NETWORK,
)
def bias_mean(*args):
    def averaged(x, *rest):
        g = gradients(x, *rest)
        return g._replace(b1=g.b1 / len(x), b2=g.b2 / len(x))

    return descended(*args, gradients=averaged)


# ------------------------------------------------------------------ hidden units


@wrong(
    "descent.no-slope",
    of=descend,
    says="The gradient passes tanh unchanged: it is not multiplied by the derivative.",
    hint="By how much does tanh(a) change when a moves a little, far from 0?",
    lecture=UNITS,
)
def no_slope(*args):
    return mistaken(*args, slope=lambda a, h: 1)


@wrong(
    "descent.slope-of-a",
    of=descend,
    says="The derivative of tanh is taken as 1 - a^2, with the pre-activation for the unit.",
    hint="tanh' = 1 - tanh^2: is that the number that went in, or the one that came out?",
    lecture=UNITS,
)
def slope_of_a(*args):
    return mistaken(*args, slope=lambda a, h: 1 - a**2)


@wrong(
    "descent.slope-of-tanh-h",
    of=descend,
    says="tanh is applied twice in its derivative: 1 - tanh(h)^2, where h is tanh(a) already.",
    hint="tanh' = 1 - tanh(a)^2. Which of your variables is tanh(a)?",
    lecture=UNITS,
)
def slope_of_tanh_h(*args):
    return mistaken(*args, slope=lambda a, h: 1 - np.tanh(h) ** 2)


@wrong(
    "descent.slope-unsquared",
    of=descend,
    says="The derivative of tanh is taken as 1 - h, without the square.",
    hint="What is the slope of tanh at -2 and at 2? Which of them should be larger?",
    lecture=UNITS,
)
def slope_unsquared(*args):
    return mistaken(*args, slope=lambda a, h: 1 - h)


@wrong(
    "descent.slope-of-sigmoid",
    of=descend,
    says="The derivative is that of the sigmoid, h (1 - h), and not that of tanh.",
    hint="What is the slope of tanh at 0?",
    lecture=UNITS,
)
def slope_of_sigmoid(*args):
    return mistaken(*args, slope=lambda a, h: h * (1 - h))


@wrong(
    "descent.sigmoid-units",
    of=descend,
    says="The hidden units are sigmoids and not tanh.",
    hint="What is h for a = 0?",
    lecture=UNITS,
)
def sigmoid_units(*args):
    return mistaken(*args, unit=lambda a: sigmoid_forward(a)[0], slope=lambda a, h: h * (1 - h))


@wrong(
    "descent.relu-units",
    of=descend,
    says="The hidden units are ReLUs and not tanh.",
    hint="What is h for a = -1?",
    lecture=UNITS,
)
def relu_units(*args):
    return mistaken(*args, unit=lambda a: relu_forward(a)[0], slope=lambda a, h: a > 0)


@wrong(
    "descent.linear-units",
    of=descend,
    says="There is no tanh: the network is linear.",
    hint="What stands between the two layers?",
    lecture=UNITS,
)
def linear_units(*args):
    return mistaken(*args, unit=lambda a: a, slope=lambda a, h: 1)


@wrong(
    "descent.w2-of-a",
    of=descend,
    says="The gradient of w2 is taken with the pre-activations a instead of the hidden units h.",
    hint="By what is w2 multiplied in the scores?",
    lecture=NETWORK,
)
def w2_of_a(*args):
    def found(x, y, w1, b1, w2, b2):
        a = x @ w1 + b1
        dz = log_loss_gradient(np.tanh(a) @ w2 + b2, y)
        return gradients(x, y, w1, b1, w2, b2)._replace(w2=a.T @ dz)

    return descended(*args, gradients=found)


@wrong(
    "descent.tanh-overflow",
    of=descend,
    says="tanh is computed as (e^2a - 1) / (e^2a + 1), and e^2a becomes infinite for large a.",
    hint="What is exp(2000), and what is inf / inf?",
    lecture=UNITS,
)
def tanh_overflow(*args):
    return mistaken(*args, unit=lambda a: (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1))


# ------------------------------------------------------------------ softmax and the loss


@wrong(
    "descent.no-target",
    of=descend,
    says="The gradient of the scores is softmax(z) / N: the 1 of the label is not taken off.",
    hint="What should the gradient of the scores be where the network is sure and right?",
    lecture=NETWORK,
)
def no_target(*args):
    return mistaken(*args, loss=lambda z, y: softmax_forward(z)[0] / len(z))


@wrong(
    "descent.no-softmax",
    of=descend,
    says="The gradient of the scores is (z - 1{c = y}) / N, as for a squared loss: there is no softmax.",
    hint="Which loss is asked, and what are the probabilities in it?",
    lecture=SOFTMAX,
)
def no_softmax(*args):
    return mistaken(*args, loss=lambda z, y: (z - one_hot(y, z)) / len(z))


@wrong(
    "descent.sigmoid-scores",
    of=descend,
    says="Each score goes through a sigmoid of its own instead of through softmax.",
    hint="Do the probabilities of an example sum to 1?",
    lecture=SOFTMAX,
)
def sigmoid_scores(*args):
    return mistaken(*args, loss=lambda z, y: (sigmoid_forward(z)[0] - one_hot(y, z)) / len(z))


@wrong(
    "descent.softmax-over-batch",
    of=descend,
    says="Softmax runs over the batch: each class sums to 1 over the examples.",
    hint="Along which axis do the probabilities of an example lie?",
    lecture=SOFTMAX,
)
def softmax_over_batch(*args):
    return mistaken(*args, loss=lambda z, y: (softmax_forward(z.T)[0].T - one_hot(y, z)) / len(z))


@wrong(
    "descent.softmax-twice",
    of=descend,
    says="Softmax is applied twice: the loss applies it to what is softmax already.",
    hint="What does torch.nn.functional.cross_entropy take, scores or probabilities?",
    lecture="001:1230 a softmax in front of a loss that has one",
)
def softmax_twice(*args):
    def loss(z, y):
        p, cache = softmax_forward(z)
        return softmax_backward(log_loss_gradient(p, y), cache)

    return mistaken(*args, loss=loss)


@wrong(
    "descent.no-max-shift",
    of=descend,
    says="softmax computes exp(z) of the scores as they are, which overflows for large ones.",
    hint="What is exp(1000)? Softmax does not change when the same number is taken off a whole row.",
    lecture=SOFTMAX,
)
def no_max_shift(*args):
    def loss(z, y):
        e = np.exp(z)
        return (e / e.sum(axis=1, keepdims=True) - one_hot(y, z)) / len(z)

    return mistaken(*args, loss=loss)


@wrong(
    "descent.global-max",
    of=descend,
    says="The largest score of the whole batch is taken off, not that of each row.",
    hint="One row lies thousands below the others. What becomes of exp in that row?",
    lecture=SOFTMAX,
)
def global_max(*args):
    def loss(z, y):
        e = np.exp(z - z.max())
        return (e / e.sum(axis=1, keepdims=True) - one_hot(y, z)) / len(z)

    return mistaken(*args, loss=loss)


@wrong(
    "descent.log-of-zero",
    of=descend,
    says="The loss takes the logarithm of a probability that is rounded to 0, and its gradient is lost.",
    hint="log(exp(a) / s) is a - log s. Which of the two survives a = -1000?",
    lecture="001:1288 l = -log f_y",
)
def log_of_zero(*args):
    def loss(z, y):
        p, cache = softmax_forward(z)
        return softmax_backward(categorical_on_probabilities(p, y)[1], cache)

    return mistaken(*args, loss=loss)


@wrong(
    "descent.log-eps",
    of=descend,
    says="The loss is the logarithm of p and a small number, so where p rounds to 0 nothing is learnt.",
    hint="log(exp(a) / s) is a - log s. Does that need the small number?",
    lecture="001:1288 l = -log f_y",
)
def log_eps(*args):
    def loss(z, y):
        p, cache = softmax_forward(z)
        return softmax_backward(-1.0 * one_hot(y, z) / (len(z) * (p + 1e-12)), cache)

    return mistaken(*args, loss=loss)
