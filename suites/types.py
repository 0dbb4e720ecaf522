"""The nouns of grading, as plain data: what is asked of a student, what comes back, what is found.

Nothing here knows of processes, pipes or files. Everything is frozen and made of numbers, text and arrays,
so a sealed case can cross to a worker process or into the student kit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, Protocol, Union

import numpy as np
from numpy.typing import NDArray

from suites.function import Function
from suites.measurement import Measurement

Array = NDArray[Any]
Value = Union[
    None, bool, int, float, complex, str, "list[Value]", "tuple[Value, ...]", "dict[str, Value]", Array
]


Clock = Literal["cpu", "wall"]


class Verdict(str, Enum):
    """What became of one check, one call or one submission."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"  # the student's code raised
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"  # printed or returned more than the limit
    CRASH = "crash"  # the process died: a signal, os._exit
    MISSING = "missing"  # the function is not there
    SKIPPED = "skipped"  # something it needs is missing or crashed
    INCONCLUSIVE = "inconclusive"
    PROTOCOL = "protocol"  # bytes that are no reply
    INFRASTRUCTURE = "infrastructure-error"  # ours, never the student's

    def __str__(self) -> str:
        return self.value


# --------------------------------------------------------------------------- asking


@dataclass(frozen=True)
class Ref:
    """Something that stays on the student's side (a cache, an optimiser, a module), by the caller's name.

    Where it is kept, `via` is the method, without arguments, whose result stays in its place.
    """

    name: str
    via: str = ""


@dataclass(frozen=True)
class Opaque:
    """A returned thing that cannot cross the wire; `kind` says what it was."""

    kind: str


@dataclass(frozen=True)
class Call:
    """One question.

    do       name of a function of the submission, or (object, method name).
    args     positional; a Ref stands for what was kept under its name, a Function is called back.
    results  how to take what is returned. One entry or none: the value as it is. More: a sequence of exactly
             that many. None sends the value back, a Ref keeps it on the student's side.
    echo     positions of arguments to send back after the call, to see whether they were changed.
    seed     the random state (random, numpy.random, torch) is set from it before the call; None leaves it as
             it is. It was set once, from 0, after the submission was imported.
    """

    do: str | tuple[Ref, str]
    args: tuple[Value | Ref | Function, ...] = ()
    results: tuple[Ref | None, ...] = (None,)
    echo: tuple[int, ...] = ()
    seed: int | None = None

    @property
    def functions(self) -> tuple[Function, ...]:
        """The functions of ours that it is given, in order. A call with any is sent by itself."""
        return tuple(arg for arg in self.args if isinstance(arg, Function))


@dataclass(frozen=True)
class Reply:
    """The values that were asked back, in order; `seconds` is the trusted side's clock.

    device_us  microseconds that the far side says its GPU took, 0 without one: a claim, for diagnosis only.
    """

    values: tuple[Value | Opaque, ...]
    echoed: tuple[Value | Opaque, ...] = ()
    seconds: float = 0.0
    device_us: int = 0


@dataclass(frozen=True)
class Failure:
    """No answer: `cause` is one clause for people, `text` what the student's side says of it (untrusted)."""

    verdict: Verdict
    cause: str
    text: str = ""
    seconds: float = 0.0


Answer = Union[Reply, Failure]


class Student(Protocol):
    """Whoever answers questions. Answers come in order, one a call, whatever happens."""

    def ask(self, *calls: Call) -> list[Answer]: ...


# --------------------------------------------------------------------------- sealed cases


@dataclass(frozen=True)
class Signature:
    """What the student writes for one operation: names only.

    forward(*args) returns `outputs` (and a cache, if there is a backward);
    backward(dout, cache) returns the gradients of sum(dout * outputs[0]), in the order of `wrt`.
    """

    forward: str
    args: tuple[str, ...]
    outputs: tuple[str, ...] = ("out",)
    backward: str | None = None
    wrt: tuple[str, ...] = ()

    @cached_property
    def gradients(self) -> tuple[str, ...]:
        return tuple("d" + name for name in self.wrt)

    @cached_property
    def tensors(self) -> tuple[str, ...]:
        return self.outputs + self.gradients


@dataclass(frozen=True)
class Law:
    """What a random mask obeys: each entry survives with probability `keep`, independently, times `factor`.

    Along the axes `shared` one draw serves all. Where nothing is random, keep is 1.
    """

    keep: float
    factor: float
    shared: tuple[int, ...] = ()

    @property
    def certain(self) -> bool:
        return self.keep >= 1


@dataclass(frozen=True)
class Trait:
    """What many draws of a tensor show: (count, of how many) pairs, a factor, what is too regular."""

    rates: tuple[tuple[int, int], ...]
    factor: float  # NaN where survivors have no factor in common
    marks: frozenset[str]


@dataclass(frozen=True)
class Chance:
    """How a random function is asked: once a seed, its backward after the first `backwards` of them.

    traits: of the oracle under the empty id, and of each variant, by tensor.
    """

    law: Law
    seeds: tuple[int, ...]
    backwards: int
    traits: Mapping[str, Mapping[str, Trait]]


@dataclass(frozen=True)
class Case:
    """One sealed question with everything the judge needs: numbers and names, no oracle.

    expected       tensor name to array, in float64.
    amplification  tensor name to the largest absolute error that one unit of rounding causes in it, measured:
                   multiply by the unit roundoff of the arithmetic for the expected noise.
    variants       variant id to the tensors that this variant would return.
    terms          tensor name to the named terms of its formula (for regression on them).
    kinked         the oracle's own slope jumps here, so any gradient between its two sides is right.
    echo           ask whether the student's functions change their arguments.
    chance         of a random function; `expected` is then what its survivors hold, and no draw of anybody's.
    """

    id: str
    signature: Signature
    regime: str
    about: str
    tier: str
    public: bool
    strict: bool
    checks: frozenset[str]
    inputs: Mapping[str, Value]
    upstream: Array | None
    expected: Mapping[str, Array]
    amplification: Mapping[str, float]
    variants: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    kinked: bool = False
    echo: bool = False
    chance: Chance | None = None

    @cached_property
    def single(self) -> bool:
        """Whether an input is float32, so that single precision is to be expected of all that returns."""
        return any(map(is_single, self.inputs.values()))


def is_single(value: object) -> bool:
    """Whether this is an array of float32."""
    return isinstance(value, np.ndarray) and value.dtype == np.float32


@dataclass(frozen=True)
class Misconception:
    """The words of a variant, for people: kind is `wrong`, `note` (a convention) or `accept` (harmless)."""

    id: str
    kind: str
    says: str
    hint: str
    lecture: str


# --------------------------------------------------------------------------- findings


@dataclass(frozen=True)
class Evidence:
    """Where it is off, and by how much, over the cases of one tier."""

    argument: str | None = None  # the tensor
    regime: str = ""
    case: str = ""
    public: bool = True
    shape: tuple[int, ...] = ()
    index: tuple[int, ...] | None = None
    expected: float | None = None
    got: float | None = None
    max_error: float | None = None
    cases: int = 0
    failed_cases: int = 0
    picture: tuple[tuple[float, ...], ...] = ()  # |error| / largest |error|, reduced to at most 24 x 24
    text: str = ""  # what the student's side raised: untrusted


@dataclass(frozen=True)
class Diagnosis:
    """Why: `symptom` is what is off, `hint` the question to think about, `says` the name of the mistake."""

    symptom: str
    id: str = ""
    says: str = ""
    hint: str = ""
    lecture: str = ""


@dataclass(frozen=True)
class Finding:
    """What one check found for one tensor in one tier. `credit` in [0, 1] of `points`.

    What is measured, a speed or an accuracy, has its `measurement` and the name of what was measured in place
    of a tensor.
    """

    part: str
    check: str
    tensor: str
    tier: str
    verdict: Verdict
    cause: str
    credit: Fraction
    points: Fraction
    diagnosis: Diagnosis | None = None
    evidence: Evidence = Evidence()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    measurement: Measurement | None = None

    @property
    def score(self) -> Fraction:
        return self.credit * self.points

    @property
    def falls_short(self) -> bool:
        """Whether it is anything but right and paid in full."""
        return self.verdict is not Verdict.PASS or self.credit < 1
