"""The class at a glance: one light row a student and the counts, gathered in one pass over the records."""

import statistics
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from grader.record import Record, RunInfo, Status
from reports.figures import is_measured_alone
from suites.types import Finding, Verdict

COUNTED = (Status.GRADED, Status.PARTIAL, Status.PENDING)
BINS = 11  # 0 to under 10 %, ..., 90 to under 100 %, full marks


@dataclass(frozen=True, slots=True)
class Row:
    """What the class page and the gradebook say of one student; a part that is not graded is None.

    `reason` says why a submission is not `graded`, `first` is the first thing to say of it.
    """

    student: str
    submission: str
    slug: str
    status: Status
    score: Fraction | None
    max_score: Fraction
    parts: tuple[Fraction | None, ...]
    reason: str
    first: str
    mistakes: tuple[str, ...]
    seconds: float
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rate:
    """Of the submissions graded for a part and a tier, how many have all of it right."""

    part: str
    tier: str
    passed: int
    graded: int

    @property
    def share(self) -> float:
        return self.passed / self.graded


@dataclass(frozen=True)
class Mistake:
    """A variant met in the class."""

    id: str
    says: str
    students: int
    parts: tuple[str, ...]


@dataclass
class Summary:
    """Rows and counts; `add` every record, then read."""

    info: RunInfo
    rows: list[Row] = field(default_factory=list)
    _rates: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _met: Counter[str] = field(default_factory=Counter)
    _says: dict[str, str] = field(default_factory=dict)
    _where: dict[str, dict[str, None]] = field(default_factory=dict)
    sandboxes: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        self.rows.append(self._row(record))
        if record.sandbox:
            self.sandboxes[record.sandbox] += 1
        if record.status in COUNTED:
            self._count(record)

    def _row(self, record: Record) -> Row:
        earned: dict[str, Fraction] = {}
        for finding in record.findings:
            earned[finding.part] = earned.get(finding.part, Fraction(0)) + finding.score
        score = known_score(record)
        absent = Fraction(0) if record.status is Status.UNREADABLE else None
        return Row(
            student=record.student,
            submission=record.submission,
            slug=record.slug,
            status=record.status,
            score=score,
            max_score=record.max_score,
            parts=tuple(None if score is None else earned.get(part.name, absent) for part in self.info.parts),
            reason=record.reason,
            first=record.reason if record.status not in COUNTED else _first(record.findings),
            mistakes=tuple(
                dict.fromkeys(f.diagnosis.id for f in record.findings if f.diagnosis and f.diagnosis.id)
            ),
            seconds=record.seconds,
            remarks=record.remarks,
        )

    def _count(self, record: Record) -> None:
        right: dict[tuple[str, str], bool] = {}
        for finding in record.findings:
            if finding.points > 0:
                key = (finding.part, finding.tier)
                right[key] = right.get(key, True) and finding.verdict is Verdict.PASS
            if finding.diagnosis and finding.diagnosis.id:
                name = finding.diagnosis.id
                self._says.setdefault(name, finding.diagnosis.says or finding.diagnosis.symptom)
                self._where.setdefault(name, {})[finding.part] = None
        for key, passed in right.items():
            rate = self._rates.setdefault(key, [0, 0])
            rate[0] += passed
            rate[1] += 1
        self._met.update({f.diagnosis.id for f in record.findings if f.diagnosis and f.diagnosis.id})

    def ordered(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: (row.student, row.slug))

    def counts(self) -> dict[str, int]:
        met = Counter(row.status for row in self.rows)
        return {str(status): met[status] for status in Status if met[status]}

    def shares(self) -> list[Fraction]:
        """Scores of the counted submissions as shares of full marks, in order."""
        return sorted(
            row.score / row.max_score
            for row in self.rows
            if row.status in COUNTED and row.score is not None and row.max_score > 0
        )

    def distribution(self) -> list[tuple[str, int]]:
        """How many submissions from 0 %, from 10 %, ... and with full marks."""
        bins = [0] * BINS
        for share in self.shares():
            bins[min(max(int(share * (BINS - 1)), 0), BINS - 1)] += 1
        return [(str(10 * number), count) for number, count in enumerate(bins)]

    def median(self) -> Fraction | None:
        shares = self.shares()
        return statistics.median(shares) if shares else None

    def rates(self) -> list[Rate]:
        """In the order of the assignment; the ordinary tier first."""
        places = {part.name: number for number, part in enumerate(self.info.parts)}
        keys = sorted(
            self._rates, key=lambda k: (places.get(k[0], len(places)), k[0], k[1] != "ordinary", k[1])
        )
        return [Rate(part, tier, *self._rates[part, tier]) for part, tier in keys]

    def mistakes(self) -> list[Mistake]:
        met = sorted(self._met.items(), key=lambda item: (-item[1], item[0]))
        return [Mistake(name, self._says[name], count, tuple(self._where[name])) for name, count in met]

    def slowest(self, count: int = 5) -> list[Row]:
        return sorted(self.rows, key=lambda row: (-row.seconds, row.student))[:count]

    def remarked(self) -> list[Row]:
        return [row for row in self.ordered() if row.remarks]

    def troubled(self, status: Status) -> list[Row]:
        return [row for row in self.ordered() if row.status is status]


def known_score(record: Record) -> Fraction | None:
    """The score; None where it is not known yet, since something went wrong on our side."""
    return None if record.status is Status.INFRASTRUCTURE else record.score


def _first(findings: tuple[Finding, ...]) -> str:
    """What to say of a submission in one line: its first named mistake, else the first thing that is off."""
    findings = tuple(finding for finding in findings if not is_measured_alone(finding))
    for finding in findings:
        if finding.diagnosis and finding.verdict is not Verdict.PASS:
            return finding.diagnosis.says or finding.diagnosis.symptom
    for finding in findings:
        if finding.verdict is not Verdict.PASS:
            return f"{finding.part}, {finding.tensor}: {finding.cause or finding.verdict}"
    return ""
