"""A deep network on the disc, with batch normalisation and without (D9; 001:1777-1795).

17 hidden layers of 32 units, naive Gaussian weights, cross-entropy, plain SGD at 0.1, 10 seeds, at several
standard deviations of the weights. Bar: above 95 % with normalisation, clearly worse without, on average over
the seeds at each deviation; how many runs are above stands beside it.

    python -m benchmarks.lectures.disc
"""

from __future__ import annotations

import sys
import time

import numpy as np
from matplotlib.axes import Axes

from benchmarks.lectures.common import COLOURS, Net, batches, plot, record, spread
from reference.deep_mlp import DISC, count
from suites.problems import Disc

SEEDS, STEPS, BATCH, RATE = 10, 800, 100, 0.1
DEVIATIONS = (0.01, 0.1, 0.3)
PROBLEM = Disc(train=2000, test=5000, away=0.0)
PARAMETERS = {False: 17_058, True: 18_146}
BAR = 95.0


def run(normalised: bool, deviation: float, seed: int) -> float:
    """The test accuracy of one network, in percent."""
    problem = PROBLEM.draw(np.random.default_rng([seed, 3]))
    net = Net.drawn(DISC, normalised, lambda inputs: deviation, seed)
    assert sum(each.size for each in (*net.weights, *net.norms)) == PARAMETERS[normalised]
    assert count(DISC, normalised) == PARAMETERS[normalised]
    chosen = batches(len(problem.y), BATCH, seed)
    for _ in range(STEPS):
        batch = next(chosen)
        with np.errstate(all="ignore"):  # weights so large that a plain network overflows are a result, too
            net.step(problem.X[batch], problem.y[batch], RATE)
    return net.accuracy(problem.X_test, problem.y_test, problem.X)


def main() -> int:
    started = time.process_time()
    found = {
        (normalised, deviation): [run(normalised, deviation, seed) for seed in range(SEEDS)]
        for normalised in (False, True)
        for deviation in DEVIATIONS
    }
    print(f"{SEEDS} seeds, {STEPS} steps of {BATCH}; accuracy on the disc, mean (least to most)")
    rows = []
    for (normalised, deviation), values in found.items():
        seen = spread(values)
        what = "BatchNorm" if normalised else "plain"
        print(f"{what:10} std {deviation:<5} {seen['mean']:.1f} % ({seen['low']:.1f} to {seen['high']:.1f})")
        rows.append({"network": what, "weight_std": deviation, "accuracies": values, **seen})
    with_it = [v for (normalised, _), v in found.items() if normalised]
    met = all(np.mean(v) > BAR for v in with_it)
    above = sum(value > BAR for v in with_it for value in v)
    worse = all(np.mean(v) < BAR - 10 for (normalised, _), v in found.items() if not normalised)
    print(f"above {BAR:g} % with BatchNorm: {met}, in {above} of {SEEDS * len(with_it)} runs; ", end="")
    print(f"clearly worse without: {worse}")
    about = {
        "result": "D9",
        "lecture": "001:1777-1795",
        "parameters": {"plain": PARAMETERS[False], "BatchNorm": PARAMETERS[True]},
        "seeds": SEEDS,
        "steps": STEPS,
        "batch": BATCH,
        "rate": RATE,
        "rows": rows,
        "runs_above_95": above,
        "bar_met": bool(met and worse),
    }
    record("disc", about, started)

    def draw(axes: Axes) -> None:
        for index, normalised in enumerate((False, True)):
            for place, deviation in enumerate(DEVIATIONS):
                values = found[normalised, deviation]
                at = place + 0.16 * (2 * index - 1) + np.linspace(-0.08, 0.08, len(values))
                label = ("BatchNorm" if normalised else "plain") if place == 0 else None
                axes.plot(at, values, "o", ms=4, alpha=0.8, color=COLOURS[index], label=label)
        axes.set_xticks(range(len(DEVIATIONS)), [f"{each:g}" for each in DEVIATIONS])
        axes.axhline(BAR, lw=0.8, ls="--", color=COLOURS[0])

    plot("disc", draw, "standard deviation of the initial weights", "accuracy on the disc, %")
    return 0 if met and worse else 1


if __name__ == "__main__":
    sys.exit(main())
