"""What an author writes: operations, regimes, parts with points, variants. Nothing about processes or files.

@regime(tier="ordinary", public=True)
def nominal(rng): ...

layer = Op(forward="layer_forward", oracle=oracle.forward, args=("x", "w"), regimes=(nominal,), ...)

assignment = Assignment(
    title="A layer", submit="layer.py", variants=variants,
    parts=(Part("forward", layer, (agreement(out=4),)),
           Part("backward", layer, (gradient(dx=4, dw=2),), needs=("forward",))),
)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, Union

from numpy.random import Generator

from suites.depth import DEPTHS, NAME
from suites.parts import SpecialPart
from suites.property import Property
from suites.types import Law, Misconception, Signature, Value

if TYPE_CHECKING:
    from suites.workload import Workload

Draw = Callable[[Generator], "dict[str, Value]"]
Number = Union[int, float, str, Fraction]

TIERS = ("ordinary", "unusual")
UNUSUAL_SHARE = Fraction(1, 10)  # of a tensor's points; the ordinary tier holds the rest
CHECKS = frozenset({"forward", "backward", "self"})
POLICIES = ("required", "accepted")


class AuthoringError(Exception):
    """An assignment that cannot be sealed, in one sentence that says what to mend."""


@dataclass(frozen=True)
class Regime:
    """A kind of input. Call it with a Generator for the named arguments of one case.

    tier    `ordinary`, or `unusual`: legal, but not what one tries first.
    public  students see cases of this kind; a hidden one names its public sibling in `like`.
    strict  deviations beyond rounding are never excused here.
    checks  what means something on these inputs: forward, backward, self (numerical gradient).
    draws   how many cases are drawn.
    repeats how often a random function is asked in one case.
    """

    name: str
    draw: Draw
    about: str
    tier: str = "ordinary"
    public: bool = False
    strict: bool = True
    checks: frozenset[str] = CHECKS
    draws: int = 1
    like: str = ""
    repeats: int = 2

    def __call__(self, rng: Generator) -> dict[str, Value]:
        return self.draw(rng)


def regime(
    *,
    tier: str = "ordinary",
    public: bool = False,
    strict: bool = True,
    checks: Iterable[str] = CHECKS,
    draws: int = 1,
    like: str = "",
    repeats: int = 2,
) -> Callable[[Draw], Regime]:
    """Make a regime of a function of a Generator; its docstring's first line tells students what it is."""

    def make(draw: Draw) -> Regime:
        about = (draw.__doc__ or "").strip().split("\n")[0]
        name = draw.__name__.strip("_")
        if tier not in TIERS:
            raise AuthoringError(f"regime {name}: tier is {tier!r}; use one of {', '.join(TIERS)}")
        if not about:
            raise AuthoringError(f"regime {name} has no docstring; its first line is shown to students")
        if isinstance(checks, str):
            raise AuthoringError(f"regime {name}: checks is the text {checks!r}; write ({checks!r},)")
        unknown = sorted(set(checks) - CHECKS)
        if unknown:
            raise AuthoringError(
                f"regime {name}: checks has {unknown[0]!r}; use any of {', '.join(sorted(CHECKS))}"
            )
        for what, count in (("draws", draws), ("repeats", repeats)):
            if not isinstance(count, int) or count < 1:
                raise AuthoringError(f"regime {name}: {what} is {count!r}; give it a whole number from 1")
        return Regime(name, draw, about, tier, public, strict, frozenset(checks), draws, like, repeats)

    return make


class Domain(str):
    """The words that the handout's table says of an argument, with a test of the values that regimes draw.

    domains={"eps": Domain("positive", lambda eps: eps > 0)}
    """

    holds: Callable[[Any], Any]

    def __new__(cls, words: str, holds: Callable[[Any], Any]) -> Domain:
        made = super().__new__(cls, words)
        made.holds = holds
        return made


def _refuse_no_tuple(who: str, name: str, value: object) -> None:
    """Refuse a text or a single thing where several are meant: brackets without a comma make no tuple."""
    if not isinstance(value, tuple):
        raise AuthoringError(
            f"{who}: {name} is of type {type(value).__name__}; write a tuple, with a comma after one item too"
        )


@dataclass(frozen=True)
class Op:
    """One operation that students write: a forward function and, if it has one, its backward.

    oracle    same arguments as `forward`; returns the outputs, and a cache last where there is a backward.
    gradient  the oracle's backward: (upstream, cache) to the gradients in the order of `wrt`.
    terms     gradient tensor to a function (upstream, cache) -> named terms whose sum is that gradient.
    domains   argument to the words that the handout's table says of it; a Domain also tests what is drawn.
    fixed     gradient tensor that a theorem makes the same on every input, to the theorem in words.
    law       of a random operation: the arguments of `forward` to the law of its mask. Its oracle, gradient
              and variants take a Generator as their last argument, and its checks are `by_statistics`.
    """

    forward: str
    oracle: Callable[..., Any]
    args: tuple[str, ...]
    regimes: tuple[Regime, ...]
    outputs: tuple[str, ...] = ("out",)
    backward: str | None = None
    gradient: Callable[..., Any] | None = None
    wrt: tuple[str, ...] = ()
    terms: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    law: Callable[..., Law] | None = None

    def __post_init__(self) -> None:
        for name in ("args", "regimes", "outputs", "wrt"):
            _refuse_no_tuple(self.forward, name, getattr(self, name))

    @property
    def signature(self) -> Signature:
        return Signature(self.forward, self.args, self.outputs, self.backward, self.wrt)


@dataclass(frozen=True)
class Variant:
    """A wrong, conventional or harmless implementation, with the signature of the oracle function `of`.

    A variant of a forward that returns the oracle's own cache type also says what the right backward makes
    of that mistake, so that a right backward after a wrong forward is recognised.
    """

    words: Misconception
    of: Callable[..., Any]
    wrong: Callable[..., Any]

    @property
    def id(self) -> str:
        return self.words.id

    @property
    def kind(self) -> str:
        return self.words.kind


def variant(
    id: str, *, of: Callable[..., Any], kind: str, says: str, hint: str, lecture: str = ""
) -> Callable[[Callable[..., Any]], Variant]:
    """Make a variant of a function with the oracle's signature. Kind: `wrong`, `note` or `accept`."""
    if kind not in ("wrong", "note", "accept"):
        raise AuthoringError(f"variant {id}: kind is {kind!r}; use wrong, note or accept")
    return lambda wrong: Variant(Misconception(id, kind, says, hint, lecture), of, wrong)


def wrong(
    id: str, of: Callable[..., Any], says: str, hint: str, lecture: str = ""
) -> Callable[[Callable[..., Any]], Variant]:
    """Make a variant of kind `wrong`: a misconception."""
    return variant(id, of=of, kind="wrong", says=says, hint=hint, lecture=lecture)


@dataclass(frozen=True)
class Agreement:
    """The outputs of the forward agree with the oracle; points by tensor."""

    points: Mapping[str, Fraction]
    name = "agreement"


@dataclass(frozen=True)
class Gradient:
    """The gradients agree with the oracle, or with the student's own forward where that is allowed."""

    points: Mapping[str, Fraction]
    name = "gradient"


@dataclass(frozen=True)
class Statistics:
    """The tensors of a random operation obey its law; points by tensor, on some regimes or on all."""

    points: Mapping[str, Fraction]
    regimes: frozenset[str] = frozenset()
    name = "statistics"


Check = Union[Agreement, Gradient, Statistics, Property]


def agreement(**points: Number) -> Agreement:
    """Points by output tensor, e.g. `agreement(out=4)`."""
    return Agreement({name: Fraction(str(value)) for name, value in points.items()})


def gradient(**points: Number) -> Gradient:
    """Points by gradient tensor, e.g. `gradient(dx=4, dgamma=1)`."""
    return Gradient({name: Fraction(str(value)) for name, value in points.items()})


def by_statistics(*regimes: Regime, **points: Number) -> Statistics:
    """Points by tensor of a random operation, on these kinds of input (all of them where none is named)."""
    names = frozenset(regime.name for regime in regimes)
    return Statistics({name: Fraction(str(value)) for name, value in points.items()}, names)


def _refuse_unknown(who: str, check: Check, names: Signature) -> None:
    """Refuse a check that speaks of what the operation does not take or return."""
    known = names.tensors
    if isinstance(check, (Agreement, Gradient)):
        known = names.outputs if isinstance(check, Agreement) else names.gradients
    for tensor in [check.tensor] if isinstance(check, Property) else check.points:
        if tensor not in known:
            raise AuthoringError(
                f"{who} speaks of {tensor!r}; {names.forward} has {', '.join(known) or 'none'}"
            )
    if isinstance(check, Property) and check.to and check.to not in names.args:
        raise AuthoringError(f"{who} speaks of {check.to!r}; {names.forward} takes {', '.join(names.args)}")


@dataclass(frozen=True)
class Part:
    """A named group of checks of one operation. `needs` orders feedback: it never costs points."""

    name: str
    op: Op
    checks: tuple[Check, ...]
    needs: tuple[str, ...] = ()
    title: str = ""

    def __post_init__(self) -> None:
        _refuse_no_tuple(f"part {self.name}", "checks", self.checks)
        for check in self.checks:
            _refuse_unknown(f"part {self.name}: {check.name}", check, self.op.signature)

    @property
    def points(self) -> tuple[tuple[str, Fraction], ...]:
        """Points by tensor, a pair for each check of it."""
        earning = [check for check in self.checks if not isinstance(check, Property)]
        return tuple(pair for check in earning for pair in check.points.items())


@dataclass(frozen=True)
class Assignment:
    """One assignment.

    parts        in the order of the handout: of operations, or special ones (suites/parts.py).
    conventions  id of a `note` variant to `required` (costs a tenth, once) or `accepted` (full marks).
    carry        the fraction of a gradient's points paid where the forward is a named mistake and the
                 backward is right for that mistake.
    tells        how much a student is told of a mistake: `symptom` (what is off), `question` (and what to
                 think about) or `name` (and what was done). The instructor sees all.
    packages     distributions that the sandbox holds, by import name.
    seconds      wall time a question may take.
    memory       bytes a submission may take.
    workloads    what is timed where speed is measured (suites/workload.py); it earns nothing.
    """

    title: str
    submit: str
    parts: tuple[Part | SpecialPart, ...]
    variants: ModuleType | Iterable[Variant] = ()
    conventions: Mapping[str, str] = field(default_factory=dict)
    carry: Fraction = Fraction(1, 2)
    tells: str = NAME
    packages: tuple[str, ...] = ("numpy",)
    seconds: float = 5.0
    memory: int = 512 << 20
    workloads: tuple[Workload, ...] = ()

    def __post_init__(self) -> None:
        for name in ("parts", "packages"):
            _refuse_no_tuple("assignment", name, getattr(self, name))
        if self.tells not in DEPTHS:
            raise AuthoringError(f"assignment: tells is {self.tells!r}; use one of {', '.join(DEPTHS)}")
        for id, policy in self.conventions.items():
            if policy not in POLICIES:
                raise AuthoringError(
                    f"assignment: conventions says {policy!r} of {id}; use one of {', '.join(POLICIES)}"
                )
        if len({workload.on for workload in self.workloads}) > 1:
            raise AuthoringError("assignment: its workloads are timed on one kind of processor, all of them")

    @property
    def timed_on(self) -> str:
        """What its workloads are timed on: `cpu` or `cuda`."""
        return self.workloads[0].on if self.workloads else "cpu"

    @property
    def ops(self) -> tuple[Op, ...]:
        """Each operation once, in the order of the parts."""
        seen: dict[str, Op] = {}
        for part in self.parts:
            if isinstance(part, Part):
                seen.setdefault(part.op.forward, part.op)
        return tuple(seen.values())

    @property
    def all_variants(self) -> tuple[Variant, ...]:
        """The variants, collected from a module in the order they are written."""
        written = self.variants
        found: Iterable[Any] = vars(written).values() if isinstance(written, ModuleType) else written
        return tuple(item for item in found if isinstance(item, Variant))
