"""Who comes first among equals: how far luck and noise climb our ranks, beside two ways that others rank.

    python -m benchmarks.luck [--repeats 1000]

Fifty codes are measured with a standard error of 1 %, as speeds are here. In each repeat somebody tries to
climb, in one of three ways; the table says how often that ends in a first place: alone, and alone or tied.

    retry    as fast as all others; the same code handed in twenty times
    edit     the same, with another comment in it each time
    noise    12 % slower, and measured with an interval of 10 % instead of 2 %

The peers rank the same measurements: by the best value that was ever read, as a plain sorted table does; and
in tiers by whether intervals are certainly apart, as tables with intervals often do, of the best value.
A fair share of lone first places among 51 equals would be 2 %.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator

from suites.ranking import Contender, Estimate, best, certainly_better, pooled, ranked

OTHERS, TRIES = 50, 20
ERROR, Z = 0.01, 1.96
BAND = math.log(1.05)
CLIMBER = "climber"

Attempt = Sequence[Sequence[Estimate]]  # measurements by code
Policy = Callable[[Sequence[Estimate], Attempt], tuple[bool, bool]]  # others, attempt -> (alone, among) first


def measured(rng: Generator, at: float, error: float) -> Estimate:
    return Estimate(at + rng.normal(0, error), Z * error)


def retry(rng: Generator) -> Attempt:
    return [[measured(rng, 0, ERROR) for _ in range(TRIES)]]


def edit(rng: Generator) -> Attempt:
    return [[measured(rng, 0, ERROR)] for _ in range(TRIES)]


def noise(rng: Generator) -> Attempt:
    return [[measured(rng, math.log(1.12), 0.1 / Z)]]


# --------------------------------------------------------------------------- ways to rank


def by_best_value(others: Sequence[Estimate], attempt: Attempt) -> tuple[bool, bool]:
    """The least value that was ever read; nobody is tied."""
    first = min(each.at for code in attempt for each in code) < min(each.at for each in others)
    return first, first


def by_intervals(others: Sequence[Estimate], attempt: Attempt) -> tuple[bool, bool]:
    """Tied are those who are not certainly slower than the one with the least value."""
    own = min((each for code in attempt for each in code), key=lambda each: each.at)
    leader = min([own, *others], key=lambda each: each.at)
    among = not certainly_better(leader, own, BAND)
    alone = leader is own and all(certainly_better(own, each, BAND) for each in others)
    return alone, among


def ours(others: Sequence[Estimate], attempt: Attempt) -> tuple[bool, bool]:
    """Codes pooled, the best bound counts, tiers in which no noise of one's own helps."""
    codes = [pooled((str(k), each) for k, each in enumerate(code)) for code in attempt]
    rows = [Contender(str(k), each, "") for k, each in enumerate(others)]
    places = ranked([*rows, Contender(CLIMBER, codes[best(codes)], "")], BAND)
    place = next(place for contender, place in places if contender.key == CLIMBER)
    return place.rank == 1 and not place.tied, place.rank == 1


POLICIES: dict[str, Policy] = {"best value": by_best_value, "intervals": by_intervals, "ours": ours}
ATTEMPTS: dict[str, Callable[[Generator], Attempt]] = {"retry": retry, "edit": edit, "noise": noise}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=1000)
    repeats = parser.parse_args().repeats
    print(f"{repeats} repeats, {OTHERS} equals; first place alone (alone or tied), %")
    print(f"{'':10}{''.join(f'{name:>18}' for name in POLICIES)}")
    for name, climb in ATTEMPTS.items():
        rng = np.random.default_rng(1)
        won = {policy: np.zeros(2) for policy in POLICIES}
        for _ in range(repeats):
            others = [measured(rng, 0, ERROR) for _ in range(OTHERS)]
            attempt = climb(rng)
            for policy, judge in POLICIES.items():
                won[policy] += judge(others, attempt)
        shares = (100 * counts / repeats for counts in won.values())
        print(f"{name:10}{''.join(f'{alone:9.1f} ({among:5.1f})' for alone, among in shares)}")


if __name__ == "__main__":
    main()
