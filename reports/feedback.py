"""What a student may see of a graded submission.

`for_student` builds a new record from named fields, so a field that is added to a record stays hidden until
it is named here. The student's page and the student's JSON are made from this record and from nothing else.

Never shown: what was printed (it may come from a hidden case), and of hidden cases the input's shape, the
values, the picture, the case's name and what was raised, unless a public case shows that it raised the very
same. Of a mistake as much as the assignment `tells`.
"""

import re
from collections.abc import Set
from dataclasses import replace

from grader.record import Record, RunInfo, Status, to_plain
from reports.figures import TOLD
from suites.carry import RIGHT_FOR_OWN
from suites.depth import at_depth
from suites.measurement import Measurement
from suites.throughput import WRONG_ANSWER
from suites.types import Diagnosis, Evidence, Finding, Verdict

RAISED = 2_000  # characters of an exception that are shown

# Causes in the words of the student's side: they may carry a hidden input, whichever case is shown.
_IN_OUR_WORDS = {
    Verdict.ERROR: "an exception was raised",
    Verdict.MISSING: "the function is not there",
    Verdict.MEMORY: "more memory was asked for than is allowed",
    Verdict.SKIPPED: "something that it needs is missing or does not run",
    Verdict.PROTOCOL: "what was sent back could not be read",
    Verdict.INFRASTRUCTURE: "could not be graded; this is not your fault",
}
# What the worker says of an exception. It is told where its parts stand in the text that is shown anyway.
_RAISED = re.compile(
    r"syntax error in (line \d+(?: of cell \d+)?)"
    r"|called sys\.exit\(\)(?: while it was imported)?"
    r"|raised (\w+)(?: while it was imported)?(?:: (.+))?"
)
# Some of the cases that fail may be hidden: a shape or a type is told only where one public case told it.
_PLAIN = frozenset({"", "values differ", "not finite", "returned None", RIGHT_FOR_OWN, WRONG_ANSWER})
_UNNAMED = Diagnosis(
    "this seems to need another NumPy, another Python, or a module or a file that is not here",
    id="environment",
)

_REASONS = {
    Status.PARTIAL: "Some checks could not run.",
    Status.PENDING: "A part that people grade is not graded yet.",
    Status.INFRASTRUCTURE: "This submission could not be graded for a reason that is not its author's. "
    "It will be graded again.",
}


_Said = tuple[Verdict, str, str]


def for_student(record: Record, tells: str) -> Record:
    """The record as its student may see it; `tells` is how much of a mistake (suites/depth.py)."""
    public = {_said(finding) for finding in record.findings if finding.evidence.public}
    return Record(
        student=record.student,
        submission=record.submission,
        slug=record.slug,
        content=record.content,
        status=record.status,
        reason=record.reason if record.status is Status.UNREADABLE else _REASONS.get(record.status, ""),
        score=record.score,
        max_score=record.max_score,
        findings=tuple(_finding(finding, tells, public) for finding in record.findings),
        notes=record.notes,
        graded_at=record.graded_at,
    )


def _said(finding: Finding) -> _Said:
    """What the student's side says of a failure."""
    return finding.verdict, finding.cause, finding.evidence.text


def _finding(finding: Finding, tells: str, public: Set[_Said]) -> Finding:
    """One finding; `public` is what is said where it may be seen, by this one or another."""
    seen = finding.evidence.public and finding.verdict is not Verdict.INFRASTRUCTURE
    echoes = finding.verdict is Verdict.ERROR and _said(finding) in public
    cause = _cause(finding, seen or echoes)
    said = replace(finding, cause=cause, diagnosis=_diagnosis(finding.diagnosis, seen or echoes))
    return Finding(
        part=finding.part,
        check=finding.check,
        tensor=finding.tensor,
        tier=finding.tier,
        verdict=finding.verdict,
        cause=cause,
        credit=finding.credit,
        points=finding.points,
        diagnosis=at_depth(said, tells).diagnosis,
        evidence=_public(finding.evidence) if seen else _hidden(finding.evidence, echoes),
        notes=finding.notes,
        measurement=_measurement(finding.measurement),
    )


def _measurement(measured: Measurement | None) -> Measurement | None:
    if measured is None:
        return None
    return Measurement(
        quantity=measured.quantity,
        value=measured.value,
        low=measured.low,
        high=measured.high,
        n=measured.n,
        unit=measured.unit,
        better=measured.better,
        scale=measured.scale,
        band=measured.band,
        device=measured.device,
        suite=measured.suite,
        official=measured.official,
        flags=measured.flags,
        baselines=measured.baselines,
        details={name: value for name, value in measured.details.items() if name in TOLD},
    )


def _cause(finding: Finding, seen: bool) -> str:
    if finding.verdict is Verdict.FAIL:
        alone = seen and ";" not in finding.cause
        return finding.cause if alone or finding.cause in _PLAIN else "it does not agree"
    if (
        finding.verdict is Verdict.ERROR
        and seen
        and _stands_in(finding.evidence.text[:RAISED], finding.cause)
    ):
        return finding.cause
    return _IN_OUR_WORDS.get(finding.verdict, finding.cause)


def _stands_in(text: str, cause: str) -> bool:
    """Whether the cause says of an exception what its text shows, and no more."""
    said = _RAISED.fullmatch(cause)
    return said is not None and all(part in text for part in said.groups() if part)


def _diagnosis(diagnosis: Diagnosis | None, seen: bool) -> Diagnosis | None:
    if diagnosis is None:
        return None
    if diagnosis.id == _UNNAMED.id and not seen:  # it names what was raised
        return _UNNAMED
    return Diagnosis(
        symptom=diagnosis.symptom,
        id=diagnosis.id,
        says=diagnosis.says,
        hint=diagnosis.hint,
        lecture=diagnosis.lecture,
    )


def _public(evidence: Evidence) -> Evidence:
    return Evidence(
        argument=evidence.argument,
        regime=evidence.regime,
        case=evidence.case,
        public=True,
        shape=evidence.shape,
        index=evidence.index,
        expected=evidence.expected,
        got=evidence.got,
        max_error=evidence.max_error,
        cases=evidence.cases,
        failed_cases=evidence.failed_cases,
        picture=evidence.picture,
        text=evidence.text[:RAISED],
    )


def _hidden(evidence: Evidence, echoes: bool) -> Evidence:
    return Evidence(
        argument=evidence.argument,
        regime=evidence.regime,
        public=False,
        cases=evidence.cases,
        failed_cases=evidence.failed_cases,
        text=evidence.text[:RAISED] if echoes else "",
    )


def student_data(info: RunInfo, record: Record) -> dict[str, object]:
    """`student/SLUG.json`."""
    record = for_student(record, info.tells)
    known = {part.name: part for part in info.parts}
    names = [*known, *dict.fromkeys(f.part for f in record.findings if f.part not in known)]
    return {
        "assignment": info.assignment,
        "title": info.title,
        "student": record.student,
        "submission": record.submission,
        "status": record.status,
        "reason": record.reason,
        "score": record.score,
        "max_score": record.max_score,
        "graded_at": record.graded_at,
        "notes": record.notes,
        "parts": [
            {
                "name": name,
                "title": known[name].title if name in known else name,
                "max_score": known[name].points if name in known else None,
                "findings": [_finding_data(finding) for finding in record.findings if finding.part == name],
            }
            for name in names
        ],
    }


def _finding_data(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "tensor": finding.tensor,
        "tier": finding.tier,
        "verdict": finding.verdict,
        "cause": finding.cause,
        "score": finding.score,
        "max_score": finding.points,
        "diagnosis": diagnosis_data(finding.diagnosis),
        "evidence": _evidence_data(finding.evidence),
        "notes": finding.notes,
        "measurement": to_plain(finding.measurement),
    }


def diagnosis_data(diagnosis: Diagnosis | None) -> dict[str, object] | None:
    """A diagnosis in JSON."""
    if diagnosis is None:
        return None
    return {
        "id": diagnosis.id,
        "symptom": diagnosis.symptom,
        "says": diagnosis.says,
        "hint": diagnosis.hint,
        "lecture": diagnosis.lecture,
    }


def _evidence_data(evidence: Evidence) -> dict[str, object]:
    seen: dict[str, object] = {
        "argument": evidence.argument,
        "regime": evidence.regime,
        "public": evidence.public,
        "cases": evidence.cases,
        "failed_cases": evidence.failed_cases,
    }
    if evidence.public:
        seen |= {
            "case": evidence.case,
            "shape": evidence.shape,
            "index": evidence.index,
            "expected": evidence.expected,
            "got": evidence.got,
            "max_error": evidence.max_error,
            "text": evidence.text,
        }
    return seen
