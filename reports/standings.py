"""A board's entries as standings: a row a member, in sections of what is comparable, now and before."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from grader.board import Entry, Section
from suites.measurement import Baseline
from suites.ranking import Contender, Estimate, Place, Scale, best, estimate, ladder, pooled, ranked, records
from suites.speed import OVERALL
from suites.types import Verdict

REFERENCE = "reference"
FLAGGED = "flagged"
# A value can stand beside these: what fails may be right and merely slow.
_RANKED = (Verdict.PASS, Verdict.FAIL)


@dataclass(frozen=True)
class Value:
    """What is shown of an estimate, in the measurement's unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A member's best code. `change` is how many ranks up since the state before the last addition.

    Where there was none before, it is None. `entries` counts the codes that the member handed in; `verified`
    is when the code was measured again in a final session, or "".
    """

    member: str
    name: str
    code: str
    place: Place
    change: int | None
    shown: Value
    n: int
    entries: int
    since: str
    last: str
    verified: str


@dataclass(frozen=True)
class Record:
    """A value that was certainly better than the record before."""

    member: str
    date: str
    name: str
    shown: Value


@dataclass(frozen=True)
class Standing:
    """All of a section. `left_out` counts the codes that do not rank, by why."""

    section: Section
    title: str
    unit: str
    scale: Scale
    band: float
    rows: tuple[Row, ...]
    baselines: tuple[Baseline, ...]
    records: tuple[Record, ...]
    left_out: Mapping[str, int]
    codes: Mapping[tuple[str, str], Value]  # (member, code) of all that stand

    @property
    def reference(self) -> Baseline | None:
        return next((each for each in self.baselines if each.name.casefold() == REFERENCE), None)


def standings(entries: Iterable[Entry], names: Mapping[str, str]) -> list[Standing]:
    """The sections of a board, by assignment and what was measured, the latest suite first.

    names: the members who take part, with the names to show. Entries of others are not looked at. Where only
    one workload was timed the figure over all of them is its own, and has no section.
    """
    ours = sorted((e for e in entries if e.member in names), key=lambda e: e.section)
    workloads = Counter(_timed(section) for section in {e.section for e in ours} if not is_overall(section))
    ours = [e for e in ours if not is_overall(e.section) or workloads[_timed(e.section)] != 1]
    sections = [_standing(list(group), names) for _, group in groupby(ours, key=lambda e: e.section)]
    newest_first = sorted(sections, key=lambda s: (_version(s.section.suite), s.section.suite), reverse=True)
    return sorted(newest_first, key=lambda s: (*s.section[:4], s.section.device))


def is_overall(section: Section) -> bool:
    """Whether it is of all workloads in one figure."""
    return section.quantity == "speed" and section.what == OVERALL


def _timed(section: Section) -> Section:
    """The same for all workloads that one overall figure is made of."""
    return section._replace(what="")


def _version(suite: str) -> tuple[int, ...]:
    """So that suite 10 is newer than suite 9."""
    digits = "".join(character if character.isdecimal() else " " for character in suite)
    return tuple(int(number) for number in digits.split())


def _standing(entries: Sequence[Entry], names: Mapping[str, str]) -> Standing:
    last = max(entries, key=lambda e: (e.batch.id, e.graded, e.key))
    measured = last.measurement
    scale = Scale.of(measured)
    band = max(entry.measurement.band for entry in entries)
    codes = _codes(entries)
    before = {
        row.member: row.place.rank
        for row in _rows([e for e in entries if e.batch.id < last.batch.id], names, band)
    }
    rows = [
        replace(row, change=before[row.member] - row.place.rank if row.member in before else None)
        for row in _rows(entries, names, band)
    ]
    return Standing(
        section=last.section,
        title=last.batch.title,
        unit=measured.unit,
        scale=scale,
        band=band,
        rows=tuple(rows),
        baselines=tuple(_baselines(entries, scale)),
        records=tuple(_records(entries, codes, names, band)),
        left_out=dict(sorted(Counter(code.state for code in codes if code.state).items())),
        codes={(c.member, c.code): _shown(c.estimate, last, band) for c in codes if c.estimate},
    )


# --------------------------------------------------------------------------- codes


@dataclass(frozen=True)
class _Code:
    """One code of one member: what all its measurements say, or the `state` for which it does not rank."""

    member: str
    code: str
    batch: int  # with which it first came to the board
    since: str
    estimate: Estimate | None
    n: int
    verified: str
    state: str


def _codes(entries: Sequence[Entry]) -> list[_Code]:
    """In the order in which they came; the same code of two members is measured as one."""
    by_code: dict[str, list[Entry]] = {}
    since: dict[tuple[str, str], tuple[int, str]] = {}
    for entry in entries:
        by_code.setdefault(entry.code, []).append(entry)
        own, came = (entry.member, entry.code), (entry.batch.id, entry.graded)
        since[own] = min(since.get(own, came), came)
    found = {code: _measured(group) for code, group in by_code.items()}
    return [
        _Code(member, code, batch, graded, *found[code])
        for (member, code), (batch, graded) in sorted(since.items(), key=lambda item: (item[1], item[0]))
    ]


def _measured(entries: Sequence[Entry]) -> tuple[Estimate | None, int, str, str]:
    """Estimate, n, when it was verified and why it does not rank, of all entries of one code.

    A final session decides alone; before it, one flag is enough: nobody retries until none is raised.
    """
    counted = [entry for entry in entries if entry.batch.verified] or entries
    if any(entry.measurement.flags for entry in counted):
        return None, 0, "", FLAGGED
    standing = {
        (e.batch.seed, e.graded, e.measurement.value, e.measurement.low, e.measurement.high): e
        for e in counted
        if e.measurement.stands and e.verdict in _RANKED
    }.values()  # the same measurement stands twice where two members handed in the same
    if not standing:
        return None, 0, "", str(max(counted, key=lambda e: (e.graded, e.key)).verdict)
    whole = pooled((e.batch.seed, estimate(e.measurement)) for e in standing)
    verified = max((e.graded for e in standing if e.batch.verified), default="")
    return whole, sum(e.measurement.n for e in standing), verified, ""


# --------------------------------------------------------------------------- rows


def _rows(entries: Sequence[Entry], names: Mapping[str, str], band: float) -> list[Row]:
    """A row for each member who has a code that ranks, in order."""
    if not entries:
        return []
    some = entries[0]
    accuracy = some.measurement.quantity == "accuracy"
    by_member: dict[str, list[_Code]] = {}
    for code in _codes(entries):
        by_member.setdefault(code.member, []).append(code)
    chosen: dict[str, tuple[_Code, Estimate]] = {}
    for member, codes in by_member.items():
        standing = [(code, code.estimate) for code in codes if code.estimate is not None]
        if standing:
            estimates = [each for _, each in standing]
            chosen[member] = standing[ladder(estimates, band) if accuracy else best(estimates)]
    placed = ranked((Contender(m, each, code.batch) for m, (code, each) in chosen.items()), band)
    return [
        Row(
            member=contender.key,
            name=names[contender.key],
            code=(code := chosen[contender.key][0]).code,
            place=place,
            change=None,
            shown=_shown(contender.estimate, some, band),
            n=code.n,
            entries=len(by_member[contender.key]),
            since=_day(code.since),
            last=_day(max(each.since for each in by_member[contender.key])),
            verified=_day(code.verified),
        )
        for contender, place in placed
    ]


def _day(stamp: str) -> str:
    """A class is graded in the order of its ids: to the second, this would tell who is who."""
    return stamp[:10]


def _shown(each: Estimate, entry: Entry, band: float) -> Value:
    """As it is; an accuracy only to the step by which it must improve, or it would tell of hidden data."""
    value, low, high = Scale.of(entry.measurement).values(each)
    if entry.measurement.quantity != "accuracy" or band == 0:
        return Value(value, low, high)
    shown = round(band * round(value / band), 9)
    return Value(shown, shown - (value - low), shown + (high - value))


def _baselines(entries: Sequence[Entry], scale: Scale) -> list[Baseline]:
    """Of each name the median of all sessions, the best first."""
    by_name: dict[str, list[Baseline]] = {}
    for entry in entries:
        for each in entry.measurement.baselines:
            by_name.setdefault(each.name, []).append(each)
    median: Callable[[Iterable[float]], float] = statistics.median
    found = [
        Baseline(name, *(median(getattr(b, end) for b in group) for end in ("value", "low", "high")))
        for name, group in by_name.items()
    ]
    return sorted(found, key=lambda b: (scale.estimate(b.value, b.low, b.high).at, b.name))


def _records(
    entries: Sequence[Entry], codes: Sequence[_Code], names: Mapping[str, str], band: float
) -> list[Record]:
    """Each record as it was measured when it came; what does not rank holds none.

    Of what one run measured on one day the best comes first: the order of its ids says nothing.
    """
    ranks = {code.code for code in codes if code.estimate is not None}
    stood = (e for e in entries if e.code in ranks and e.measurement.stands and e.verdict in _RANKED)
    came = sorted(
        ((e, estimate(e.measurement)) for e in stood),
        key=lambda pair: (pair[0].batch.id, _day(pair[0].graded), pair[1].bound, pair[0].member, pair[0].key),
    )
    held = (came[k] for k in records([each for _, each in came], band))
    return [Record(e.member, _day(e.graded), names[e.member], _shown(each, e, band)) for e, each in held]
