"""A receipt: a script of NumPy alone that shows one lost point on the student's own machine.

It decides as judging did: the error that is allowed stands in it entry by entry, and what is forgiven there
is forgiven here. What comes from students and authors is text in it or a number, never code.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from string import Template

import numpy as np

from reports.source import SMALL, WIDTH, array, docstring, indented, is_name, literal, packed
from reports.text import inert, points_of
from suites.types import Array, Case, Finding, Value

MARK = '"""A receipt'  # how each begins

# What has a name in the script already.
_TAKEN = frozenset(
    {"np", "student", "unpack", "spread", "stored", "set_seed", "start_clock", "seed", "getattr", "complex"}
)

_USAGE = """\
It calls your functions with the one input that showed most when they were graded, and compares {tensor}
with what is right. It needs Python 3.9 or newer and NumPy, and nothing of Assay:

    python {receipt} {submit}

The exit code is 0 if {tensor} is right by now, 1 if it still falls short, 2 if your file cannot be imported.
A notebook must be saved as a .py file first, its cells of code only, without magics."""


@dataclass(frozen=True)
class Receipt:
    """What a script is made of.

    finding   as deep as the assignment tells.
    case      with the values of its inputs as they reach a student's function.
    low, high the right tensor: equal, but where the function has a corner.
    allowed   the largest error of each entry that is rounding.
    limit_s   seconds that a call may take, where it took longer.
    notes     what else is to be known, a paragraph each.
    name      of the script itself.
    content   sha256 of what was handed in.
    """

    title: str
    part: str
    number: str
    submit: str
    finding: Finding
    case: Case
    low: Array
    high: Array
    allowed: Array
    limit_s: float | None = None
    notes: tuple[str, ...] = ()
    name: str = "receipt.py"
    content: str = ""


def script(receipt: Receipt) -> str:
    """The source of the script."""
    template = (resources.files("reports") / "templates" / "receipt.py.txt").read_text(encoding="utf-8")
    stored: dict[str, Array] = {}
    tensor = receipt.finding.tensor
    ask = _Asking(receipt, stored).lines()
    return Template(template).substitute(
        docstring=docstring(_about(receipt)),
        name=ascii(inert(tensor)),
        functions=literal(_functions(receipt)),
        limit=literal(receipt.limit_s),
        said=tensor if is_name(tensor) else "what is compared",
        ask=indented("\n".join(ask)),
        right=indented("\n".join(_right(receipt, stored))),
        stored=_stored(stored),
    )


# --------------------------------------------------------------------------- in words


def _about(receipt: Receipt) -> str:
    """What it is, as the docstring says it."""
    finding, case = receipt.finding, receipt.case
    what = f"{finding.tensor} of {receipt.part!r}, {finding.tier} tier ({receipt.number})"
    diagnosis = finding.diagnosis
    told = (diagnosis.symptom, diagnosis.says, diagnosis.hint) if diagnosis else ()
    rows = (
        ("Assignment", receipt.title),
        ("Submission", f"SHA-256 {receipt.content}"),
        ("Check", f"{finding.check}: {what}"),
        ("Points", points_of(finding.score, finding.points)),
        ("Found", f"{finding.verdict}: {finding.cause}" if finding.cause else str(finding.verdict)),
        *(("", text) for text in told if text != finding.cause),
        ("Input", f"{case.about} (case {case.id}, {'public' if case.public else 'hidden until now'})"),
    )
    usage = _USAGE.format(tensor=finding.tensor, receipt=receipt.name, submit=receipt.submit)
    paragraphs = [_filled(inert(note, 2000)) for note in receipt.notes]
    table = "\n".join(line for label, text in rows if text for line in _row(label, inert(text, 2000)))
    return "\n\n".join(
        [f"A receipt for {inert(what)}.", table, inert(usage, lines=True, limit=4000), *paragraphs]
    )


def _row(label: str, text: str) -> list[str]:
    return _filled(text, f"{label + ':' if label else '':<12}").splitlines()


def _filled(text: str, head: str = "") -> str:
    indent = " " * len(head)
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False)


# --------------------------------------------------------------------------- in code


def _functions(receipt: Receipt) -> tuple[str, ...]:
    """The functions that must be there for the tensor to come."""
    signature = receipt.case.signature
    if receipt.finding.tensor in signature.gradients and signature.backward:
        return signature.forward, signature.backward
    return (signature.forward,)


@dataclass
class _Asking:
    """The body of the function that asks: the inputs, then the calls, as one would write them."""

    receipt: Receipt
    stored: dict[str, Array]
    taken: set[str] = field(default_factory=lambda: set(_TAKEN))

    def lines(self) -> list[str]:
        """It yields the tensor; once a seed where the function is random."""
        chance = self.receipt.case.chance
        if chance is None:
            return self._once()
        backward = len(_functions(self.receipt)) > 1
        seeds = chance.seeds[: chance.backwards] if backward else chance.seeds
        return [f"for seed in {seeds!r}:", "    set_seed(seed)", *map(indented, self._once())]

    def _once(self) -> list[str]:
        case, tensor = self.receipt.case, self.receipt.finding.tensor
        signature = case.signature
        given = {name: self._name(name) for name in signature.args}
        lines = [self._given(given[name], case.inputs[name]) for name in signature.args]
        asked = signature.outputs
        names = [self._name(name) for name in asked]
        cache = [self._name("cache")] if signature.backward else []
        backward = None
        if tensor in signature.gradients and signature.backward and case.upstream is not None:
            dout = self._name("dout")
            lines.append(self._given(dout, case.upstream))
            backward = (signature.backward, [dout, *cache])
        lines += self._call([*names, *cache], signature.forward, list(given.values()))
        if backward is not None:
            asked = signature.gradients
            names = [self._name(name) for name in asked]
            lines += self._call(names, *backward)
        return [*lines, f"yield {names[asked.index(tensor)]}"]

    def _given(self, name: str, value: Value) -> str:
        source = _source(name, value, self.stored) if isinstance(value, np.ndarray) else literal(value)
        return f"{name} = {source}"

    def _call(self, results: Sequence[str], function: str, args: Sequence[str]) -> list[str]:
        do = f"student.{function}" if is_name(function) else f"getattr(student, {function!a})"
        call = f"{do}({', '.join(args)})"
        clock = ["start_clock()"] if self.receipt.limit_s is not None else []
        taken = call if len(results) == 1 else f"unpack({len(results)}, {call})"
        return [*clock, f"{', '.join(results)} = {taken}"]

    def _name(self, wanted: str) -> str:
        """A variable of this name, or one like it where it is no name or taken."""
        name = wanted if is_name(wanted) else "value"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name


def _right(receipt: Receipt, stored: dict[str, Array]) -> Iterator[str]:
    """What is right, and how far from it is right still."""
    if np.array_equal(receipt.low, receipt.high, equal_nan=True):
        yield f"low = high = {_source('right', receipt.low, stored)}"
    else:
        yield f"low = {_source('low', receipt.low, stored)}"
        yield f"high = {_source('high', receipt.high, stored)}"
    yield f"allowed = {_source('allowed', receipt.allowed, stored)}"


def _source(name: str, value: Array, stored: dict[str, Array]) -> str:
    """An array with its type and its order in memory: written out if it is small."""
    flags, plain = value.flags, np.ascontiguousarray(value).reshape(value.shape)
    order = "" if flags.c_contiguous else "np.asfortranarray(" if flags.f_contiguous else "spread("
    made, about = array(plain, len(f"{name} = {order}")), ""
    if value.size > SMALL:
        while name in stored:
            name += "_"
        stored[name] = plain
        made, about = f"stored({name!r})", f"  # {value.dtype}, {value.shape}"
    return order + made + (")" if order else "") + about


def _stored(stored: dict[str, Array]) -> str:
    """The arrays that are too large to be read, as text."""
    texts = [f'    {name!r}: """\n{packed(value)}\n""",\n' for name, value in stored.items()]
    return "{\n" + "".join(texts) + "}" if texts else "{}"
