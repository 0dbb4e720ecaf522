"""Mini-batch size against the loss reduction of one step (F4; 001:486, on MNIST there).

A perceptron with one hidden layer is trained for a moment; from there one step is taken with the gradient of
B examples, and the mean loss over 4,000 examples is read before and after. Many batches a size, several nets.

    python -m benchmarks.lectures.minibatch
"""

from __future__ import annotations

import sys
import time

import numpy as np
from matplotlib.axes import Axes

from benchmarks.lectures.common import COLOURS, Images, Net, batches, images, plot, record, spread
from reference import deep_mlp
from reference.cross_entropy import categorical_on_logits

SEEDS, BATCHES, WARM_UP, RATE = 6, 30, 60, 0.05
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def loss(net: Net, data: Images) -> float:
    """Over all examples."""
    return float(categorical_on_logits(deep_mlp.forward(data.x, net.weights)[0], data.y)[0])


def reductions(data: Images, seed: int) -> dict[int, float]:
    """The mean loss reduction of one step, by the size of its mini-batch."""
    net = Net.drawn((data.x.shape[1], 64, 10), False, lambda inputs: (2 / inputs) ** 0.5, seed)
    chosen = batches(len(data.y), 64, seed)
    for _ in range(WARM_UP):
        batch = next(chosen)
        net.step(data.x[batch], data.y[batch], 0.03)
    before, rng = loss(net, data), np.random.default_rng([seed, 13])
    found = {}
    for size in SIZES:
        gained = []
        for _ in range(BATCHES):
            batch = rng.choice(len(data.y), size, replace=False)
            after = Net([each.copy() for each in net.weights], [])
            after.step(data.x[batch], data.y[batch], RATE)
            gained.append(before - loss(after, data))
        found[size] = float(np.mean(gained))
    return found


def main() -> int:
    started = time.process_time()
    data = images(4000, 100)
    seeds = [reductions(data, seed) for seed in range(SEEDS)]
    rows = [{"batch": size, **spread([each[size] for each in seeds])} for size in SIZES]
    print(f"{data.name}, {SEEDS} nets, {BATCHES} batches each, rate {RATE}; loss reduction of one step")
    for row in rows:
        print(f"{row['batch']:5} {row['mean']:7.3f} ({row['low']:.3f} to {row['high']:.3f})")
    about = {
        "result": "F4",
        "lecture": "001:486",
        "data": data.name,
        "seeds": SEEDS,
        "rate": RATE,
        "rows": rows,
    }
    record("minibatch", about, started)

    def draw(axes: Axes) -> None:
        means = [row["mean"] for row in rows]
        axes.semilogx(SIZES, means, "o-", base=2, color=COLOURS[1])
        axes.fill_between(
            SIZES,
            [row["low"] for row in rows],
            [row["high"] for row in rows],
            color=COLOURS[1],
            alpha=0.15,
            lw=0,
        )
        axes.axhline(0, lw=0.8, color=COLOURS[0])

    plot("minibatch", draw, "mini-batch size", "loss reduction of one step")
    return 0


if __name__ == "__main__":
    sys.exit(main())
