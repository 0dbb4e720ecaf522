"""How long a leaderboard of 1,000 takes: building its site, and until its page is of use in Chromium.

    python -m benchmarks.board [--entries N] [--repeats K]

Every entry is another member's, so the page has as many rows as it can have, and as many pages of their own
are written. Building is all that `assay leaderboard build` does in a warm process: reading the board,
ranking, writing into a new folder. A page is of use when it is painted and its search answers: from the start
of the navigation to the frame after the first search; beside it the CPU time of the page's thread.

Peers, side by side: the ranks compared pair by pair, as a straightforward ranking would, and the bare table,
the same cells without style, widths, drawings and script, painted by the same browser. A machine that does
other work makes everything slower: the fastest run stands beside the median, and the bars are for it.
"""

from __future__ import annotations

import argparse
import html
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay import boards
from grader.board import Batch, Board, Entry
from grader.pseudonyms import Key
from suites.measurement import Baseline, Measurement
from suites.ranking import Contender, Estimate, Place, certainly_better, ranked
from suites.types import Verdict

ROWS: dict[str, tuple[str, float | None]] = {  # what is timed, and the bar in seconds
    "build": ("the whole site, with a page a member", 5.0),
    "usable": ("the page painted and searched", 1.0),
    "usable cpu": ("  its thread's CPU", None),
    "bare": ("peer: the bare table painted", None),
    "bare cpu": ("  its thread's CPU", None),
    "ranks": ("the ranks", None),
    "pairs": ("peer: pair by pair", None),
}
BAND = math.log(1.05)
CHROMIUM = Path("/usr/bin/chromium")

_USABLE = """word => new Promise(done => {
    const box = document.getElementById("search");
    if (box) { box.value = word; box.dispatchEvent(new Event("input")); }
    requestAnimationFrame(() => setTimeout(() => done(performance.now() / 1000)));
})"""


def fill(path: Path, count: int) -> None:
    """A board with an entry of each of `count` members, half of it added a week later."""
    drawn = random.Random(1)
    key = Key.drawn_beside(path)
    baselines = (Baseline("reference", 1.0, 0.99, 1.01), Baseline("naive loops", 40.0, 39.0, 41.0))
    members = [key.member(str(k)) for k in range(count)]
    with Board(path) as board:
        for week, share in enumerate((members[::2], members[1::2])):
            graded = f"2026-11-{10 + 7 * week}T10:00:00+00:00"
            batch = Batch(graded, "conv", "Convolution", str(week) * 64, "0.1.0")
            entries = []
            for member in share:
                value, half = math.exp(drawn.uniform(-0.7, 1.5)), drawn.uniform(0.01, 0.06)
                measured = Measurement(
                    "speed", value, value * math.exp(-half), value * math.exp(half), 24,
                    "x the reference's CPU time", "lower", "log", BAND, "2 cores", "1", baselines=baselines,
                )  # fmt: skip
                entries.append(Entry(batch, member, member, "fast", "conv", Verdict.PASS, graded, measured))
            board.add(batch, entries, dict.fromkeys(members, ""), key)


def pair_by_pair(contenders: list[Contender]) -> list[tuple[int, int]]:
    """Best and worst rank of each, from every pair."""
    spans = []
    for own in contenders:
        ahead = sum(certainly_better(other.estimate, own.estimate, BAND) for other in contenders)
        behind = sum(certainly_better(own.estimate, other.estimate, BAND) for other in contenders)
        spans.append((1 + ahead, len(contenders) - behind))
    return spans


def agrees(place: Place, span: tuple[int, int], places: list[Place]) -> bool:
    """Whether the ranks that were compared pair by pair are these, widened to those of the own tier."""
    shared = sum(other.tier == place.tier for other in places)
    return (place.best, place.worst) == (min(span[0], place.rank), max(span[1], place.rank + shared - 1))


def bare_table(data: dict[str, Any]) -> str:
    """What any exporter of tables writes of the same rows."""
    rows = data["sections"][0]["rows"]
    cells = "".join(
        f"<tr>{''.join(f'<td>{html.escape(str(value))}</td>' for value in row.values())}</tr>" for row in rows
    )
    heads = "".join(f"<th>{name}</th>" for name in rows[0])
    return f"<!doctype html><meta charset=utf-8><table><thead><tr>{heads}</tr></thead>{cells}</table>"


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def browser() -> Iterator[Any]:
    """A started Chromium, or None where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        yield None
        return
    if not CHROMIUM.exists():
        yield None
        return
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield started
        started.close()


def usable(started: Any, path: Path) -> tuple[float, float]:
    """Seconds from the start of the navigation until a search is answered and painted: clock, CPU."""
    page = started.new_page(viewport={"width": 1200, "height": 900})
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri(), timeout=120_000)
    took = page.evaluate(_USABLE, "quiet")
    told = {each["name"]: each["value"] for each in cdp.send("Performance.getMetrics")["metrics"]}
    page.close()
    return float(took), float(told["TaskDuration"])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    drawn = random.Random(2)
    some = [
        Contender(str(k), Estimate(drawn.uniform(-1, 1), drawn.uniform(0.01, 0.1)), "")
        for k in range(args.entries)
    ]
    ours, naive = {c.key: place for c, place in ranked(some, BAND)}, pair_by_pair(some)
    places = list(ours.values())
    same = all(agrees(ours[c.key], span, places) for c, span in zip(some, naive, strict=True))
    assert same, "the two rankings differ"

    times: dict[str, list[float]] = {name: [] for name in ROWS}
    with tempfile.TemporaryDirectory() as base, browser() as started:
        board, site, bare = (Path(base) / name for name in ("board.sqlite", "site", "bare.html"))
        fill(board, args.entries)
        boards.build(board, site)  # warm
        (page,) = (site / "boards").glob("*.html")
        bare.write_text(bare_table(json.loads(page.with_suffix(".json").read_text())), encoding="utf-8")
        for k in range(args.repeats):
            new = Path(base) / f"site{k}"
            times["build"].append(seconds(lambda new=new: boards.build(board, new)))  # type: ignore[misc]
            times["ranks"].append(seconds(lambda: ranked(some, BAND)))
            times["pairs"].append(seconds(lambda: pair_by_pair(some)))
            if started is not None:
                for name, path in (("usable", page), ("bare", bare)):
                    clock, cpu = usable(started, path)
                    times[name].append(clock)
                    times[f"{name} cpu"].append(cpu)
        size = page.stat().st_size
    return tell(args.entries, times, size)


def tell(entries: int, times: dict[str, list[float]], size: int) -> int:
    """Print what was measured; the exit code says whether the bars are met."""
    print(f"{entries} entries, the page {size / 1000:.0f} kB; seconds")
    print(f"{'':46}{'median':>9}{'least':>9}{'most':>9}   bar")
    met = True
    for name, (what, bar) in ROWS.items():
        if not times[name]:
            print(f"{what:46} no browser here")
            continue
        median, least, most = statistics.median(times[name]), min(times[name]), max(times[name])
        told = f"   <= {bar:g}{'' if least <= bar else '  MISSED'}" if bar else ""
        print(f"{what:46}{median:9.3f}{least:9.3f}{most:9.3f}{told}")
        met = met and (bar is None or least <= bar)
    for what, one, other in (
        ("pair by pair / ours", "pairs", "ranks"),
        ("ours / the bare table, CPU", "usable cpu", "bare cpu"),
    ):
        if times[one]:
            print(f"{what:46}{statistics.median(times[one]) / statistics.median(times[other]):9.1f}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
