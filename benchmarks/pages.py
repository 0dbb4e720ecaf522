"""How long the pages of a class of 1,000 take: writing them, and searching the class page in Chromium.

python -m benchmarks.pages [--students N]
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from grader.record import PartOutline, Record, RunInfo, Status
from reports import pages
from reports.folder import write
from suites.types import Diagnosis, Evidence, Finding, Verdict

PAGE_BAR = 5.0  # milliseconds
SEARCH_BAR = 0.3  # seconds
CHROMIUM = Path("/usr/bin/chromium")
TENSORS = ("out", "dx", "dw", "db")
PARTS = tuple(
    PartOutline(f"part{k}", f"Part {k}", Fraction(4), tuple((tensor, Fraction(1)) for tensor in TENSORS))
    for k in range(6)
)
INFO = RunInfo(
    "bench", "A class of many", "0" * 64, "0.1.0", "2.4", "3.11", "1" * 64, "namespace", "here",
    "2026-11-20T14:00:00Z", "2026-11-20T14:05:00Z", Fraction(24), PARTS,
)  # fmt: skip
MISTAKE = Diagnosis("dx is off everywhere.", "bench.mistake", "A term is missing.", "Which one?", "Lecture 3")


def drawn(phase: int) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(abs(math.sin(r * 1.3 + c + phase)) for c in range(24)) for r in range(24))


def record(number: int) -> Record:
    """A submission of 48 findings of which about one in six is off, with a picture each."""
    findings = []
    for k, part in enumerate(PARTS):
        for j, tensor in enumerate(TENSORS):
            for tier, share in (("ordinary", Fraction(9, 10)), ("unusual", Fraction(1, 10))):
                name = (part.name, "agreement", tensor, tier)
                if (number * 7 + k * 5 + j * 3) % 6:
                    seen = Evidence(tensor, cases=12)
                    findings.append(Finding(*name, Verdict.PASS, "agrees", Fraction(1), share, None, seen))
                else:
                    worst = ((24, 24), (3, 4), 0.5, 0.25, 0.25)
                    seen = Evidence(tensor, "tiny", "case-3", True, *worst, 12, 7, drawn(number + k + j))
                    findings.append(Finding(*name, Verdict.FAIL, "differ", Fraction(0), share, MISTAKE, seen))
    return Record(
        student=f"student-{number:04}",
        submission=f"student-{number:04}.py",
        slug=f"s{number:04}",
        content="2" * 64,
        status=Status.GRADED,
        reason="",
        score=sum((finding.score for finding in findings), Fraction(0)),
        max_score=Fraction(24),
        findings=tuple(findings),
        printed="loss 0.1\n" * 50,
        seconds=0.3,
        sandbox="namespace",
    )


def milliseconds(make: Callable[[int], object], count: int) -> float:
    """CPU time, the median: what else the machine does is no matter of ours."""
    times = []
    for number in range(count):
        start = time.process_time()
        make(number)
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times)


def search_seconds(index: Path) -> float | None:
    """From the key press to the next painted frame, the worst of several words; None without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if not CHROMIUM.exists():
        return None
    script = """word => new Promise(done => {
        const box = document.getElementById("search"), start = performance.now();
        box.value = word;
        box.dispatchEvent(new Event("input"));
        requestAnimationFrame(() => setTimeout(() => done((performance.now() - start) / 1000)));
    })"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        page = browser.new_page()
        page.goto(index.as_uri())
        took = [
            page.evaluate(script, word)
            for word in ("9", "student-04", "term missing", "nobody", "", "graded 99")
        ]
        browser.close()
    return float(max(took))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--students", type=int, default=1000)
    students = parser.parse_args().students

    sample = [record(number) for number in range(min(students, 100))]
    instructor = milliseconds(lambda k: pages.student_page(INFO, sample[k]), len(sample))
    student = milliseconds(lambda k: pages.feedback_page(INFO, sample[k]), len(sample))
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        start = time.perf_counter()
        write(run, INFO, map(record, range(students)))
        total = time.perf_counter() - start
        size = (run / "report" / "index.html").stat().st_size
        search = search_seconds(run / "report" / "index.html")
        tracemalloc.start()
        write(run, INFO, map(record, range(min(students, 200))))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    found = "no browser" if search is None else f"{search:.3f} s"
    lines = [
        ("instructor's page, median", f"{instructor:.2f} ms", f"{PAGE_BAR:g} ms", instructor <= PAGE_BAR),
        ("student's page, median", f"{student:.2f} ms", f"{PAGE_BAR:g} ms", student <= PAGE_BAR),
        (
            f"search among {students}, worst",
            found,
            f"{SEARCH_BAR:g} s",
            search is None or search <= SEARCH_BAR,
        ),
        (f"whole run of {students}", f"{total:.1f} s", "", True),
        ("a student, all four files", f"{1000 * total / students:.2f} ms", "", True),
        ("class page", f"{size / 1000:.0f} kB", "", True),
        ("peak memory of 200 students", f"{peak / 2**20:.1f} MiB", "", True),
    ]
    print(f"{'what':34} {'measured':>12} {'bar':>8}")
    for what, measured, bar, met in lines:
        print(f"{what:34} {measured:>12} {bar:>8}{'' if met else '  MISSED'}")
    return 0 if all(met for *_, met in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
