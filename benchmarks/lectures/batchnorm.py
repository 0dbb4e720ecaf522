"""BatchNorm reaches the same accuracy in fewer steps (F1; 001:1733-1747, ImageNet there, small images here).

The lecture's three settings: the same learning rate, 5 times the rate, 30 times the rate. A plain network
with 12 hidden layers is trained for a fixed number of steps; the accuracy that it ends with is the one to
reach. Told is how many times fewer steps each normalised network takes, paired by seed. The plain network at
raised rates stands beside it: part of the gain is only the rate. Bar: at least 3 times fewer at a raised
rate.

    python -m benchmarks.lectures.batchnorm
"""

from __future__ import annotations

import sys
import time

import numpy as np
from matplotlib.axes import Axes

from benchmarks.lectures.common import COLOURS, Images, Net, batches, images, plot, record, spread

SEEDS, BATCH, EVERY = 4, 64, 25
PLAIN_STEPS, MOST_STEPS = 2000, 800
RATE, RAISED = 0.01, (1, 5, 30)
HIDDEN = (64,) * 12
BAR = 3.0
LECTURE = {1: 2.33, 5: 14.8, 30: 11.5}  # 31.0 M steps against 13.3, 2.1 and 2.7 M


def curve(data: Images, normalised: bool, rate: float, steps: int, seed: int) -> list[float]:
    """Test accuracy after every 25 steps."""
    sizes = (data.x.shape[1], *HIDDEN, 10)
    net = Net.drawn(sizes, normalised, lambda inputs: inputs**-0.5, seed)
    chosen = batches(len(data.y), BATCH, seed)
    seen = []
    with np.errstate(all="ignore"):  # a plain network at a high rate may diverge: that is its result
        for number in range(1, steps + 1):
            batch = next(chosen)
            net.step(data.x[batch], data.y[batch], rate)
            if number % EVERY == 0:
                seen.append(net.accuracy(data.x_test, data.y_test, data.x[:1000]))
    return seen


def steps_to(accuracy: float, seen: list[float]) -> float:
    """The first step at which an accuracy is reached; infinite where it is not."""
    return next((EVERY * (i + 1) for i, value in enumerate(seen) if value >= accuracy), np.inf)


def main() -> int:
    started = time.process_time()
    data = images(10_000, 1000)
    plain = [curve(data, False, RATE, PLAIN_STEPS, seed) for seed in range(SEEDS)]
    wanted = [float(np.mean(seen[-4:])) for seen in plain]
    needed = [steps_to(goal, seen) for goal, seen in zip(wanted, plain, strict=True)]
    print(f"{data.name}, {SEEDS} seeds; to reach {np.mean(wanted):.1f} % the plain network takes", end=" ")
    print(f"{np.median(needed):.0f} steps at a rate of {RATE}")
    rows, curves = [], {("plain", 1): plain}
    for what, factors in (("BatchNorm", RAISED), ("plain", RAISED[1:])):
        for factor in factors:
            seen = [curve(data, what == "BatchNorm", factor * RATE, MOST_STEPS, s) for s in range(SEEDS)]
            curves[what, factor] = seen
            taken = [steps_to(goal, each) for goal, each in zip(wanted, seen, strict=True)]
            ratios = [a / b for a, b in zip(needed, taken, strict=True)]
            deck = f"; lecture {LECTURE[factor]}" if what == "BatchNorm" else ""
            told = f"{np.median(ratios):.2f} times fewer steps ({min(ratios):.2f} to {max(ratios):.2f})"
            if np.isinf(taken).all():
                told = f"not reached in {MOST_STEPS} steps"
            most = np.mean([max(each) for each in seen])
            print(f"{what:10} rate x {factor:<3} {told}{deck}, at most {most:.1f} %", flush=True)
            rows.append(
                {
                    "network": what,
                    "rate": factor * RATE,
                    "times": factor,
                    "steps": [None if np.isinf(t) else t for t in taken],
                    "ratios": [round(r, 3) for r in ratios],
                    "median_ratio": round(float(np.median(ratios)), 3),
                    "lecture": LECTURE[factor] if what == "BatchNorm" else None,
                    "best_accuracy": spread([max(each) for each in seen]),
                }
            )
    raised = [row["ratios"] for row in rows if row["network"] == "BatchNorm" and row["times"] != 1]
    met = max(min(ratios) for ratios in raised) >= BAR
    print(f"at least {BAR:g} times fewer steps in every run at a raised rate: {'met' if met else 'MISSED'}")
    about = {
        "result": "F1",
        "lecture": "001:1733-1747",
        "data": data.name,
        "seeds": SEEDS,
        "hidden": HIDDEN,
        "plain_rate": RATE,
        "plain_steps": needed,
        "accuracy_to_reach": spread(wanted),
        "rows": rows,
        "bar_met": met,
    }
    record("batchnorm", about, started)

    def draw(axes: Axes) -> None:
        lines = (("plain", 1), ("BatchNorm", 1), ("BatchNorm", 5), ("BatchNorm", 30))
        for colour, key in zip(COLOURS, lines, strict=False):
            all_seen = np.array(curves[key])
            steps = EVERY * np.arange(1, all_seen.shape[1] + 1)
            label = f"{key[0]}, rate {key[1] * RATE:g}"
            axes.plot(steps, all_seen.mean(axis=0), color=colour, label=label)
            axes.fill_between(
                steps, all_seen.min(axis=0), all_seen.max(axis=0), color=colour, alpha=0.15, lw=0
            )
        axes.axhline(float(np.mean(wanted)), lw=0.8, ls="--", color=COLOURS[0])

    plot("batchnorm", draw, "steps", "test accuracy, %")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
