"""What a self-check found, for people at a terminal. Whatever comes from the student's side is inert."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assay.checked import Checked
from grader.record import PartOutline
from reports.text import inert, pair, points, points_of
from suites.property import is_property
from suites.types import Evidence, Finding, Verdict

PRINTED_LINES = 20
PRINTED = 2_000  # characters
RAISED = 3_000
LABEL = 12  # columns

_COLOURS = {"good": "32", "bad": "31", "mute": "2", "strong": "1"}


_FATAL = (Verdict.ERROR, Verdict.TIMEOUT, Verdict.MEMORY, Verdict.CRASH, Verdict.INFRASTRUCTURE)


@dataclass(frozen=True)
class Style:
    """How to write: with colours or not, how wide, and with which signs for right, wrong and not asked."""

    colours: bool = False
    width: int = 100
    signs: tuple[str, str, str] = ("✓", "✗", "–")

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colours else text

    def wrapped(self, text: str, indent: int, label: str = "") -> Iterator[str]:
        """A paragraph, with its label before the first line."""
        first = " " * indent + (self.paint(f"{label:<{LABEL}} ", "mute") if label else "")
        room = max(30, self.width - indent - (LABEL + 1 if label else 0))
        rest = " " * (indent + (LABEL + 1 if label else 0))
        for number, line in enumerate(textwrap.wrap(text, room, break_on_hyphens=False) or [""]):
            yield (rest if number else first) + line

    def headed(self, head: str, length: int, text: str, indent: int) -> Iterator[str]:
        """A paragraph behind a head of so many columns, below which its further lines begin."""
        before, rest = " " * (indent + length), " " * indent
        room = max(30, self.width - indent) + indent
        wrap = textwrap.TextWrapper(room, before, rest, break_on_hyphens=False, break_long_words=False)
        first, *more = wrap.wrap(text) or [before]
        yield rest + head + first[len(before) :]
        yield from more


Head = Callable[[Sequence[Finding], Style], str]

PLAIN_SIGNS = ("+", "x", "-")  # for a terminal that knows no others


def lines(checked: Checked, style: Style) -> Iterator[str]:
    """The whole check, line by line."""
    blank = False
    for line in _all_lines(checked, style):
        if line or not blank:
            yield line
        blank = not line


def _all_lines(checked: Checked, style: Style) -> Iterator[str]:
    record, info = checked.record, checked.info
    yield style.paint(f"{inert(info.title)}: {inert(record.submission, 80)}", "strong")
    for note in record.notes:
        yield from style.wrapped(inert(note), 0, "Note")
    yield ""
    page = _Page(checked, style)
    yield from page.everywhere()
    width = max(len(part.title) for part in info.parts)
    for part in info.parts:
        yield from page.part(part, width)
    yield ""
    yield from _printed(checked, style)
    yield ""
    yield from style.wrapped(_sum(checked), 0)
    for line in style.wrapped(checked.again, 0):
        yield style.paint(line, "mute")


class _Page:
    """One telling. What was raised is shown once, however many tensors it costs."""

    def __init__(self, checked: Checked, style: Style) -> None:
        self._findings = checked.record.findings
        self._abouts = checked.abouts
        self._ungiven = checked.ungiven
        self._style = style
        self._raised: set[str] = set()
        self._everywhere = _alike_everywhere(checked.record.findings)

    def everywhere(self) -> Iterator[str]:
        """What keeps the submission from being asked at all is said once."""
        if self._everywhere is not None:
            yield from self._why([self._everywhere], _verdict)
            yield from self._raise(self._everywhere.evidence.text)
            yield ""

    def part(self, part: PartOutline, width: int) -> Iterator[str]:
        mine = [finding for finding in self._findings if finding.part == part.name]
        short = [finding for finding in mine if _falls_short(finding)]
        score = sum((finding.score for finding in mine), Fraction(0))
        worth = sum((finding.points for finding in mine), Fraction(0))
        right, wrong, unasked = self._style.signs
        asked = any(finding.verdict is not Verdict.SKIPPED for finding in short)
        sign = self._style.paint(right, "good") if not short else self._style.paint(wrong, "bad")
        if not mine or (short and not asked):
            sign = self._style.paint(unasked, "mute")
        told = points_of(score, worth) if mine else self._unasked(part)
        yield f"{sign} {inert(part.title):<{width}}  {told:>11}"
        if self._everywhere is not None:
            return
        for group in _groups(short):
            yield ""
            yield from self._group(group)
        yield from self._labelled(
            "Also", (f.cause for f in mine if is_property(f) and f.verdict is Verdict.FAIL)
        )
        hints = {finding.diagnosis.hint for finding in short if finding.diagnosis}
        notes = dict.fromkeys(note for finding in mine for note in _notes(finding))
        yield from self._labelled("Note", (note for note in notes if note not in hints))
        if short:
            yield ""

    def _unasked(self, part: PartOutline) -> str:
        return "when graded" if part.title in self._ungiven else "no public case"

    def _group(self, group: Sequence[Finding]) -> Iterator[str]:
        """Findings of which the same is to be said."""
        first = group[0]
        yield from self._why(group, _head)
        if first.verdict not in (Verdict.SKIPPED, Verdict.MISSING):
            yield from self._seen(group)
            yield from self._raise(first.evidence.text)

    def _why(self, group: Sequence[Finding], head: Head) -> Iterator[str]:
        """The verdict, then what is said of all; a cause that is not that of all says before whose it is."""
        causes = {finding.cause for finding in group}
        cause = f": {inert(group[0].cause)}" if len(causes) == 1 and group[0].cause else ""
        yield from self._style.headed(head(group, self._style), len(head(group, Style())), cause, 4)
        for line in _causes(group) if len(causes) > 1 else ():
            yield from self._style.wrapped(line, 4)
        for symptom in dict.fromkeys(finding.diagnosis.symptom for finding in group if finding.diagnosis):
            if symptom and symptom not in causes:
                yield from self._style.wrapped(_sentence(inert(symptom)), 4)
        said = group[0].diagnosis
        if said and said.hint:
            yield from self._style.wrapped(inert(said.hint), 4, "Think about")
        if said and said.lecture:
            yield from self._style.wrapped(inert(said.lecture), 4, "Read again")

    def _seen(self, group: Sequence[Finding]) -> Iterator[str]:
        """The worst entry of each tensor, and the inputs on which it was seen."""
        firsts = {finding.tensor: finding.evidence for finding in reversed(group)}
        tensors = dict.fromkeys(finding.tensor for finding in group)
        yield from self._labelled("Worst entry", (_worst(firsts[tensor], tensor) for tensor in tensors))
        yield from self._labelled("Seen on", (self._abouts.get(f.evidence.case, "") for f in group))

    def _labelled(self, label: str, texts: Iterable[str]) -> Iterator[str]:
        """Paragraphs of which the first alone has the label; each text once."""
        for text in dict.fromkeys(inert(text) for text in texts if text):
            yield from self._style.wrapped(text, 4, label)
            label = " "

    def _raise(self, text: str) -> Iterator[str]:
        if not text:
            return
        if text in self._raised:
            yield from self._style.wrapped("the same as above", 4, "Raised")
            return
        self._raised.add(text)
        yield "    " + self._style.paint("Raised", "mute")
        yield from _quoted(inert(text, RAISED, lines=True).split("\n"), 4)


def _falls_short(finding: Finding) -> bool:
    """Whether there is something to mend: also what has no points itself and costs those of others."""
    return not is_property(finding) and finding.falls_short


def _head(group: Sequence[Finding], style: Style) -> str:
    """Of what is spoken, and the verdict on it."""
    tensors = ", ".join(dict.fromkeys(finding.tensor for finding in group))
    tiers = " and ".join(dict.fromkeys(finding.tier for finding in group))
    return f"{style.paint(tensors, 'strong')} ({tiers} inputs)  {_verdict(group, style)}"


def _causes(group: Sequence[Finding]) -> Iterator[str]:
    """Each cause behind the tensor, the tier or both, whatever tells the findings apart."""
    tensors, tiers = ({getattr(finding, name) for finding in group} for name in ("tensor", "tier"))
    for finding in group:
        tensor = [finding.tensor] if len(tensors) > 1 else []
        tier = [f"{finding.tier} inputs"] if len(tiers) > 1 else []
        if finding.cause:
            yield f"{', '.join(tensor + tier) or finding.tensor}: {inert(finding.cause)}"


def _verdict(group: Sequence[Finding], style: Style) -> str:
    calm = group[0].verdict in (Verdict.SKIPPED, Verdict.PASS)  # a convention costs, and is no mistake
    return style.paint(_ruling(group), "mute" if calm else "bad")


def _ruling(group: Sequence[Finding]) -> str:
    """The verdict; of what passes and falls short, as another convention does, what it costs."""
    if group[0].verdict is not Verdict.PASS:
        return str(group[0].verdict)
    lost = points(sum((finding.points - finding.score for finding in group), Fraction(0)))
    kind = "convention, " if group[0].diagnosis else ""
    return f"{kind}costs {lost} point{'' if lost == '1' else 's'}"


def _alike_everywhere(findings: Sequence[Finding]) -> Finding | None:
    """The one failure that all findings share, where the submission does not even load, say."""
    asked = [finding for finding in findings if finding.points and finding.verdict is not Verdict.SKIPPED]
    alike = len({(finding.verdict, finding.cause, finding.evidence.text) for finding in asked}) == 1
    return asked[0] if alike and asked[0].verdict in _FATAL and len(findings) > 1 else None


def _groups(findings: Sequence[Finding]) -> list[list[Finding]]:
    """What the same is to be said of: a question is asked once, whatever each tensor's cause and symptom.

    So is what was raised at the same place: its message has other numbers for each kind of input.
    """
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        said = finding.diagnosis
        place = finding.evidence.text.rpartition("\n")[0]
        words = (said.hint, said.lecture) if said and said.hint else said or place or finding.cause
        groups.setdefault((finding.verdict, place, words), []).append(finding)
    return list(groups.values())


def _notes(finding: Finding) -> Iterator[str]:
    """What costs nothing and is still worth knowing."""
    yield from finding.notes
    if finding.diagnosis and finding.points and not _falls_short(finding):
        yield finding.diagnosis.hint or finding.diagnosis.symptom


def _worst(evidence: Evidence, tensor: str) -> str:
    if evidence.index is None:
        return ""
    expected, got = pair(evidence.expected, evidence.got)
    entry = tensor + (f"[{', '.join(map(str, evidence.index))}]" if evidence.index else "")
    many = f" ({evidence.failed_cases} of {evidence.cases} cases are off)" if evidence.cases > 1 else ""
    return f"{entry}: expected {expected}, got {got}{many}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else text + "."


def _quoted(block: Sequence[str], indent: int) -> Iterator[str]:
    for line in block:
        yield f"{' ' * indent}| {line}".rstrip()


def _printed(checked: Checked, style: Style) -> Iterator[str]:
    record = checked.record
    if not record.printed:
        return
    printed = record.printed.rstrip("\n")
    shown = "\n".join(printed[:PRINTED].split("\n")[:PRINTED_LINES])
    more = len(printed) - len(shown) + record.printed_dropped
    yield style.paint("Printed", "mute") + (f" ({more} characters more)" if more else "")
    yield from _quoted(inert(shown, PRINTED, lines=True).split("\n"), 0)


def _sum(checked: Checked) -> str:
    later = f"; {inert(checked.later)}" if checked.later else ""
    return f"{points_of(checked.record.score, checked.record.max_score)} points on the public cases{later}."
