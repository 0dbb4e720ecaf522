"""Many submissions: a crew of processes grades, this one alone writes.

Memory stays flat: a few submissions are in flight and no record is kept. A process that dies takes nothing
with it (`grader/crew.py`). Killed or interrupted, a run resumes where it was.
"""

import platform
import signal
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from grader.crew import Begin, Crew
from grader.intake import Found, Submission, Unreadable
from grader.intake.slug import slugs
from grader.judges import Grading, in_sandbox, judge, ungraded
from grader.record import Record, RunInfo, Status, handed_in_by
from grader.sandbox.levels import Level
from grader.store import Store, now, read_info, write_info

if TYPE_CHECKING:
    from grader.planned import Plan


@dataclass(frozen=True)
class Tally:
    """How far a batch is. `resumed` of the done were graded before it began."""

    done: int
    total: int
    resumed: int
    counts: Mapping[str, int]


def run_batch(
    found: Sequence[Found],
    plan: "Plan",
    run: Path,
    *,
    level: str,
    jobs: int,
    only: str = "*",
    force: bool = False,
    progress: Callable[[Tally], None] = lambda tally: None,
    grading: Grading = in_sandbox,
) -> RunInfo:
    """Grade what was found into the folder `run`, and return what `run.json` then says.

    What is graded under the plan's fingerprint already is not graded again, unless `force`. `only` is a
    pattern for students or the names of what they handed in. Ctrl-C ends the workers, closes the store and
    raises KeyboardInterrupt.
    """
    info = _begun(plan, run, level)
    write_info(run, info)  # first of all: a folder with results and nothing that says of what is no run
    with Store(run / "results.sqlite") as store:
        slug = slugs((each.student for each in found), store.slugs())
        chosen = [replace(each, slug=slug[each.student]) for each in found if is_chosen(each, only)]
        write_info(run, replace(info, counts=store.counts()))
        try:
            begin = partial(judge, plan, level, grading)
            _Batch(chosen, plan, store, level, force, progress).run(begin, jobs)
            info = replace(info, ended=now())
        finally:
            info = replace(info, counts=store.counts())
            write_info(run, info)
    return info


def workers_for(level: Level, cores: int, count: int) -> int:
    """How many processes grade so many submissions the fastest on so many cores.

    One a core; two where each waits for a container of its own, a sixth of its time, if the class is large
    enough to be worth starting them.
    """
    return 2 * cores if level is Level.docker_shared and count > 100 * cores else cores


def is_chosen(found: Found, only: str) -> bool:
    """Whether the pattern means this student, or what this student handed in."""
    pattern = unicodedata.normalize("NFC", only)  # as ids are
    return fnmatchcase(found.student, pattern) or fnmatchcase(found.name, pattern)


def _begun(plan: "Plan", run: Path, level: str) -> RunInfo:
    before = read_info(run)
    return RunInfo(
        assignment=plan.assignment,
        title=plan.title,
        assignment_hash=plan.assignment_hash,
        assay_version=version("assay"),
        numpy_version=version("numpy"),
        python_version=platform.python_version(),
        seed_commitment=plan.commitment,
        sandbox=level,
        host=platform.node(),
        started=before.started if before else now(),
        ended="",
        max_score=plan.max_score,
        parts=plan.outlines,
        tells=plan.tells,
        counts=before.counts if before else {},
        fingerprint=plan.fingerprint,
        question_s=plan.limits.question_s,
        memory_bytes=plan.limits.memory_bytes,
    )


# --------------------------------------------------------------------------- the coordinator


class _Batch:
    """One run of the coordinator: what waits, what is in flight, who shares its content."""

    def __init__(
        self,
        chosen: Sequence[Found],
        plan: "Plan",
        store: Store,
        level: str,
        force: bool,
        progress: Callable[[Tally], None],
    ) -> None:
        self.chosen, self.plan, self.store = chosen, plan, store
        self.level, self.progress = level, progress
        self.done = set() if force else store.done(plan.fingerprint)
        self.since = store.last_attempt() if force else 0
        self.twins: dict[str, list[Submission]] = {}  # by content in flight: those who handed in the same
        self.interrupted = False
        self.resumed = 0
        self.counts: Counter[str] = Counter()

    def run(self, begin: Begin[Submission, Record], jobs: int) -> None:
        """Grade all that is chosen; raises KeyboardInterrupt on Ctrl-C."""
        with Crew(begin, self._lost, jobs) as crew, _on_interrupt(partial(self._interrupt, crew)):
            self._tell()
            for submission, record in crew.do(self._to_grade()):
                self._finish(submission, record)

    def _interrupt(self, crew: Crew[Submission, Record]) -> None:
        self.interrupted = True
        crew.interrupt()

    def _to_grade(self) -> Iterator[Submission]:
        """Those that need a worker, read one by one; the others are settled on the way."""
        for found in self.chosen:
            if self.interrupted:
                raise KeyboardInterrupt
            try:
                submission = found.read(self.plan.submit)
            except Unreadable as error:
                self._refuse(found, str(error))
                continue
            if (submission.student, submission.content) in self.done:
                self._resume()
            elif submission.content in self.twins:
                self.twins[submission.content].append(replace(submission, files={}))
            elif graded := self.store.find(submission.content, self.plan.fingerprint, self.since):
                self._add(handed_in_by(graded, submission.student, submission.name, submission.slug))
            else:
                self.twins[submission.content] = []
                yield submission

    def _refuse(self, found: Found, reason: str) -> None:
        content = sha256(f"unreadable {reason}".encode()).hexdigest()  # the same refusal is the same content
        record = ungraded(found, content, Status.UNREADABLE, reason, self.plan, self.level)
        if (record.student, record.content) in self.done:
            self._resume()
        else:
            self._add(record)

    def _resume(self) -> None:
        self.resumed += 1
        self._tell()

    def _lost(self, submission: Submission) -> Record:
        reason = "the process that graded it died, again when it graded nothing else"
        status = Status.INFRASTRUCTURE
        return ungraded(submission, submission.content, status, reason, self.plan, self.level)

    def _finish(self, submission: Submission, record: Record) -> None:
        self._add(record)
        for twin in self.twins.pop(submission.content):
            self._add(handed_in_by(record, twin.student, twin.name, twin.slug))

    def _add(self, record: Record) -> None:
        self.store.add(record, self.plan.fingerprint)
        self.counts[record.status.value] += 1
        self._tell()

    def _tell(self) -> None:
        done = self.resumed + self.counts.total()
        counts = {status.value: self.counts[status.value] for status in Status if self.counts[status.value]}
        self.progress(Tally(done, len(self.chosen), self.resumed, counts))


@contextmanager
def _on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C be an event, so that it never cuts a transaction or a queue's lock in two."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before == signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, lambda number, frame: act())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
