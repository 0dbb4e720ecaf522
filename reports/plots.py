"""The plots of the class page, by Matplotlib: each an SVG for light and one for dark, its words, its numbers.

They stand in the page as images: under its policy no style of theirs would hold in the page itself, and an
image runs nothing. The same class gives the same bytes. docs/measuring.md says why this library.
"""

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.summary import Mistake, Rate, Summary
from reports.text import inert, percent

WIDTH = 344  # pixels, as they are drawn; a narrow screen shrinks them
SIZE = 11.0  # pixels of text
ROW = 21  # pixels of a horizontal bar
MOST = 12  # mistakes that are drawn; all are in the table
LABEL = 30  # characters of a name
SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Plot:
    """`light` and `dark` are data URLs. Of the table's columns the first `words` hold no numbers."""

    light: Markup
    dark: Markup
    width: int
    height: int
    alt: str
    caption: str
    heads: tuple[str, ...]
    words: int
    rows: tuple[tuple[str, ...], ...]


def scores(summary: Summary) -> Plot:
    """How many submissions reached which share of full marks."""
    columns = summary.distribution()
    counts = [count for _, count in columns]
    figure, axes = _empty(190)
    bars = axes.bar(range(len(columns)), counts, width=0.84, color=_colour("fill"))
    axes.bar_label(bars, [str(count) if count else "" for count in counts], padding=2, color=_colour("ink"))
    axes.set_xticks(range(len(columns)), [label for label, _ in columns])
    axes.set_yticks([])
    axes.set_ylim(0, 1.12 * max(*counts, 1))
    axes.spines["bottom"].set_visible(True)
    axes.set_xlabel("% of full marks", color=_colour("soft"))
    full, graded = counts[-1], sum(counts)
    told = ", ".join(f"{count} from {label} %" for label, count in columns[:-1] if count)
    caption = f"{graded} graded, {full} with full marks"
    alt = f"Submissions by score: {f'{told}, ' if told else ''}{full} with full marks."
    rows = tuple((label, str(count)) for label, count in columns)
    return _plot(figure, alt, caption, ("From (%)", "Submissions"), 1, rows)


def rates(summary: Summary) -> Plot:
    """Who has all of a part right, by tier."""
    found = summary.rates()
    parts = list(dict.fromkeys(rate.part for rate in found))
    tiers = list(dict.fromkeys(rate.tier for rate in found))
    figure, axes = _empty(len(parts) * (12 + 13 * max(len(tiers), 1)) + 34)
    shades = dict(zip(tiers, ("fill", "soft"), strict=False))
    for rate in found:
        place = parts.index(rate.part) + (tiers.index(rate.tier) - (len(tiers) - 1) / 2) * 0.36
        colour = _colour(shades.get(rate.tier, "soft"))
        axes.barh(place, 1, height=0.28, color=_colour("back"))
        axes.barh(place, rate.share, height=0.28, color=colour)
        axes.text(1.03, place, percent(rate.share), va="center", color=_colour("ink"), size=SIZE - 1.5)
    for tier in tiers:
        axes.barh(0, 0, color=_colour(shades.get(tier, "soft")), label=_label(tier))
    if tiers:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderpad=0,
                    handlelength=1, handleheight=0.6, labelcolor=_colour("soft"))  # fmt: skip
    _rows(axes, parts)
    axes.set_xlim(0, 1.2)
    told = "; ".join(f"{rate.part}, {rate.tier}: {percent(rate.share)}" for rate in found)
    rows = tuple(map(_rate, found))
    caption = "Students with every tensor of a part right" if found else "Nothing is graded yet"
    heads = ("Part", "Tier", "Share", "Students")
    return _plot(figure, f"All right, by part and tier. {told}.", caption, heads, 2, rows)


def mistakes(summary: Summary) -> Plot:
    """How many students made which mistake, or keep which convention."""
    met = summary.mistakes()
    drawn = met[:MOST]
    figure, axes = _empty(ROW * max(len(drawn), 1) + 8)
    bars = axes.barh(
        range(len(drawn)), [mistake.students for mistake in drawn], height=0.62, color=_colour("fill")
    )
    axes.bar_label(bars, [str(mistake.students) for mistake in drawn], padding=3, color=_colour("ink"))
    _rows(axes, [mistake.id for mistake in drawn])
    axes.set_xlim(0, 1.12 * max([mistake.students for mistake in drawn], default=1))
    told = "; ".join(f"{mistake.id}: {mistake.students}" for mistake in drawn)
    more = f"; the {MOST} most frequent of {len(met)}" if len(met) > MOST else ""
    caption = f"Students by mistake or convention{more}" if met else "None that is known"
    rows = tuple(map(_mistake, met))
    return _plot(figure, f"{caption}. {told}.", caption, ("Name", "Students"), 1, rows)


def _rate(rate: Rate) -> tuple[str, ...]:
    return (rate.part, rate.tier, percent(rate.share), f"{rate.passed} of {rate.graded}")


def _mistake(mistake: Mistake) -> tuple[str, ...]:
    return (mistake.id, str(mistake.students))


# --------------------------------------------------------------------------- drawing

_STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with the library, and is wide: what fits in it fits in any
    "font.size": SIZE,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "assay",
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.spines.bottom": False,
    "xtick.bottom": False,
    "ytick.left": False,
}
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def _empty(height: float) -> tuple[Figure, Axes]:
    with rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH / 72, height / 72), layout="constrained")
        axes = figure.subplots()
    axes.spines["bottom"].set_color(_colour("line"))
    axes.tick_params(colors=_colour("soft"))
    return figure, axes


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_label(name) for name in names], color=_colour("ink"))
    axes.set_xticks([])
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)


def _label(name: str) -> str:
    shown = inert(name)
    return shown if len(shown) <= LABEL else shown[: LABEL - 1] + "…"


def _plot(
    figure: Figure,
    alt: str,
    caption: str,
    heads: tuple[str, ...],
    words: int,
    rows: tuple[tuple[str, ...], ...],
) -> Plot:
    drawn = io.StringIO()
    with rc_context(_STYLE):
        figure.savefig(drawn, format="svg", transparent=True, metadata=_NO_METADATA)
    svg = drawn.getvalue()
    svg = svg[svg.index("<svg") :].replace("'DejaVu Sans'", SANS)
    dark = re.sub(r"#[0-9a-f]{6}", lambda match: _darker().get(match[0], match[0]), svg)
    width, height = (round(72 * inches) for inches in figure.get_size_inches())
    return Plot(_url(svg), _url(dark), width, height, alt, caption, heads, words, rows)


def _url(svg: str) -> Markup:
    return Markup("data:image/svg+xml;base64,") + base64.b64encode(svg.encode()).decode()


def _colour(name: str) -> str:
    return _palettes()[0][name]


@cache
def _darker() -> dict[str, str]:
    """From each colour of the light scheme to that of the dark one."""
    light, dark = _palettes()
    return {colour: dark[name] for name, colour in light.items() if name in dark}


@cache
def _palettes() -> tuple[dict[str, str], dict[str, str]]:
    """The colours of the pages, light and dark: the style sheet has them."""
    style = (resources.files("reports") / "templates" / "style.css").read_text(encoding="utf-8")
    light, dark, *_ = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    pattern = r"--(ink|soft|line|fill|back): (#[0-9a-f]{6});"
    return dict(re.findall(pattern, light)), dict(re.findall(pattern, dark))
