"""What a student's function is tried on: functions of the author's behind the wire, right and wrong ones.

A subject draws the arguments of one trial, functions among them. Sealed, it is the text of its module and a
seed: the functions are made again where the judge needs them, and only their values ever reach the student's
side (suites/function.py).
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, ClassVar, TypeVar

import numpy as np

from suites.assignment import TIERS, UNUSUAL_SHARE, AuthoringError, Number
from suites.types import Answer, Call, Misconception, Student

Draw = Callable[[np.random.Generator], "tuple[Any, ...]"]
Self = TypeVar("Self", bound="Tried")


@dataclass(frozen=True)
class Subject:
    """One kind of thing that a student's function `of` is tried on.

    draw    the arguments of one trial; what is called among them is a `Function`.
    right   whether a test must pass it.
    tier    `ordinary`, or `unusual`: legal, but not what one tries first.
    public  part of a self-check.
    words   what is told to those who miss it.
    """

    name: str
    of: str
    draw: Draw
    about: str
    right: bool
    tier: str
    public: bool
    words: Misconception

    @property
    def title(self) -> str:
        """Its name as people read it."""
        return self.name.replace("_", " ")


def subject(
    id: str,
    *,
    of: str,
    says: str,
    hint: str,
    lecture: str = "",
    right: bool = True,
    tier: str = "ordinary",
    public: bool = False,
) -> Callable[[Draw], Subject]:
    """Make a subject of a function of a Generator; its docstring's first line tells students what it is."""

    def make(draw: Draw) -> Subject:
        about = (draw.__doc__ or "").strip().split("\n")[0]
        if tier not in TIERS:
            raise AuthoringError(f"subject {id}: tier is {tier!r}; use one of {', '.join(TIERS)}")
        if not about:
            raise AuthoringError(f"subject {id} has no docstring; its first line is shown to students")
        words = Misconception(id, "wrong", says, hint, lecture)
        return Subject(draw.__name__, of, draw, about, right, tier, public, words)

    return make


@dataclass(frozen=True)
class Trial:
    """One subject drawn once."""

    subject: str
    seed: int


@dataclass(frozen=True)
class Trials:
    """All trials of a part, sealed: the text of the author's module, what is drawn, and what it is worth."""

    function: str
    text: str
    drawn: tuple[Trial, ...]
    shares: Mapping[str, Fraction]

    @property
    def digest(self) -> str:
        """What they depend on."""
        return hashlib.sha256(f"{self.function}/{self.drawn}/{self.text}".encode()).hexdigest()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What is tried, in the order that it is written."""
        names = {trial.subject for trial in self.drawn}
        found = _subjects(remade(self.text), self.function)
        return tuple(s for s in found if s.name in names)

    def arguments(self, trial: Trial) -> tuple[Any, ...]:
        """The arguments of a trial: the same wherever it is drawn. Shared, so nobody may change them."""
        return _drawn(self.text, trial)

    def asked(self, student: Student, given: Sequence[Sequence[Any]]) -> dict[str, list[Answer]]:
        """The answers to all trials by subject, asked with these arguments."""
        calls = [Call(self.function, tuple(arguments)) for arguments in given]
        answers: dict[str, list[Answer]] = {}
        for trial, answer in zip(self.drawn, student.ask(*calls)):
            answers.setdefault(trial.subject, []).append(answer)
        return answers


@dataclass(frozen=True)
class Tried:
    """What parts have in common that try a student's function on subjects.

    function  the student's, with the arguments that the subjects draw.
    subjects  the module that defines the subjects of this function: text of the author's that stands alone.
    worth     points, shared by the kinds that earn: a tenth by the unusual ones, where there are any.
    """

    measures: ClassVar[bool] = False

    name: str
    function: str
    subjects: ModuleType
    worth: Number
    needs: tuple[str, ...] = ()
    title: str = ""
    only_public: bool = False

    @property
    def kinds(self) -> tuple[Subject, ...]:
        """The subjects that the function is tried on."""
        found = _subjects(vars(self.subjects), self.function)
        return tuple(s for s in found if s.public or not self.only_public)

    @property
    def points(self) -> tuple[tuple[str, Fraction], ...]:
        """Points by kind."""
        return tuple((s.title, self.shares[s.name]) for s in self.kinds if self.shares[s.name])

    @property
    def shares(self) -> dict[str, Fraction]:
        """The points of each kind."""
        tiers = [s.tier for s in self.kinds if self.earns(s)]
        unusual = UNUSUAL_SHARE if "unusual" in tiers else Fraction(0)
        of = {"ordinary": 1 - unusual, "unusual": unusual}
        whole = Fraction(str(self.worth))
        each = {tier: whole * of[tier] / tiers.count(tier) for tier in set(tiers)}
        return {s.name: each[s.tier] if self.earns(s) else Fraction(0) for s in self.kinds}

    def earns(self, kind: Subject) -> bool:
        """Whether a kind has points of its own."""
        return True

    def public(self: Self) -> Self:
        """What a self-check tries."""
        return replace(self, only_public=True)

    def trials(self, stream: Callable[[str], np.random.Generator], times: int) -> Trials:
        """What is right `times` times, what is wrong once, in an order that tells nothing.

        AuthoringError if a subject does not run.
        """
        rng = stream(f"part/{self.name}")
        often = [s for s in self.kinds for _ in range(times if s.right else 1)]
        ordered = [Trial(s.name, int(rng.integers(1 << 62))) for s in often]
        shuffled = tuple(ordered[i] for i in rng.permutation(len(ordered)))
        text = Path(str(self.subjects.__file__)).read_text(encoding="utf-8")
        made = Trials(self.function, text, shuffled, self.shares)
        for trial in shuffled:
            try:
                made.arguments(trial)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                raise AuthoringError(
                    f"subject {trial.subject} of {self.function} does not run: {said}"
                ) from error
        return made


@lru_cache(maxsize=8)
def remade(text: str) -> dict[str, Any]:
    """The names that an author's module defines, from its text. It is ours and trusted."""
    name = f"_subjects_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    module = sys.modules[name] = ModuleType(name)  # dataclasses look there for the module that they are in
    exec(compile(text, "<subjects>", "exec"), vars(module))
    return vars(module)


@lru_cache(maxsize=1024)
def _drawn(text: str, trial: Trial) -> tuple[Any, ...]:
    """Drawn once a process: every submission of a class is tried on the same."""
    made: Subject = remade(text)[trial.subject]
    return tuple(made.draw(np.random.default_rng(trial.seed)))


def _subjects(names: Mapping[str, Any], function: str) -> tuple[Subject, ...]:
    return tuple(s for s in names.values() if isinstance(s, Subject) and s.of == function)
