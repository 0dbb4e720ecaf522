"""The plots: the same bytes for the same class, two schemes, words and numbers, nothing from outside."""

import base64
import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from grader.record import Record, RunInfo
from reports import plots
from reports.plots import Plot
from reports.summary import Summary
from suites.types import Diagnosis, Finding, Verdict


@pytest.fixture
def summary(info: RunInfo, records: list[Record]) -> Summary:
    made = Summary(info)
    for record in records:
        made.add(record)
    return made


def drawn(plot: Plot) -> tuple[str, str]:
    decoded = [base64.b64decode(url.split(",", 1)[1]).decode() for url in (plot.light, plot.dark)]
    return decoded[0], decoded[1]


ALL = (plots.scores, plots.rates, plots.mistakes)


@pytest.mark.parametrize("make", ALL)
def test_a_plot_is_the_same_each_time_and_stands_alone(make: object, summary: Summary) -> None:
    assert callable(make)
    plot = make(summary)
    assert plot == make(summary)
    light, dark = drawn(plot)
    assert set(re.findall(r"https?://[\w./-]+", light)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "<script" not in light
    assert re.sub(r"#[0-9a-f]{6}", "", light) == re.sub(r"#[0-9a-f]{6}", "", dark)
    assert not set(re.findall(r"#[0-9a-f]{6}", light)) & set(re.findall(r"#[0-9a-f]{6}", dark))
    assert len(light) < 40_000


def test_words_and_numbers_say_what_the_pictures_do(summary: Summary) -> None:
    scores, rates, mistakes = (make(summary) for make in ALL)
    assert scores.caption == "21 graded, 2 with full marks"
    assert "2 with full marks" in scores.alt
    assert scores.rows[-1] == ("100", "2")
    assert ("forward", "ordinary", "90 %", "19 of 21") in rates.rows
    assert "forward, ordinary: 90 %" in rates.alt
    assert ("bn.no-mean-term", "2") in mistakes.rows
    assert "bn.no-mean-term: 2" in mistakes.alt
    for plot in (scores, rates, mistakes):
        assert all(len(row) == len(plot.heads) for row in plot.rows)


def test_a_class_of_nobody_has_plots(info: RunInfo) -> None:
    for make in ALL:
        assert make(Summary(info)).rows is not None


def test_names_are_drawn_as_they_are(info: RunInfo, records: list[Record]) -> None:
    """A name is no formula and no markup, and a long one has an end."""
    name = "$x_1$<b>&" + "w" * 300
    said = Diagnosis("off", name, "You do.")
    found = Finding(
        "forward", "agreement", "out", "ordinary", Verdict.FAIL, "", Fraction(0), Fraction(1), said
    )
    summary = Summary(info)
    summary.add(replace(records[0], findings=(found,)))
    light, _ = drawn(plots.mistakes(summary))
    assert "$x_1$&lt;b&gt;&amp;www" in light
    assert "…" in light
    assert "w" * 100 not in light


def test_of_many_mistakes_the_most_frequent_are_drawn(info: RunInfo, records: list[Record]) -> None:
    summary = Summary(info)
    for number in range(30):
        said = Diagnosis("off", f"mistake-{number:02}", "You do.")
        none = Fraction(0)
        found = Finding("forward", "agreement", "out", "ordinary", Verdict.FAIL, "", none, Fraction(1), said)
        summary.add(replace(records[0], findings=(found,), slug=f"s{number}"))
    plot = plots.mistakes(summary)
    assert plot.caption.endswith("the 12 most frequent of 30")
    assert len(plot.rows) == 30
    assert "mistake-12" not in drawn(plot)[0]


def test_the_library_is_loaded_for_the_class_page_alone() -> None:
    code = "import assay.cli, reports, reports.pages, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_is_said_of_a_home_without_room_for_caches(info: RunInfo) -> None:
    code = (
        "import pickle, sys; from reports.pages import class_page; from reports.summary import Summary; "
        "info = pickle.load(sys.stdin.buffer); class_page(info, Summary(info))"
    )
    homeless = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), "/proc/nowhere")
    ended = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(info),
        env={**os.environ, **homeless},
        capture_output=True,
        check=True,
    )
    assert (ended.stdout, ended.stderr) == (b"", b"")
