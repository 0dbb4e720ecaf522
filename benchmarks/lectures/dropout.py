"""Dropout with noisy labels: too little overfits, too much underfits (F3; 001:1454-1461).

A perceptron with 3 hidden layers on few images, of whose labels 40 % are replaced by random ones; test error
on right labels against the drop probability, over seeds.

    python -m benchmarks.lectures.dropout
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from benchmarks.lectures.common import COLOURS, Images, Net, batches, images, plot, record, spread
from reference import affine, deep_mlp
from reference.activations import relu_backward, relu_forward
from reference.cross_entropy import categorical_on_logits

SEEDS, STEPS, BATCH, RATE, NOISY = 5, 1500, 50, 0.1, 0.4
DROPPED = (0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8)
HIDDEN = (128, 128, 128)


def step(net: Net, x: Any, y: Any, drop: float, rng: np.random.Generator) -> None:
    """One step of stochastic gradient descent with inverted dropout after each hidden layer."""
    caches, h = [], x
    for layer in range(len(HIDDEN)):
        a, first = affine.forward(h, net.weights[2 * layer], net.weights[2 * layer + 1])
        h, relu = relu_forward(a)
        mask = (rng.random(h.shape, np.float32) >= drop).astype(np.float32) / np.float32(1 - drop)
        h = h * mask
        caches.append((first, relu, mask))
    scores, last = affine.forward(h, net.weights[-2], net.weights[-1])
    dscores = categorical_on_logits(scores, y)[1]
    dh, dw, db = affine.backward(dscores, last)
    slopes = [dw, db]
    for first, relu, mask in reversed(caches):
        dh, dw, db = affine.backward(relu_backward(dh * mask, relu), first)
        slopes[:0] = [dw, db]
    for value, slope in zip(net.weights, slopes, strict=True):
        np.subtract(value, np.float32(RATE) * slope, out=value)


def errors(data: Images, drop: float, seed: int) -> tuple[float, float]:
    """Test error, and error on the noisy training labels, in percent."""
    rng = np.random.default_rng([seed, 17])
    noisy = np.where(rng.random(len(data.y)) < NOISY, rng.integers(0, 10, len(data.y)), data.y)
    net = Net.drawn((data.x.shape[1], *HIDDEN, 10), False, lambda inputs: (2 / inputs) ** 0.5, seed)
    chosen = batches(len(noisy), BATCH, seed)
    for _ in range(STEPS):
        batch = next(chosen)
        step(net, data.x[batch], noisy[batch], drop, rng)
    train = deep_mlp.forward(data.x, net.weights)[0].argmax(axis=1)
    return 100 - net.accuracy(data.x_test, data.y_test, data.x), float(100 * np.mean(train != noisy))


def main() -> int:
    started = time.process_time()
    data = images(1500, 2000)
    found = {drop: [errors(data, drop, seed) for seed in range(SEEDS)] for drop in DROPPED}
    rows = [
        {
            "drop": drop,
            "test_error": spread([test for test, _ in each]),
            "train_error": spread([train for _, train in each]),
        }
        for drop, each in found.items()
    ]
    print(f"{data.name}, {SEEDS} seeds, {100 * NOISY:g} % of 1,500 labels redrawn; errors in %")
    for row in rows:
        test, train = row["test_error"], row["train_error"]
        print(
            f"drop {row['drop']:<5} test {test['mean']:5.1f} ({test['low']:.1f} to {test['high']:.1f})   "
            f"noisy training labels {train['mean']:5.1f}"
        )
    means = [row["test_error"]["mean"] for row in rows]
    best = int(np.argmin(means))
    u_shape = 0 < best < len(means) - 1
    print(f"least error at a drop probability of {DROPPED[best]}: {'a U' if u_shape else 'no U'}")
    about = {
        "result": "F3",
        "lecture": "001:1454-1461",
        "data": data.name,
        "seeds": SEEDS,
        "noisy_share": NOISY,
        "rows": rows,
        "u_shape": u_shape,
    }
    record("dropout", about, started)

    def draw(axes: Axes) -> None:
        for colour, what, label in (
            (1, "test_error", "right test labels"),
            (2, "train_error", "noisy training labels"),
        ):
            seen = [row[what] for row in rows]
            axes.plot(DROPPED, [each["mean"] for each in seen], "o-", color=COLOURS[colour], label=label)
            low, high = [each["low"] for each in seen], [each["high"] for each in seen]
            axes.fill_between(DROPPED, low, high, color=COLOURS[colour], alpha=0.15, lw=0)

    plot("dropout", draw, "probability of dropping a unit", "error, %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
