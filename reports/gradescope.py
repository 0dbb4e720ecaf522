"""`results/SLUG.json`: Gradescope's results.json with everything of ours under `extra_data`.

Gradescope shows a test's `output` to students, so the outputs are written from what a student may see.
"""

from collections import Counter
from collections.abc import Iterable

from grader.record import Record, RunInfo, Status, to_plain
from reports.feedback import diagnosis_data, for_student
from reports.figures import figures, is_measured_alone, lines
from reports.text import points_of, quantity
from suites.types import Evidence, Finding, Verdict


def results_data(info: RunInfo, record: Record) -> dict[str, object]:
    """One submission for the instructor."""
    shown = for_student(record, info.tells)
    titles = {part.name: part.title for part in info.parts}
    tests = [
        _test(finding, seen, number, titles.get(finding.part, finding.part))
        for finding, seen, number in zip(
            record.findings, shown.findings, numbers(info, record.findings), strict=True
        )
    ]
    return {
        "score": record.score,
        "execution_time": record.seconds,
        "output": _overview(shown),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {
            "assignment": info.assignment,
            "assignment_hash": info.assignment_hash,
            "assay_version": info.assay_version,
            "numpy_version": info.numpy_version,
            "python_version": info.python_version,
            "seed_commitment": info.seed_commitment,
            "student": record.student,
            "submission": record.submission,
            "slug": record.slug,
            "content": record.content,
            "status": record.status,
            "reason": record.reason,
            "max_score": record.max_score,
            "notes": record.notes,
            "remarks": record.remarks,
            "printed": record.printed,
            "printed_dropped": record.printed_dropped,
            "seconds": record.seconds,
            "cpu_seconds": record.cpu_seconds,
            "memory_bytes": record.memory_bytes,
            "sandbox": record.sandbox,
            "graded_at": record.graded_at,
        },
    }


def numbers(info: RunInfo, findings: Iterable[Finding]) -> list[str]:
    """What each finding is called: the place of its part, and its own in that, such as "2.3"."""
    places = {part.name: number for number, part in enumerate(info.parts, start=1)}
    counted: Counter[str] = Counter()
    called = []
    for finding in findings:
        place = places.setdefault(finding.part, len(places) + 1)
        counted[finding.part] += 1
        called.append(f"{place}.{counted[finding.part]}")
    return called


def _overview(shown: Record) -> str:
    if shown.status is Status.UNREADABLE:
        return f"This submission could not be read: {shown.reason}"
    if shown.status is Status.INFRASTRUCTURE:
        return shown.reason
    return "\n".join(
        [f"{points_of(shown.score, shown.max_score)} points.", shown.reason, *shown.notes]
    ).strip()


def _test(finding: Finding, seen: Finding, number: str, title: str) -> dict[str, object]:
    which = finding.check if is_measured_alone(finding) else f"{finding.tier}, {finding.check}"
    status = {} if is_measured_alone(finding) else {"status": "passed" if passed(finding) else "failed"}
    return {
        "name": f"{title}: {finding.tensor} ({which})",
        "number": number,
        "score": finding.score,
        "max_score": finding.points,
        **status,
        "output": told(seen),
        "output_format": "text",
        "visibility": "visible",
        "tags": [finding.part, finding.check, finding.tier, finding.verdict],
        "extra_data": {
            "part": finding.part,
            "check": finding.check,
            "tensor": finding.tensor,
            "tier": finding.tier,
            "verdict": finding.verdict,
            "cause": finding.cause,
            "credit": finding.credit,
            "diagnosis": diagnosis_data(finding.diagnosis),
            "evidence": _evidence(finding.evidence),
            "notes": finding.notes,
            "seconds": finding.seconds,
            "measurement": to_plain(finding.measurement),
        },
    }


def passed(finding: Finding) -> bool:
    """Whether it passed and cost no points."""
    return finding.verdict is Verdict.PASS and finding.score == finding.points


def told(seen: Finding) -> str:
    """What a finding says, in lines; `seen` is as its student may see it."""
    if is_measured_alone(seen):
        return "\n".join(line.strip() for figure in figures([seen]) for line in list(lines(figure))[1:])
    said_of = [f"{seen.verdict}: {seen.cause}" if seen.cause else str(seen.verdict)]
    if seen.diagnosis:
        said = (seen.diagnosis.symptom, seen.diagnosis.says, seen.diagnosis.hint, seen.diagnosis.lecture)
        said_of += [text for text in said if text and text != seen.cause]
    evidence = seen.evidence
    if evidence.failed_cases:
        said_of.append(f"{evidence.failed_cases} of {evidence.cases} cases fall short.")
    if evidence.index is not None:
        at = ", ".join(map(str, evidence.index))
        said_of.append(
            f"Worst entry: {evidence.argument or seen.tensor}[{at}], "
            f"expected {quantity(evidence.expected)}, got {quantity(evidence.got)}."
        )
    if evidence.text:
        said_of.append(evidence.text)
    return "\n".join([*said_of, *seen.notes])


def _evidence(evidence: Evidence) -> dict[str, object]:
    return {
        "argument": evidence.argument,
        "regime": evidence.regime,
        "case": evidence.case,
        "public": evidence.public,
        "shape": evidence.shape,
        "index": evidence.index,
        "expected": evidence.expected,
        "got": evidence.got,
        "max_error": evidence.max_error,
        "cases": evidence.cases,
        "failed_cases": evidence.failed_cases,
        "text": evidence.text,
    }
