"""Timing a class: who is right and not timed yet, one content after another, each a transaction.

A submission's figures are a further attempt of its record: the same findings, and those that were measured.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from grader.batch import Tally
from grader.bench import Bench
from grader.intake import Found, Unreadable
from grader.plan import Plan
from grader.record import Record
from grader.store import Store, now
from suites.assignment import Assignment, Part
from suites.speed import CHECK
from suites.types import Finding, Verdict
from suites.workload import Workload


class TimedClass:
    """The submissions of a run that are to be timed: what is right, and has no figures yet.

    waiting   how many contents; those who handed in the same are timed once.
    """

    def __init__(self, assignment: Assignment, plan: Plan, store: Store, chosen: Iterable[Found]) -> None:
        self._assignment, self._plan, self._store = assignment, plan, store
        self._found = {each.student: each for each in chosen}
        self._slugs = store.slugs()
        self._students: dict[str, list[str]] = {}  # by content
        valid = store.done(plan.fingerprint)
        for record in store.latest():
            known = (record.student, record.content) in valid and record.student in self._found
            if (
                known
                and not _timed(record.findings)
                and any(map(self._right_in(record), assignment.workloads))
            ):
                self._students.setdefault(record.content, []).append(record.student)

    @property
    def waiting(self) -> int:
        return len(self._students)

    def run(self, session: Bench, progress: Callable[[Tally], None]) -> None:
        """Time them all. Interrupted, what was timed is kept."""
        counts: Counter[str] = Counter()
        for done, (content, students) in enumerate(self._students.items(), start=1):
            counts[self._time(session, content, students)] += 1
            progress(Tally(done, self.waiting, 0, counts))

    def _time(self, session: Bench, content: str, students: Sequence[str]) -> str:
        record = self._store.find(content, self._plan.fingerprint)
        try:
            submission = self._found[students[0]].read(self._plan.submit)
        except Unreadable:
            return "gone"
        if record is None or submission.content != content:
            return "changed"  # since it was graded: the next run grades it again
        findings = session.measure(submission, self._right_in(record))
        kept = tuple(finding for finding in record.findings if finding.check != CHECK)
        for student in students:
            whose = self._whose(record, student)
            self._store.add(replace(whose, findings=(*kept, *findings)), self._plan.fingerprint)
        return "timed" if findings[-1].verdict is Verdict.PASS else str(findings[-1].verdict)

    def _whose(self, record: Record, student: str) -> Record:
        name, slug = self._found[student].name, self._slugs[student]
        return replace(record, student=student, submission=name, slug=slug, graded_at=now())

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
