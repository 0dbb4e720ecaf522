"""What a self-check found in other forms than text: for programs, and as the page that grading writes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from assay.checked import Checked
from grader.record import PartOutline
from suites.types import Finding


def page(checked: Checked) -> str:
    """The student's page of this check."""
    from reports.pages import feedback_page

    later = f" {checked.later}." if checked.later else ""
    note = f"This is a self-check on public cases, drawn from seed {checked.seed}.{later}"
    return feedback_page(checked.info, replace(checked.record, notes=(*checked.record.notes, note)))


def plain(checked: Checked) -> dict[str, Any]:
    """The same, to be written as strict JSON."""
    record, info = checked.record, checked.info
    return {
        "assignment": info.assignment,
        "title": info.title,
        "submission": record.submission,
        "status": record.status,
        "reason": record.reason,
        "full": checked.full,
        "score": record.score,
        "max_score": record.max_score,
        "seed": checked.seed,
        "hidden_kinds": checked.hidden,
        "notes": record.notes,
        "printed": record.printed,
        "printed_dropped": record.printed_dropped,
        "seconds": record.seconds,
        "parts": [_part_data(part, checked) for part in info.parts],
    }


def _part_data(part: PartOutline, checked: Checked) -> dict[str, Any]:
    mine = [finding for finding in checked.record.findings if finding.part == part.name]
    return {
        "name": part.name,
        "title": part.title,
        "score": sum((finding.score for finding in mine), Fraction(0)),
        "max_score": sum((finding.points for finding in mine), Fraction(0)),
        "findings": [_finding_data(finding, checked) for finding in mine],
    }


def _finding_data(finding: Finding, checked: Checked) -> dict[str, Any]:
    evidence, diagnosis = finding.evidence, finding.diagnosis
    return {
        "check": finding.check,
        "tensor": finding.tensor,
        "tier": finding.tier,
        "verdict": finding.verdict,
        "cause": finding.cause,
        "score": finding.score,
        "max_score": finding.points,
        "symptom": diagnosis.symptom if diagnosis else "",
        "question": diagnosis.hint if diagnosis else "",
        "lecture": diagnosis.lecture if diagnosis else "",
        "evidence": {
            "regime": evidence.regime,
            "about": checked.abouts.get(evidence.case, ""),
            "case": evidence.case,
            "shape": evidence.shape,
            "index": evidence.index,
            "expected": evidence.expected,
            "got": evidence.got,
            "max_error": evidence.max_error,
            "cases": evidence.cases,
            "failed_cases": evidence.failed_cases,
            "text": evidence.text,
        },
        "notes": finding.notes,
    }
