"""How far the throughput suite is to be trusted: the reference against itself, and itself made slower.

For each bundled workload, in one session: runs in which both sides are the reference (the true ratio is 1),
and runs in which one side also computes some of every batch again, to take 10 to 15 % more. Told are the
spread of the ratio, how often the 95 % interval holds the true one (of the slower: the mean of all its runs),
how long a run takes, and how often one of two rows is declared slower than the other by more than the band
(`certainly_better` in suites/ranking.py).

    python -m benchmarks.aa [runs] [--neighbours N] [--only NAME]

Neighbours are processes that compute and copy memory in random bursts, besides whatever this machine does.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise

import numpy as np

import assignments
from benchmarks.batch import judge_alike
from grader.alone import pressure
from grader.bench import Bench, Source
from suites import ranking
from suites.assignment import Op
from suites.ratio import Estimate, band_for
from suites.throughput import compare, estimated
from suites.turns import NotMeasured

NAMES = ("batchnorm", "mlp", "convolution")
# How much of each batch is computed a second time, for 10 to 15 % more CPU time in all, and whether its
# gradient is, too: with that, a single image of the four would take a quarter more.
MORE = {"batchnorm": (0.15, True), "mlp": (0.15, True), "convolution": (0.25, False)}
BAR_SD, BAR_COVER, BAR_S, BAR_SLOW, BAR_EQUAL = 0.01, 0.90, 5.0, 0.90, 0.06

# Each function is also called with the first rows of its batch, and what that returns is thrown away.
_SLOWED = """

def _more(forward, backward):
    def both(x, *others):
        _, some = forward(x[: round({more} * len(x))], *others)
        out, cache = forward(x, *others)
        return out, (cache, some)

    def back(dout, caches):
        cache, some = caches
        if {gradient}:
            backward(dout[: round({more} * len(dout))], some)
        return backward(dout, cache)

    return both, back


{forward}, {backward} = _more({forward}, {backward})
"""


def neighbour() -> None:
    """Compute and copy memory, in bursts, until killed."""
    import numpy

    big = numpy.ones(4 << 20)
    while True:
        ends = time.monotonic() + random.uniform(0.01, 0.3)
        heavy = random.random() < 0.5
        while time.monotonic() < ends:
            (big.copy() if heavy else sum(range(20_000)))
        time.sleep(random.uniform(0.0, 0.02))


@contextmanager
def busy(count: int) -> Iterator[None]:
    command = [sys.executable, "-c", "from benchmarks.aa import neighbour; neighbour()"]
    started = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


class Runs:
    """Estimates of one kind in one session, and the seconds that each took."""

    def __init__(self) -> None:
        self.estimates: list[Estimate] = []
        self.seconds: list[float] = []
        self.launches: list[int] = []
        self.failed = 0

    def told(self, what: str, floor: float, true: float) -> str:
        ratios = np.exp([e.theta for e in self.estimates])
        cover = [e.low <= true <= e.high for e in self.estimates]
        wide = [w.low <= true <= w.high for w in (e.widened(floor) for e in self.estimates)]
        half = np.median([e.half_width for e in self.estimates])
        return (
            f"  {what}: ratio {ratios.mean():.4f}, SD {ratios.std(ddof=1):.2%}, farthest"
            f" {np.abs(np.log(ratios) - true).max():.2%}; interval +-{half:.1%} covers {np.mean(cover):.0%},"
            f" with the floor {np.mean(wide):.0%}; {np.median(self.seconds):.1f} s"
            f" (most {max(self.seconds):.1f}), {np.mean(self.launches):.1f} launches; no figure {self.failed}"
        )


def run(bench: Bench, name: str, runs: int) -> bool:
    """One workload: print what was found, and whether the bars are met."""
    (workload,) = bench.assignment.workloads
    calibration = bench.prepared[workload.name].calibration
    reference = bench.reference(workload)
    slowed = _slow_source(bench, workload.reference, workload.op, *MORE[name])
    floor = bench.prepared[workload.name].floor
    kinds = {"equal": (Runs(), reference), "slower": (Runs(), slowed)}
    for _ in range(runs):
        for record, source in kinds.values():
            began = time.monotonic()
            try:
                found = compare(workload, source.open, reference.open, calibration, bench.rng)
                estimate = estimated(found, calibration, bench.rng)
            except NotMeasured:
                record.failed += 1
                continue
            record.seconds.append(time.monotonic() - began)
            record.estimates.append(estimate)
            record.launches.append(len(found.launches))
    equal, slow = (record for record, _ in kinds.values())
    band = band_for(floor)
    wide = [e.widened(floor) for e in equal.estimates]
    fast = [ranking.Estimate(e.theta, e.half_width) for e in wide]
    late = [ranking.Estimate(e.theta, e.widened(floor).half_width) for e in slow.estimates]
    declared = np.mean([ranking.certainly_better(i, j, band) for i, j in zip(fast, late, strict=False)])
    pairs = list(pairwise(fast))
    false = np.mean(
        [ranking.certainly_better(i, j, band) or ranking.certainly_better(j, i, band) for i, j in pairs]
    )
    share = calibration.pipe_ns / calibration.reference_ns
    print(f"{name}: {workload.name}; {1e-6 * calibration.reference_ns:.0f} ms a call, {share:.1%} the pipe's")
    print(
        f"  floor {floor:.1%}, band {np.expm1(band):.0%};"
        f" load {os.getloadavg()[0]:.0f}, pressure {pressure() or 0:.0f} %"
    )
    print(equal.told("equal", floor, 0.0))
    print(slow.told("slower", floor, float(np.mean([e.theta for e in slow.estimates]))))
    print(f"  declared slower: the slower in {declared:.0%}, 0 % in {false:.0%}")
    sd = float(np.std([e.theta for e in equal.estimates], ddof=1))
    bars = {
        "SD": sd <= BAR_SD,
        "cover": np.mean([e.low <= 0 <= e.high for e in wide]) >= BAR_COVER,
        "seconds": np.median(equal.seconds) <= BAR_S,
        "15 %": declared >= BAR_SLOW,
        "0 %": false <= BAR_EQUAL,
    }
    print(
        "  bars: " + ", ".join(f"{bar} {'met' if met else 'MISSED'}" for bar, met in bars.items()), flush=True
    )
    return all(bars.values())


def _slow_source(bench: Bench, file: str, op: Op, more: float, gradient: bool) -> Source:
    submit = bench.assignment.submit
    source = (bench.folder / file).read_text(encoding="utf-8")
    source += _SLOWED.format(more=more, gradient=gradient, forward=op.forward, backward=op.backward)
    return Source(bench.launcher, {submit: source}, submit, bench.limits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", nargs="?", type=int, default=5)
    parser.add_argument("--neighbours", type=int, default=0)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    judge_alike()
    with ExitStack() as stack:
        stack.enter_context(busy(asked.neighbours))
        print(
            f"{asked.runs} runs of each; {asked.neighbours} busy neighbours besides what runs here",
            flush=True,
        )
        for name in [asked.only] if asked.only else NAMES:
            folder = assignments.find(name)
            declared = assignments.load(folder)
            with Bench(declared, folder, "namespace", official=False, rows=False) as bench:
                run(bench, name, asked.runs)


if __name__ == "__main__":
    main()
