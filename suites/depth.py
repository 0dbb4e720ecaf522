"""How much is told of a mistake: what is off, a question to think about, or the name of what was done.

The trusted side always knows all three. An assignment says in `tells` which one its students get; everything
that speaks to a student passes through `at_depth`.
"""

from __future__ import annotations

from dataclasses import replace

from suites.types import Diagnosis, Finding, Verdict

SYMPTOM, QUESTION, NAME = DEPTHS = ("symptom", "question", "name")


def at_depth(finding: Finding, depth: str) -> Finding:
    """The finding with its diagnosis as deep as `depth`.

    `symptom` leaves what is off, `question` the hint and the lecture too, `name` everything. The id of a
    diagnosis names the mistake. Where nothing would be left to say, the symptom is the cause.
    """
    said = finding.diagnosis
    if said is None or depth == NAME:
        return finding
    asked = depth == QUESTION
    hint, lecture = (said.hint, said.lecture) if asked else ("", "")
    symptom = said.symptom or ("" if hint else _in_general(finding))
    return replace(finding, diagnosis=Diagnosis(symptom, hint=hint, lecture=lecture))


def shallower(one: str, other: str) -> str:
    """Of two depths the one that tells less."""
    return min(one, other, key=DEPTHS.index)


def _in_general(finding: Finding) -> str:
    if finding.cause:
        return finding.cause
    return "right, by another convention" if finding.verdict is Verdict.PASS else "it does not agree"
