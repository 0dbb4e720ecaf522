"""JUnit's XML, as CI systems read it: a testsuite a student, a testcase a check.

CI shows it to whoever may see the job, so it is written from what a student may see.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from grader.record import Record, RunInfo, Status
from reports.feedback import for_student
from reports.figures import is_measured_alone
from reports.gradescope import passed, told
from reports.summary import known_score
from reports.text import BLOCK, figure, inert
from suites.types import Finding, Verdict

Outcome = Literal["", "failure", "error", "skipped"]  # the element inside a testcase; none where it passed

# A failure is an answer that is wrong; an error, that there was none. Whatever else is, has told nothing.
_OUTCOMES: Mapping[Verdict, Outcome] = MappingProxyType(
    {
        Verdict.PASS: "failure",  # but for a convention that costs points
        Verdict.FAIL: "failure",
        Verdict.SKIPPED: "skipped",
        Verdict.INCONCLUSIVE: "skipped",
    }
)
_UNGRADED: Mapping[Status, Outcome] = MappingProxyType(
    {Status.UNREADABLE: "failure", Status.INFRASTRUCTURE: "error"}
)


def junit(info: RunInfo, records: Iterable[Record]) -> Iterator[str]:
    """The document in pieces. Nothing is in it that XML 1.0 forbids."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{_attributes(name=info.title)}>\n'
    for record in records:
        yield from _suite(info, for_student(record, info.tells), record)
    yield "</testsuites>\n"


def _suite(info: RunInfo, seen: Record, record: Record) -> Iterator[str]:
    """One student's: `seen` is the record as its student may see it."""
    cases = [(_outcome(finding), finding) for finding in seen.findings]
    outcomes = [outcome for outcome, _ in cases]
    ungraded = _UNGRADED.get(seen.status)
    if ungraded:  # whatever was found, or nothing: that it is not graded is told as a check of its own
        outcomes.append(ungraded)
    counts = {
        "tests": len(outcomes),
        "failures": outcomes.count("failure"),
        "errors": outcomes.count("error"),
        "skipped": outcomes.count("skipped"),
    }
    about = {name: str(count) for name, count in counts.items()}
    about |= {"time": _seconds(record.seconds)}
    if seen.graded_at:
        about["timestamp"] = seen.graded_at[:19]  # the schema has no zone; ours is UTC
    yield f"<testsuite{_attributes(name=seen.student, **about)}>\n"
    yield from _properties(seen)
    if ungraded:
        case = _attributes(classname=info.assignment, name="submission", time=_seconds(0))
        yield _case(case, ungraded, str(seen.status), seen.reason, seen.reason)
    for (outcome, finding), original in zip(cases, record.findings, strict=True):
        case = _attributes(
            classname=f"{info.assignment}.{finding.part}",
            name=_name(finding),
            time=_seconds(original.seconds),
        )
        cause = finding.cause or str(finding.verdict)
        yield _case(case, outcome, str(finding.verdict), cause, told(finding))
    yield "</testsuite>\n"


def _properties(seen: Record) -> Iterator[str]:
    score = known_score(seen)
    known = {
        "submission": seen.submission,
        "status": str(seen.status),
        "score": "" if score is None else figure(score),
        "max_score": figure(seen.max_score),
    }
    yield "<properties>\n"
    for name, value in known.items():
        yield f"<property{_attributes(name=name, value=value)}/>\n"
    yield "</properties>\n"


def _outcome(finding: Finding) -> Outcome:
    return "" if passed(finding) else _OUTCOMES.get(finding.verdict, "error")


def _name(finding: Finding) -> str:
    if is_measured_alone(finding):
        return f"{finding.tensor} ({finding.check})"
    return f"{finding.tensor} ({finding.tier}, {finding.check})"


def _case(attributes: str, outcome: Outcome, kind: str, message: str, text: str) -> str:
    if not outcome:
        return f"<testcase{attributes}/>\n"
    if outcome == "skipped":  # has no type
        return f"<testcase{attributes}><skipped{_attributes(message=message)}/></testcase>\n"
    said = _attributes(message=message, type=kind)
    body = escape(inert(text, BLOCK, lines=True))
    return f"<testcase{attributes}><{outcome}{said}>{body}</{outcome}></testcase>\n"


def _attributes(**values: str) -> str:
    """Attributes, each value one inert line."""
    return "".join(f" {name}={quoteattr(inert(value))}" for name, value in values.items())


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
