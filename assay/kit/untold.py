"""A plan that may be handed out: what it knows of mistakes is numbers, and a question where one is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assay.checked import DEEPEST
from grader.planned import Plan
from suites.depth import QUESTION, shallower
from suites.judging import Grounds
from suites.types import Case, Misconception


def untold(plan: Plan) -> Plan:
    """The plan without the names of mistakes. An id is a name, too, so variants are numbered."""
    tells = shallower(plan.tells, DEEPEST)
    met = {id for cases in plan.cases.values() for case in cases for id in _ids(case)}
    numbers = {id: f"v{number}" for number, id in enumerate(id for id in plan.grounds.words if id in met)}
    return replace(
        plan,
        tells=tells,
        cases={op: tuple(_numbered(case, numbers) for case in cases) for op, cases in plan.cases.items()},
        grounds=_grounds(plan.grounds, numbers, tells),
    )


def _ids(case: Case) -> Sequence[str]:
    drawn = () if case.chance is None else tuple(case.chance.traits)
    return [id for id in (*case.variants, *drawn) if id]  # the empty one is the oracle's


def _numbered(case: Case, numbers: Mapping[str, str]) -> Case:
    chance = case.chance
    if chance is not None:
        traits = {numbers[id] if id else id: found for id, found in chance.traits.items()}
        chance = replace(chance, traits=traits)
    variants = {numbers[id]: values for id, values in case.variants.items()}
    return replace(case, variants=variants, chance=chance)


def _grounds(grounds: Grounds, numbers: Mapping[str, str], tells: str) -> Grounds:
    words = {numbers[id]: _reduced(grounds.words[id], numbers[id], tells) for id in numbers}
    conventions = {numbers[id]: policy for id, policy in grounds.conventions.items() if id in numbers}
    return replace(grounds, words=words, conventions=conventions)


def _reduced(words: Misconception, number: str, tells: str) -> Misconception:
    asked = tells == QUESTION
    return Misconception(number, words.kind, "", words.hint if asked else "", words.lecture if asked else "")
