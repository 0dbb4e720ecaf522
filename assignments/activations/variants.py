"""What goes wrong with activations: each mistake is a program with the oracle's signature."""

# ruff: noqa: D103 (what a variant does is in its `says`)

import numpy as np

from reference import activations as act
from suites import wrong

SIGMOID = "001:912 sigmoid and its derivative"
TANH = "001:1245 tanh"
LEAKY = "001:960 leaky ReLU"
SOFTMAX = "001:1264 softmax"


# ------------------------------------------------------------------ sigmoid


@wrong(
    "sig.overflow",
    act.sigmoid_forward,
    "exp(x) / (1 + exp(x)) overflows: it is inf/inf for large x.",
    "What is exp(1000)?",
    SIGMOID,
)
def sigmoid_overflow(x):
    e = np.exp(x)
    out = e / (1 + e)
    return out, out


@wrong(
    "sig.minus", act.sigmoid_forward, "The sign of x is lost: sigmoid falls.", "What is sigmoid(10)?", SIGMOID
)
def sigmoid_minus(x):
    return act.sigmoid_forward(-x)[0], None


@wrong(
    "sig.is-tanh",
    act.sigmoid_forward,
    "This is tanh(x/2): it lies between -1 and 1.",
    "What is sigmoid(-10)?",
    SIGMOID,
)
def sigmoid_is_tanh(x):
    return 2 * act.sigmoid_forward(x)[0] - 1, None


@wrong(
    "sig.of-input",
    act.sigmoid_backward,
    "The formula out (1 - out) is applied to another variable: to the sigmoid of out.",
    "Which variable is the formula in, and which one do you have?",
    SIGMOID,
)
def sigmoid_twice(dout, cache):
    again, _ = act.sigmoid_forward(cache)
    return act.sigmoid_backward(dout, again)


@wrong(
    "sig.of-x",
    act.sigmoid_forward,
    "The derivative is x (1 - x): the formula is in out, and x has been put in.",
    "What is your derivative at x = 3, and how steep is sigmoid there?",
    SIGMOID,
)
def sigmoid_of_x(x):
    return act.sigmoid_forward(x)[0], x  # the right backward makes x (1 - x) of this cache


@wrong(
    "sig.no-one-minus",
    act.sigmoid_backward,
    "The factor 1 - out is missing.",
    "How steep is sigmoid at 0, and how steep far out?",
    SIGMOID,
)
def sigmoid_no_one_minus(dout, cache):
    return dout * cache


@wrong(
    "sig.no-out", act.sigmoid_backward, "The factor out is missing.", "How steep is sigmoid at -10?", SIGMOID
)
def sigmoid_no_out(dout, cache):
    return dout * (1 - cache)


@wrong(
    "sig.tanh-derivative",
    act.sigmoid_backward,
    "1 - out^2 is the derivative of tanh.",
    "How steep is sigmoid at 0?",
    SIGMOID,
)
def sigmoid_tanh_derivative(dout, cache):
    return dout * (1 - cache**2)


@wrong(
    "sig.no-upstream",
    act.sigmoid_backward,
    "The derivative is not multiplied by dout.",
    "Where does dout enter?",
    SIGMOID,
)
def sigmoid_no_upstream(dout, cache):
    return cache * (1 - cache)


# ------------------------------------------------------------------ tanh


@wrong(
    "tanh.overflow",
    act.tanh_forward,
    "(exp(2x) - 1) / (exp(2x) + 1) overflows: it is inf/inf for large x.",
    "What is exp(1000)?",
    TANH,
)
def tanh_overflow(x):
    e = np.exp(2 * x)
    out = (e - 1) / (e + 1)
    return out, out


@wrong(
    "tanh.half",
    act.tanh_forward,
    "This is tanh(x/2): exp(x) stands where exp(2x) is meant.",
    "How steep is tanh at 0?",
    TANH,
)
def tanh_half(x):
    return np.tanh(x / 2), None


@wrong(
    "tanh.no-square",
    act.tanh_backward,
    "1 - out is not the derivative: out is squared.",
    "How steep is tanh at -10?",
    TANH,
)
def tanh_no_square(dout, cache):
    return dout * (1 - cache)


@wrong(
    "tanh.sigmoid-derivative",
    act.tanh_backward,
    "out (1 - out) is the derivative of the sigmoid.",
    "How steep is tanh at 0?",
    TANH,
)
def tanh_sigmoid_derivative(dout, cache):
    return dout * cache * (1 - cache)


@wrong(
    "tanh.of-x",
    act.tanh_forward,
    "The derivative is 1 - x^2: the formula is in out, and x has been put in.",
    "What is your derivative at x = 3, and how steep is tanh there?",
    TANH,
)
def tanh_of_x(x):
    return act.tanh_forward(x)[0], x  # the right backward makes 1 - x^2 of this cache


@wrong(
    "tanh.of-out",
    act.tanh_backward,
    "tanh is applied once more, to out.",
    "Which variable is the formula in, and which one do you have?",
    TANH,
)
def tanh_twice(dout, cache):
    return dout * (1 - np.tanh(cache) ** 2)


# ------------------------------------------------------------------ leaky ReLU


@wrong(
    "leaky.is-relu",
    act.leaky_relu_forward,
    "This is ReLU: what is negative becomes 0.",
    "What is the slope for?",
    LEAKY,
)
def leaky_is_relu(x, slope):
    return np.maximum(x, 0), act.LeakyCache(x, 0.0)


@wrong(
    "leaky.fixed-slope",
    act.leaky_relu_forward,
    "The slope is always 0.01.",
    "What is the argument slope for?",
    LEAKY,
)
def leaky_fixed(x, slope):
    return act.leaky_relu_forward(x, 0.01)


@wrong(
    "leaky.fixed-tenth",
    act.leaky_relu_forward,
    "The slope is always 0.1.",
    "What is the argument slope for?",
    LEAKY,
)
def leaky_fixed_tenth(x, slope):
    return act.leaky_relu_forward(x, 0.1)


@wrong(
    "leaky.wrong-side",
    act.leaky_relu_forward,
    "What is positive is scaled, and what is negative is left.",
    "What is out for x = 1?",
    LEAKY,
)
def leaky_wrong_side(x, slope):
    return np.where(x > 0, slope * x, x), None


@wrong(
    "leaky.absolute",
    act.leaky_relu_forward,
    "What is negative changes its sign.",
    "What is out for x = -1?",
    LEAKY,
)
def leaky_absolute(x, slope):
    return np.where(x > 0, x, -slope * x), None


@wrong(
    "leaky.relu-backward",
    act.leaky_relu_backward,
    "The gradient stops where x is negative, as ReLU's does.",
    "x = -1 is moved a little. What does out do?",
    LEAKY,
)
def leaky_relu_mask(dout, cache):
    return dout * (cache.x > 0)


@wrong(
    "leaky.slope-everywhere",
    act.leaky_relu_backward,
    "The slope is applied everywhere.",
    "x = 1 is moved a little. What does out do?",
    LEAKY,
)
def leaky_everywhere(dout, cache):
    return cache.slope * dout


@wrong(
    "leaky.no-mask",
    act.leaky_relu_backward,
    "The gradient passes unchanged.",
    "x = -1 is moved a little. What does out do?",
    LEAKY,
)
def leaky_no_mask(dout, cache):
    return dout


@wrong(
    "leaky.no-upstream",
    act.leaky_relu_backward,
    "Where x is negative dx is the slope itself, without dout.",
    "Where does dout enter?",
    LEAKY,
)
def leaky_no_upstream(dout, cache):
    return np.where(cache.x > 0, dout, cache.slope)


@wrong(
    "leaky.mask-of-dout",
    act.leaky_relu_backward,
    "The mask is taken from the gradient: it is scaled where dout is negative.",
    "Whose sign decided in the forward which side of 0 an entry is on?",
    LEAKY,
)
def leaky_mask_of_dout(dout, cache):
    return np.where(dout > 0, dout, cache.slope * dout)


# ------------------------------------------------------------------ softmax


@wrong(
    "soft.overflow",
    act.softmax_forward,
    "exp(x) overflows: nothing is taken off first.",
    "What is exp(1000), and what is softmax(x + c)?",
    SOFTMAX,
)
def softmax_overflow(x):
    e = np.exp(x)
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p


@wrong(
    "soft.one-maximum",
    act.softmax_forward,
    "One maximum is taken off all rows: a row far below it becomes 0/0.",
    "Which number may be taken off a row without changing it?",
    SOFTMAX,
)
def softmax_one_maximum(x):
    e = np.exp(x - x.max())
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p


@wrong(
    "soft.all-together",
    act.softmax_forward,
    "All entries together sum to 1, not each row.",
    "What is the sum of each row?",
    SOFTMAX,
)
def softmax_together(x):
    e = np.exp(x - x.max())
    return e / e.sum(), None


@wrong(
    "soft.first-axis",
    act.softmax_forward,
    "It runs over the first axis: the columns sum to 1.",
    "What is the sum of each row?",
    SOFTMAX,
)
def softmax_first_axis(x):
    e = np.exp(x - x.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True), None


@wrong(
    "soft.not-normalised",
    act.softmax_forward,
    "The exponentials are not divided by their sum.",
    "What is the sum of each row?",
    SOFTMAX,
)
def softmax_unnormalised(x):
    return np.exp(x - x.max(axis=-1, keepdims=True)), None


@wrong(
    "soft.diagonal",
    act.softmax_backward,
    "Only the diagonal of the Jacobian is there: p (1 - p) dout.",
    "One score rises. What do the other probabilities do?",
    SOFTMAX,
)
def softmax_diagonal(dout, cache):
    return dout * cache * (1 - cache)


@wrong(
    "soft.no-coupling",
    act.softmax_backward,
    "p dout lacks the second term, which couples the row.",
    "All scores of a row rise alike. What must dx sum to?",
    SOFTMAX,
)
def softmax_no_coupling(dout, cache):
    return dout * cache


@wrong(
    "soft.mean",
    act.softmax_backward,
    "The mean of dout is taken off; it is meant with the weights p.",
    "All scores of a row rise alike. What must dx sum to?",
    SOFTMAX,
)
def softmax_mean(dout, cache):
    return cache * (dout - dout.mean(axis=-1, keepdims=True))


@wrong(
    "soft.sum",
    act.softmax_backward,
    "The sum of dout is taken off; it is meant with the weights p.",
    "All scores of a row rise alike. What must dx sum to?",
    SOFTMAX,
)
def softmax_sum(dout, cache):
    return cache * (dout - dout.sum(axis=-1, keepdims=True))


@wrong(
    "soft.over-all-rows",
    act.softmax_backward,
    "What is taken off is summed over all rows, not over each by itself.",
    "Does the softmax of one row depend on the scores of another?",
    SOFTMAX,
)
def softmax_over_all_rows(dout, cache):
    return cache * (dout - (dout * cache).sum())


@wrong(
    "soft.no-p",
    act.softmax_backward,
    "The factor p in front is missing.",
    "A class has the probability 0. What is its dx?",
    SOFTMAX,
)
def softmax_no_p(dout, cache):
    return dout - (dout * cache).sum(axis=-1, keepdims=True)


@wrong(
    "soft.minus-label",
    act.softmax_backward,
    "p - dout is the gradient of the cross-entropy behind a softmax, with dout for the labels.",
    "What is dout here?",
    SOFTMAX,
)
def softmax_minus_label(dout, cache):
    return cache - dout
