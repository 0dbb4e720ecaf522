"""Timing a class: who is right and not timed yet, one content after another, each a transaction.

A submission's figures are a further attempt of its record: the same findings, and those that were measured.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from grader.batch import Tally
from grader.bench import Bench
from grader.intake import Found, Unreadable
from grader.planned import Plan
from grader.record import Record, handed_in_by
from grader.store import Store, now
from suites.assignment import Assignment, Part
from suites.speed import CHECK
from suites.types import Finding, Verdict
from suites.workload import Workload


class TimedClass:
    """The submissions of a run that are to be timed: what is right, and has no figures yet.

    Who handed in the same has the same figures, however often the timing was cut off or goes on for others:
    what somebody else's copy was timed at is given to them at once.

    waiting   how many contents there are to time.
    """

    def __init__(self, assignment: Assignment, plan: Plan, store: Store, chosen: Iterable[Found]) -> None:
        self._assignment, self._plan, self._store = assignment, plan, store
        self._found = {each.student: each for each in chosen}
        self._twins: dict[str, list[tuple[str, str, str]]] = {}  # by content: student, submission, slug
        untimed: dict[str, str] = {}  # a chosen student by content
        valid = store.done(plan.fingerprint)
        for record in store.latest():
            if (record.student, record.content) not in valid:
                continue
            whose = (record.student, record.submission, record.slug)
            self._twins.setdefault(record.content, []).append(whose)
            wanted = record.student in self._found and any(map(self._right_in(record), assignment.workloads))
            if wanted and not _timed(record.findings):
                untimed[record.content] = record.student
        self._waiting = {
            content: student for content, student in untimed.items() if not self._shared(content)
        }

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def run(self, session: Bench, progress: Callable[[Tally], None]) -> None:
        """Time them all. Interrupted, what was timed is kept."""
        counts: Counter[str] = Counter()
        for done, (content, student) in enumerate(self._waiting.items(), start=1):
            counts[self._time(session, content, student)] += 1
            progress(Tally(done, self.waiting, 0, counts))

    def _time(self, session: Bench, content: str, student: str) -> str:
        record = self._store.find(content, self._plan.fingerprint)
        try:
            submission = self._found[student].read(self._plan.submit)
        except Unreadable:
            return "gone"
        if record is None or submission.content != content:
            return "changed"  # since it was graded: the next run grades it again
        findings = session.measure(submission, self._right_in(record))
        kept = tuple(finding for finding in record.findings if finding.check != CHECK)
        self._give(replace(record, findings=(*kept, *findings), graded_at=now()))
        return "timed" if findings[-1].verdict is Verdict.PASS else str(findings[-1].verdict)

    def _shared(self, content: str) -> bool:
        """Whether this content was timed already, in whoever's name; then all have it."""
        record = self._store.find(content, self._plan.fingerprint)
        timed = record is not None and _timed(record.findings)
        if record is not None and timed:
            self._give(record)
        return timed

    def _give(self, record: Record) -> None:
        for whose in self._twins[record.content]:
            self._store.add(handed_in_by(record, *whose), self._plan.fingerprint)

    def _right_in(self, record: Record) -> Callable[[Workload], bool]:
        return lambda workload: _right(self._assignment, workload, record.findings)


def _timed(findings: Iterable[Finding]) -> bool:
    """Whether it has figures, or reasons why it has none that are not ours."""
    verdicts = {finding.verdict for finding in findings if finding.check == CHECK}
    return bool(verdicts) and Verdict.INFRASTRUCTURE not in verdicts


def _right(assignment: Assignment, workload: Workload, findings: Iterable[Finding]) -> bool:
    """Whether all that was asked of the workload's operation is right."""
    parts = {p.name for p in assignment.parts if isinstance(p, Part) and p.op.forward == workload.op.forward}
    about = [finding for finding in findings if finding.part in parts and finding.points]
    whole = Fraction(1)
    return bool(about) and all(f.verdict is Verdict.PASS and f.credit == whole for f in about)
