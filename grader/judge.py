"""One submission: launch, ask, judge. The only place where a plan and a student's answers meet."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from fractions import Fraction

from grader.intake.submission import Submission
from grader.planned import Plan, PlannedPart
from grader.record import Record, Status
from grader.sandbox.types import Launcher
from grader.sitting import SandboxSitting
from suites.judging import judge_check
from suites.parts import Sitting
from suites.questions import Observed, ask_cases
from suites.types import Finding, Student, Verdict

BLOCKING = {Verdict.MISSING, Verdict.ERROR, Verdict.CRASH, Verdict.TIMEOUT, Verdict.MEMORY, Verdict.SKIPPED}


def grade(
    plan: Plan, submission: Submission, launcher: Launcher, *, jobs: int = 1, official: bool = True
) -> Record:
    """Grade one submission in a fresh sandbox. Raises SandboxError where the sandbox itself fails.

    Parts that open sandboxes of their own may have `jobs` of them open at the same time.
    """
    started = time.perf_counter()
    graded_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    sitting = SandboxSitting(launcher, submission, plan.limits, jobs, official)
    with sitting.usual() as student:
        seen = ask_cases(student, plan.all_cases, plan.questions)
        findings = judge_answers(plan, seen, student, sitting)
    looked_at, likeness = _looked_at(plan, submission) if official else ((), "")
    return Record(
        student=submission.student,
        submission=submission.name,
        slug=submission.slug,
        content=submission.content,
        status=_status(findings),
        reason=_reason(findings),
        score=sum((f.score for f in findings), Fraction(0)),
        max_score=plan.max_score,
        findings=tuple(findings),
        notes=submission.notes,
        printed=sitting.printed.decode("utf-8", "replace"),
        printed_dropped=sitting.dropped,
        seconds=time.perf_counter() - started,
        cpu_seconds=sitting.cpu_s,
        memory_bytes=sitting.max_rss_bytes,
        sandbox=launcher.level,
        graded_at=graded_at,
        remarks=looked_at,
        likeness=likeness,
    )


def _looked_at(plan: Plan, submission: Submission) -> tuple[tuple[str, ...], str]:
    """What an instructor may look at: remarks on the source, and what it is like."""
    from grader.likeness import likeness  # neither is anything for a student kit
    from grader.remarks import remarks, trees

    sources = trees(submission.files)
    return remarks(submission.files, sources, plan.packages), likeness(sources)


def judge_answers(
    plan: Plan, seen: Sequence[Observed], student: Student, sitting: Sitting | None = None
) -> list[Finding]:
    """All findings of a submission, in the order of the parts; the student answers further questions.

    Special parts are judged at the sitting, and left out where there is none.
    """
    findings: list[Finding] = []
    for part in plan.parts:
        if isinstance(part, PlannedPart):
            found = _judge_cases(part, plan, seen, student)
        else:
            found = list(part.judge(sitting)) if sitting is not None else []
        findings += _after(part.needs, findings, found)
    return _charged_once(findings)


def _judge_cases(part: PlannedPart, plan: Plan, seen: Sequence[Observed], student: Student) -> list[Finding]:
    mine = [o for o in seen if o.case.signature.forward == part.op]
    mine.sort(key=lambda o: o.case.id)
    return [f for check in part.checks for f in judge_check(part.name, check, mine, student, plan.grounds)]


def _after(needs: Iterable[str], before: Iterable[Finding], found: list[Finding]) -> list[Finding]:
    """Feedback in order: what needs a part that is not there is skipped, not blamed a second time."""
    for need in needs:
        prerequisite = [f.verdict for f in before if f.part == need and f.points]
        if prerequisite and all(v in BLOCKING for v in prerequisite):
            cause = f'needs the part "{need}", which does not run'
            return [f if f.verdict is Verdict.PASS else _skipped(f, cause) for f in found]
    return found


def _skipped(finding: Finding, cause: str) -> Finding:
    return replace(finding, verdict=Verdict.SKIPPED, cause=cause, diagnosis=None)


def _charged_once(findings: list[Finding]) -> list[Finding]:
    """A required convention costs where it is met first, and nowhere else."""
    charged: set[str] = set()
    result = []
    for f in findings:
        id = f.diagnosis.id if f.diagnosis else ""
        costs = f.verdict is Verdict.PASS and f.credit < 1 and id != ""
        result.append(replace(f, credit=Fraction(1)) if costs and id in charged else f)
        charged |= {id} if costs else set()
    return result


def _status(findings: Sequence[Finding]) -> Status:
    verdicts = {f.verdict for f in findings}
    if Verdict.INFRASTRUCTURE in verdicts:
        return Status.INFRASTRUCTURE
    return Status.PARTIAL if Verdict.INCONCLUSIVE in verdicts else Status.GRADED


def _reason(findings: Sequence[Finding]) -> str:
    return next((f.cause for f in findings if f.verdict is Verdict.INFRASTRUCTURE), "")
