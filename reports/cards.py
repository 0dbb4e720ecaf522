"""Cards: what there is to say of a submission. One mistake has one card, wherever it shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reports.heat import Heat, heat
from reports.text import capital, pair, points, quantity
from suites.property import is_property
from suites.types import Evidence, Finding, Verdict

SIGHTS = 4  # shown at once; the others are folded away
_SAYS_LITTLE = frozenset({"", "values differ", "not finite", "it does not agree"})
_UNSEEN = (Verdict.SKIPPED, Verdict.MISSING)


@dataclass(frozen=True)
class Worst:
    """The entry that is furthest off."""

    entry: str
    expected: str
    got: str
    error: str


@dataclass(frozen=True)
class Sight:
    """What was seen of one tensor in one tier."""

    label: str
    cause: str
    evidence: Evidence
    worst: Worst | None
    heat: Heat | None


@dataclass(frozen=True)
class Place:
    """The tensors of one part that a card is about."""

    part: int
    title: str
    tensors: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """What is to be said of one finding, or alike of several. `more` sights are folded away."""

    title: str
    places: tuple[Place, ...]
    verdict: Verdict
    lost: str
    symptoms: tuple[str, ...]
    hint: str
    lecture: str
    notes: tuple[str, ...]
    sights: tuple[Sight, ...]
    more: tuple[Sight, ...]

    @property
    def tensors(self) -> frozenset[str]:
        """All the tensors that it is about."""
        return frozenset(tensor for place in self.places for tensor in place.tensors)

    @property
    def calm(self) -> bool:
        """Whether it cost nothing."""
        return not self.lost and self.verdict is Verdict.PASS

    @property
    def convention(self) -> bool:
        """Whether it costs as another convention does, and not since other things are wrong."""
        return bool(self.lost and self.verdict is Verdict.PASS and (self.hint or self.symptoms))


def cards(findings: Sequence[Finding], titles: Mapping[str, str]) -> tuple[Card, ...]:
    """The cards of a submission, the dearest first; `titles` of the parts, in their order.

    What was skipped comes last, whatever it cost: it is mended with what it needs.
    """
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        if not is_property(finding) and (finding.diagnosis or finding.notes or finding.falls_short):
            groups.setdefault((finding.verdict, *_alike(finding)), []).append(finding)
    dearest = sorted(groups.values(), key=lambda group: (group[0].verdict is Verdict.SKIPPED, -_lost(group)))
    return tuple(_card(group, findings, titles) for group in dearest)


def _alike(finding: Finding) -> tuple[object, ...]:
    """What findings that share a card have in common: a name, else a question, else plain words."""
    said, raised = finding.diagnosis, finding.evidence.text
    if said and said.id:
        return ("name", said.id)
    if said and said.hint:
        return ("question", said.hint, said.lecture)
    if finding.cause not in _SAYS_LITTLE and finding.verdict is not Verdict.PASS:
        return ("cause", finding.cause, raised)
    return ("symptom", said.symptom if said else "", raised, finding.cause, finding.notes)


def _lost(group: Iterable[Finding]) -> Fraction:
    return sum((finding.points - finding.score for finding in group), Fraction(0))


def _card(group: list[Finding], findings: Sequence[Finding], titles: Mapping[str, str]) -> Card:
    finding, said, lost = group[0], group[0].diagnosis, _lost(group)
    symptoms = [f.diagnosis.symptom for f in group if f.diagnosis and f.diagnosis.symptom]
    title = _title(finding, symptoms)
    sights = _sights(group, titles) if finding.verdict not in _UNSEEN else []
    shown = _foremost(sights)[:SIGHTS]
    return Card(
        title=capital(title, {f.tensor for f in group}),
        places=_places(group, findings, titles),
        verdict=finding.verdict,
        lost=points(lost) if lost else "",
        symptoms=tuple(s for s in dict.fromkeys([*symptoms, *_broken(group, findings)]) if s != title),
        hint=said.hint if said else "",
        lecture=said.lecture if said else "",
        notes=tuple(dict.fromkeys(note for f in group for note in f.notes if note != title)),
        sights=tuple(shown),
        more=tuple(sight for sight in sights if sight not in shown),
    )


def _title(finding: Finding, symptoms: Sequence[str]) -> str:
    said = finding.diagnosis
    if said and said.says:
        return said.says
    if symptoms and (finding.cause in _SAYS_LITTLE or (said and (said.id or said.hint))):
        return symptoms[0]
    if not finding.cause and finding.notes:
        return finding.notes[0]
    return finding.cause or str(finding.verdict)


def _places(
    group: Sequence[Finding], findings: Sequence[Finding], titles: Mapping[str, str]
) -> tuple[Place, ...]:
    """By part: its tensors, with the tier where it is only one of several."""
    tiers: dict[tuple[str, str], int] = {}
    for f in findings:
        if not is_property(f):
            tiers[f.part, f.tensor] = tiers.get((f.part, f.tensor), 0) + 1
    here: dict[str, dict[str, list[str]]] = {}
    for f in group:
        here.setdefault(f.part, {}).setdefault(f.tensor, []).append(f.tier)
    numbers = {name: number for number, name in enumerate(titles, start=1)}
    return tuple(
        Place(
            numbers[part],
            titles[part],
            tuple(
                tensor if len(met) == tiers[part, tensor] else f"{tensor} ({', '.join(met)})"
                for tensor, met in tensors.items()
            ),
        )
        for part, tensors in here.items()
    )


def _broken(group: Sequence[Finding], findings: Sequence[Finding]) -> list[str]:
    """The properties that do not hold of what the card is about."""
    about = {(f.part, f.tensor) for f in group}
    return [
        f.cause
        for f in findings
        if is_property(f) and f.verdict is Verdict.FAIL and (f.part, f.tensor) in about
    ]


def _sights(group: Sequence[Finding], titles: Mapping[str, str]) -> list[Sight]:
    """One a finding; but what several raised alike, with no entry to point at, is seen once."""
    sights: list[Sight] = []
    raised: set[str] = set()
    parts = {f.part for f in group}
    for f in group:
        worst, drawn = _worst(f.evidence, f.tensor), heat(f.evidence, f.tensor)
        seen = worst or drawn or f.evidence.text or f.evidence.failed_cases
        if not seen or (worst is None and drawn is None and f.evidence.text in raised):
            continue
        raised.add(f.evidence.text)
        where = f"{titles[f.part]}: " if len(parts) > 1 else ""
        cause = "" if f.cause in _SAYS_LITTLE or f.cause == group[0].cause else f.cause
        sights.append(Sight(f"{where}{f.tensor}, {f.tier}", cause, f.evidence, worst, drawn))
    return sights


def _foremost(sights: Iterable[Sight]) -> list[Sight]:
    """Of each tensor the first tier, of all that have nothing to show but a count the first."""
    first: dict[str, Sight] = {}
    for sight in sights:
        plain = sight.worst is None and sight.heat is None and not sight.evidence.text
        first.setdefault("" if plain else sight.label.rpartition(", ")[0], sight)
    return list(first.values())


def _worst(evidence: Evidence, tensor: str) -> Worst | None:
    if evidence.index is None:
        return None
    expected, got = pair(evidence.expected, evidence.got)
    at = f"[{', '.join(map(str, evidence.index))}]" if evidence.index else ""
    return Worst(f"{evidence.argument or tensor}{at}", expected, got, quantity(evidence.max_error))
