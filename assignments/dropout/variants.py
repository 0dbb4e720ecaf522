# ruff: noqa: D103  (`says` is the docstring of a variant)
"""What students write for dropout. A forward takes a Generator last, and so does a backward.

Most mistakes are made in single entries and in whole channels alike: `_both` makes one variant of each.
A mask that is drawn as rand < 1 - p, as rand > p or by another generator is no variant: nothing tells them
apart.
"""

import numpy as np

from suites import Variant, variant

from . import oracle


def _shape(x, channels):
    return (*x.shape[:2], 1, 1) if channels else x.shape


def _multiplied(x, p, mode, mask, factor):
    """x times mask times a number, and the cache that a right backward needs for it."""
    mask = np.broadcast_to(mask, x.shape)
    return x * mask * factor, oracle.Cache(x, p, mode == "train", mask, mask * factor)


def _kept(x, probability, rng, channels):
    """Who stays, each with a probability."""
    return rng.random(_shape(x, channels)) < probability


def _over(one, p):
    """one / p, and infinity where p is 0, as NumPy has it."""
    return np.float64(one) / np.float64(p)


def _both(id, *, kind="wrong", says, hint, lecture=""):
    """Variants of both functions of one body (x, p, mode, rng, channels)."""

    def make(body):
        def entries(x, p, mode, rng):
            return body(x, p, mode, rng, False)

        def channels(x, p, mode, rng):
            return body(x, p, mode, rng, True)

        words = variant(id, of=oracle.dropout, kind=kind, says=says, hint=hint, lecture=lecture)(
            entries
        ).words
        return Variant(words, oracle.dropout, entries), Variant(words, oracle.spatial, channels)

    return make


def _scaled(train, test=lambda p: 1.0):
    """A body with the right mask and other factors, functions of p."""

    def body(x, p, mode, rng, channels):
        if mode == "test":
            return _multiplied(x, p, mode, True, test(p))
        return _multiplied(x, p, mode, _kept(x, 1 - p, rng, channels), train(p))

    return body


def _masked(draw):
    """A body with the right factor and another mask, of draw(x, p, rng, channels)."""

    def body(x, p, mode, rng, channels):
        if mode == "test":
            return _multiplied(x, p, mode, True, 1.0)
        return _multiplied(x, p, mode, draw(x, p, rng, channels), 1 / (1 - p))

    return body


# ------------------------------------------------------------------------------ conventions


@_both(
    "drop.keep-is-drop",
    kind="note",
    says="You take p for the probability to keep; here p is the probability to drop.",
    hint="What fraction of the entries survives p = 0.1 in your function, and what does the handout say?",
    lecture="001:1437 with what probability p units are dropped (000:1083 and 002:129 keep with p)",
)
def _keep_is_drop(x, p, mode, rng, channels):
    if mode == "test":
        return _multiplied(x, p, mode, True, 1.0)
    return _multiplied(x, p, mode, _kept(x, p, rng, channels), _over(1, p))


@_both(
    "drop.keep-is-drop-guarded",
    kind="note",
    says="You take p for the probability to keep, with a guard for 0; here it is the probability to drop.",
    hint="What fraction of the entries survives p = 0.1 in your function, and what does the handout say?",
    lecture="001:1437 with what probability p units are dropped (000:1083 and 002:129 keep with p)",
)
def _keep_is_drop_guarded(x, p, mode, rng, channels):
    if mode == "test":
        return _multiplied(x, p, mode, True, 1.0)
    return _multiplied(x, p, mode, _kept(x, p, rng, channels), 1 / p if p else 0.0)


_plain = _both(
    "drop.plain",
    kind="note",
    says="You scale at test by 1 - p (plain dropout); here the survivors are scaled in training (inverted).",
    hint="What is left to do at test where training has kept the expectation already?",
    lecture="001:1440 the standard variant is the inverted dropout",
)(_scaled(lambda p: 1.0, lambda p: 1 - p))

keep_is_drop, keep_is_drop_channels = _keep_is_drop
keep_is_drop_guarded, keep_is_drop_guarded_channels = _keep_is_drop_guarded
plain, plain_channels = _plain


# ------------------------------------------------------------------------------ factors

no_scale, no_scale_channels = _both(
    "drop.no-scale-forward",
    says="You don't scale what survives, neither in training nor at test.",
    hint="An entry is 1. What is the mean of what comes out in training, and what comes out at test?",
    lecture="001:1440 multiply activations by 1/(1-p) during training",
)(_scaled(lambda p: 1.0))

scale_twice, scale_twice_channels = _both(
    "drop.scale-twice",
    says="You scale what survives twice.",
    hint="The mask may hold the factor already. By what is a survivor of p = 0.5 multiplied?",
    lecture="002:134 notice /p, once",
)(_scaled(lambda p: 1 / (1 - p) ** 2))

scale_by_rate, scale_by_rate_channels = _both(
    "drop.scale-by-rate",
    says="You divide what survives by p, the probability to drop, instead of 1 - p.",
    hint="When one in ten is dropped, by how much must the others grow to keep the mean?",
    lecture="001:1440 multiply activations by 1/(1-p) during training",
)(_scaled(lambda p: _over(1, p)))

multiplied_by_keep, multiplied_by_keep_channels = _both(
    "drop.multiplied-by-keep",
    says="You multiply what survives by 1 - p instead of dividing by it.",
    hint="When some are dropped, must the others grow or shrink to keep the mean?",
    lecture="001:1440 multiply activations by 1/(1-p) during training",
)(_scaled(lambda p: 1 - p))

scaled_in_both, scaled_in_both_channels = _both(
    "drop.scaled-in-both",
    says="You scale in training and at test: the two conventions at once.",
    hint="Is the mean of the output in training what comes out at test?",
    lecture="001:1439 either during test, or 001:1440 during training",
)(_scaled(lambda p: 1 / (1 - p), lambda p: 1 - p))

test_by_rate, test_by_rate_channels = _both(
    "drop.test-scale-by-rate",
    says="At test you multiply by p, the probability to drop.",
    hint="Without dropout, p = 0, what should come out at test?",
    lecture="001:1440 keep the network untouched during test",
)(_scaled(lambda p: 1 / (1 - p), lambda p: p))

plain_by_rate, plain_by_rate_channels = _both(
    "drop.plain-by-rate",
    says="You leave training unscaled and multiply at test by p, the probability to drop; what keeps the "
    "mean is 1 - p, and the survivors are scaled in training here.",
    hint="Without dropout, p = 0, what should come out at test?",
    lecture="001:1439 says p and means the probability to keep",
)(_scaled(lambda p: 1.0, lambda p: p))


# ------------------------------------------------------------------------------ modes


@_both(
    "drop.active-at-test",
    says="You drop entries at test as in training.",
    hint="Would a network give the same prediction for the same picture twice?",
    lecture="001:1543 has to be set in train or test mode",
)
def _active_at_test(x, p, mode, rng, channels):
    return _multiplied(x, p, mode, _kept(x, 1 - p, rng, channels), 1 / (1 - p))


@_both(
    "drop.modes-swapped",
    says="You drop at test and leave training alone: the modes are swapped.",
    hint="Which branch does mode = 'train' take?",
    lecture="001:1440 during training",
)
def _modes_swapped(x, p, mode, rng, channels):
    if mode == "train":
        return _multiplied(x, p, mode, True, 1.0)
    return _multiplied(x, p, mode, _kept(x, 1 - p, rng, channels), 1 / (1 - p))


active_at_test, active_at_test_channels = _active_at_test
modes_swapped, modes_swapped_channels = _modes_swapped


# ------------------------------------------------------------------------------ masks

randn_below, randn_below_channels = _both(
    "drop.randn-below",
    says="You compare normal numbers with 1 - p (randn for rand): another share than 1 - p survives.",
    hint="What fraction of numbers drawn by randn is below 0.5?",
    lecture="001:1438 as many Bernoulli variables as units",
)(_masked(lambda x, p, rng, channels: rng.standard_normal(_shape(x, channels)) < 1 - p))

randn_above, randn_above_channels = _both(
    "drop.randn-above",
    says="You compare normal numbers with p (randn for rand): another share than 1 - p survives.",
    hint="What fraction of numbers drawn by randn is above 0.5?",
    lecture="001:1438 as many Bernoulli variables as units",
)(_masked(lambda x, p, rng, channels: rng.standard_normal(_shape(x, channels)) > p))

dropped_stay, dropped_stay_channels = _both(
    "drop.mask-inverted",
    says="Your mask is the wrong way round: those that should be dropped stay.",
    hint="With p = 0.1, how many are left?",
    lecture="001:1437 with what probability p units are dropped",
)(_masked(_kept))

half_always, half_always_channels = _both(
    "drop.half-always",
    says="Half of the entries survive, whatever p is.",
    hint="Which line that draws the mask reads p?",
    lecture="001:1437 with what probability p units are dropped",
)(_masked(lambda x, p, rng, channels: _kept(x, 0.5, rng, channels)))

shared_mask, shared_mask_channels = _both(
    "drop.shared-mask",
    says="You draw one mask and use it for every example of the batch.",
    hint="Of what shape is your mask, and of what shape is x?",
    lecture="001:1438 for each sample, as many Bernoulli variables as units",
)(_masked(lambda x, p, rng, channels: _kept(x[:1], 1 - p, rng, channels)))

one_number, one_number_channels = _both(
    "drop.whole-examples",
    says="You draw one number for each example, so that an example survives whole or not at all.",
    hint="Of what shape is your mask, and of what shape is x?",
    lecture="001:1438 as many Bernoulli variables as units",
)(_masked(lambda x, p, rng, channels: rng.random((len(x), *(1,) * (x.ndim - 1))) < 1 - p))

one_draw, one_draw_channels = _both(
    "drop.one-draw",
    says="You draw a single number for the whole array: all survives or nothing.",
    hint="How many random numbers does one call draw?",
    lecture="001:1438 as many Bernoulli variables as units",
)(_masked(lambda x, p, rng, channels: rng.random((1,) * x.ndim) < 1 - p))

same_mask, same_mask_channels = _both(
    "drop.same-mask",
    says="Every call drops the same entries: the generator is started anew each time.",
    hint="Where is the seed set, and how often does that line run?",
    lecture="001:1410 remove units at random during the forward pass",
)(_masked(lambda x, p, rng, channels: _kept(x, 1 - p, np.random.default_rng(7), channels)))


@_both(
    "drop.fixed-number",
    says="You drop an exact number of entries; each should be dropped by itself.",
    hint="If all others are known to survive, is it still open what happens to the last one?",
    lecture="001:1438 Bernoulli variables are sampled independently",
)
def _fixed_number(x, p, mode, rng, channels):
    def drawn(x, p, rng, channels):
        shape = _shape(x, channels)
        order = rng.permutation(int(np.prod(shape))).reshape(shape)
        return order >= round(p * order.size)

    return _masked(drawn)(x, p, mode, rng, channels)


@_both(
    "drop.uniform-noise",
    says="You multiply by the random numbers themselves; they must be compared with p first.",
    hint="Which values does your mask hold?",
    lecture="002:134 (np.random.rand(...) < p)",
)
def _uniform_noise(x, p, mode, rng, channels):
    if mode == "test":
        return _multiplied(x, p, mode, True, 1.0)
    noise = rng.random(_shape(x, channels))
    return _multiplied(x, p, mode, True, noise / (1 - p))


fixed_number, fixed_number_channels = _fixed_number
uniform_noise, uniform_noise_channels = _uniform_noise


@variant(
    "drop.entries-not-channels",
    of=oracle.spatial,
    kind="wrong",
    says="You drop single entries; spatial dropout drops whole channels.",
    hint="Is any channel of your output partly zero?",
    lecture="001:1564 drops channels instead of individual units",
)
def entries_not_channels(x, p, mode, rng):
    return oracle.dropout(x, p, mode, rng)


@variant(
    "drop.pixels-not-channels",
    of=oracle.spatial,
    kind="wrong",
    says="You drop pixels in all channels at once; spatial dropout drops channels in all pixels at once.",
    hint="Which axes of x have size 1 in your mask?",
    lecture="001:1564 drops channels instead of individual units",
)
def pixels_not_channels(x, p, mode, rng):
    if mode == "test":
        return oracle.spatial(x, p, mode, rng)
    mask = rng.random((len(x), 1, *x.shape[2:])) < 1 - p
    return _multiplied(x, p, mode, mask, 1 / (1 - p))


# ------------------------------------------------------------------------------ backward


def _backward(id, *, says, hint, lecture="001:1480 y = dropout(x), l.backward()"):
    return variant(id, of=oracle.gradient, kind="wrong", says=says, hint=hint, lecture=lecture)


def _factor(cache, training):
    """The number by which survivors are multiplied: `training` in training, 1 at test."""
    return training if cache.training else 1.0


@_backward(
    "drop.no-scale-backward",
    says="You mask the gradient but don't scale it as the forward scaled.",
    hint="out = c x for a survivor. What is d out / d x?",
)
def no_scale_backward(dout, cache, rng):
    return dout * cache.mask


@_backward(
    "drop.scale-twice-backward",
    says="You scale the gradient twice.",
    hint="If the mask in your cache holds the factor, what is left to do?",
)
def scale_twice_backward(dout, cache, rng):
    return dout * cache.factor * _factor(cache, 1 / (1 - cache.p))


@_backward(
    "drop.scale-by-rate-backward",
    says="You divide the gradient by p instead of 1 - p.",
    hint="out = c x for a survivor. What is d out / d x?",
)
def scale_by_rate_backward(dout, cache, rng):
    return dout * cache.mask * _factor(cache, _over(1, cache.p))


@_backward(
    "drop.multiplied-by-keep-backward",
    says="You multiply the gradient by 1 - p instead of dividing by it.",
    hint="out = c x for a survivor. What is d out / d x?",
)
def multiplied_by_keep_backward(dout, cache, rng):
    return dout * cache.mask * _factor(cache, 1 - cache.p)


@_backward(
    "drop.new-mask",
    says="You draw a new mask in the backward.",
    hint="Does an entry that was dropped have an effect on the loss?",
    lecture="001:1480 the gradient is zero where y is",
)
def new_mask(dout, cache, rng):
    if not cache.training:
        return dout
    channels = dout.ndim == 4 and bool(np.all(cache.mask == cache.mask[..., :1, :1]))
    return dout * _kept(dout, 1 - cache.p, rng, channels) / (1 - cache.p)


@_backward(
    "drop.no-mask-backward",
    says="You scale the gradient but don't mask it.",
    hint="Does an entry that was dropped have an effect on the loss?",
    lecture="001:1480 the gradient is zero where y is",
)
def no_mask_backward(dout, cache, rng):
    return dout * _factor(cache, 1 / (1 - cache.p))


@_backward(
    "drop.dout-as-dx",
    says="You hand dout back as if nothing had been dropped.",
    hint="Does an entry that was dropped have an effect on the loss?",
    lecture="001:1480 the gradient is zero where y is",
)
def dout_as_dx(dout, cache, rng):
    return dout


@_backward(
    "drop.opposite-mask",
    says="You let the gradient through where entries were dropped, and stop it where they survived.",
    hint="Does an entry that was dropped have an effect on the loss?",
    lecture="001:1480 the gradient is zero where y is",
)
def opposite_mask(dout, cache, rng):
    return dout * ~cache.mask / (1 - cache.p) if cache.training else dout


@_backward(
    "drop.mask-from-out",
    says="You take for dropped whatever is 0 in the output (or in x): a survivor may be 0, too.",
    hint="If x is 0 and survives, what happens to out when x grows a little?",
    lecture="002:133 H1 = np.maximum(0, ...): many zeros come in",
)
def mask_from_out(dout, cache, rng):
    return dout * cache.factor * (cache.x != 0)


@_backward(
    "drop.dout-times-out",
    says="You multiply dout by the output; its factor is that of the mask alone.",
    hint="out = c x for a survivor. What is d out / d x?",
)
def dout_times_out(dout, cache, rng):
    return dout * cache.x * cache.factor


@_backward(
    "drop.test-backward-scaled",
    says="Your backward scales at test as in training.",
    hint="What did the forward do at test?",
    lecture="001:1440 keep the network untouched during test",
)
def test_backward_scaled(dout, cache, rng):
    return dout * cache.mask / (1 - cache.p)


@_backward(
    "drop.zero-gradient",
    says="Your dx is zero everywhere.",
    hint="Do the survivors have no effect on the loss?",
)
def zero_gradient(dout, cache, rng):
    return 0 * dout
