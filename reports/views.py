"""A record as the pages lay it out: a line a part, and cards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from grader.record import PartOutline, Record, RunInfo, Status
from reports.cards import Card, cards
from reports.figures import Figure, figures, is_measured_alone
from reports.text import points, points_of
from suites.property import DOES_NOT_HOLD, is_property
from suites.types import Finding, Verdict


@dataclass(frozen=True)
class Tier:
    """What came of a tensor in one tier."""

    verdict: Verdict
    score: str


@dataclass(frozen=True)
class Line:
    """A tensor: what came of it in each tier of the part, and in all. `only` one tier falls short, or ""."""

    tensor: str
    tiers: tuple[Tier | None, ...]
    score: str
    whole: bool
    worst: Verdict
    only: str
    why: str


@dataclass(frozen=True)
class PartView:
    """One part: what was earned, a line a tensor, and of each property whether it holds."""

    title: str
    score: str  # "3.6 / 4"
    share: float | None
    needs: tuple[str, ...]
    tiers: tuple[str, ...]
    lines: tuple[Line, ...]
    properties: tuple[tuple[bool, str], ...]
    remark: str


@dataclass(frozen=True)
class View:
    """A record for the eye. What is to `mend` costs something or does not run, `know` costs nothing."""

    parts: tuple[PartView, ...]
    mend: tuple[Card, ...]
    know: tuple[Card, ...]
    figures: tuple[Figure, ...]


def view(info: RunInfo, record: Record) -> View:
    """The parts in the assignment's order, then any that the outline does not name; and the cards."""
    outlines = {part.name: part for part in info.parts}
    by_part: dict[str, list[Finding]] = {name: [] for name in outlines}
    graded = [finding for finding in record.findings if not is_measured_alone(finding)]
    for finding in graded:
        by_part.setdefault(finding.part, []).append(finding)
    titles = {name: outlines[name].title if name in outlines else name for name in by_part}
    made = cards(graded, titles)
    return View(
        tuple(
            _part(titles[name], outlines.get(name), findings, record.status, titles)
            for name, findings in by_part.items()
        ),
        tuple(card for card in made if not card.calm),
        tuple(card for card in made if card.calm),
        figures(record.findings),
    )


def _part(
    title: str,
    outline: PartOutline | None,
    findings: list[Finding],
    status: Status,
    titles: Mapping[str, str],
) -> PartView:
    score = sum((finding.score for finding in findings), Fraction(0))
    full = outline.points if outline else sum((finding.points for finding in findings), Fraction(0))
    graded = bool(findings) or status is Status.UNREADABLE
    paid = [finding for finding in findings if not is_property(finding)]
    tiers = tuple(dict.fromkeys(finding.tier for finding in paid))
    return PartView(
        title=title,
        score=points_of(score, full) if graded else f"– / {points(full)}",
        share=float(score / full) if graded and full else None,
        needs=tuple(titles.get(need, need) for need in outline.needs) if outline else (),
        tiers=tiers,
        lines=tuple(_lines(paid, tiers)),
        properties=tuple(
            (finding.verdict is Verdict.PASS, finding.cause.removeprefix(DOES_NOT_HOLD))
            for finding in findings
            if is_property(finding)
        ),
        remark="" if findings else _unasked(status),
    )


def _lines(findings: Iterable[Finding], tiers: tuple[str, ...]) -> list[Line]:
    by_tensor: dict[tuple[str, str], dict[str, Finding]] = {}
    for finding in findings:
        by_tensor.setdefault((finding.check, finding.tensor), {})[finding.tier] = finding
    return [_line(tensor, by_tier, tiers) for (_, tensor), by_tier in by_tensor.items()]


def _line(tensor: str, by_tier: Mapping[str, Finding], tiers: tuple[str, ...]) -> Line:
    group = list(by_tier.values())
    short = [finding for finding in group if finding.falls_short]
    full = sum((finding.points for finding in group), Fraction(0))
    return Line(
        tensor=tensor,
        tiers=tuple(_tier(by_tier.get(tier)) for tier in tiers),
        score=points_of(sum((finding.score for finding in group), Fraction(0)), full),
        whole=not short,
        worst=short[0].verdict if short else Verdict.PASS,
        only=short[0].tier if len(short) == 1 and len(group) > 1 else "",
        why="; ".join(dict.fromkeys(finding.cause for finding in group if finding.cause)),
    )


def _tier(finding: Finding | None) -> Tier | None:
    return Tier(finding.verdict, points_of(finding.score, finding.points)) if finding else None


def _unasked(status: Status) -> str:
    if status is Status.UNREADABLE:
        return "Nothing could be asked: the submission could not be read."
    if status is Status.PENDING:
        return "People grade this part; it is not graded yet."
    return "Not graded yet."
