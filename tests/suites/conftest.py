"""Students for the tests: source text behind the wire, or functions of this process."""

from __future__ import annotations

import locale
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest

from grader.loopback import loopback
from suites.grid import on_grid
from suites.types import Answer, Call, Case, Failure, Ref, Reply, Signature, Student, Verdict


class Double:
    """A student who runs the functions it is given, or fails as it is told; it counts what it is asked."""

    def __init__(self, **functions: Callable[..., Any] | Failure) -> None:
        self.functions = functions
        self.asked: list[str] = []
        self.frames = 0

    def ask(self, *calls: Call) -> list[Answer]:
        self.frames += 1
        kept: dict[str, Any] = {}
        return [self._answer(call, kept) for call in calls]

    def _answer(self, call: Call, kept: dict[str, Any]) -> Answer:
        self.asked.append(str(call.do))
        function = self.functions.get(str(call.do))
        if function is None:
            return Failure(Verdict.MISSING, f"there is no function {call.do}")
        if isinstance(function, Failure):
            return function
        if any(isinstance(a, Ref) and a.name not in kept for a in call.args):
            return Failure(Verdict.SKIPPED, "needs what another function of yours was to leave")
        args = [kept[a.name] if isinstance(a, Ref) else a for a in call.args]
        args = [np.array(a) if isinstance(a, np.ndarray) else a for a in args]
        returned = function(*args)
        values = tuple(returned) if len(call.results) > 1 else (returned,)
        kept.update({ref.name: v for ref, v in zip(call.results, values, strict=True) if ref})
        sent = tuple(v for ref, v in zip(call.results, values, strict=True) if ref is None)
        return Reply(sent, tuple(args[i] for i in call.echo))


@pytest.fixture
def double() -> type[Double]:
    return Double


class Counting:
    """Another student, and how often it was asked what."""

    def __init__(self, student: Student) -> None:
        self.student = student
        self.asked: list[str] = []
        self.frames = 0

    def ask(self, *calls: Call) -> list[Answer]:
        self.frames += 1
        self.asked += [str(call.do) for call in calls]
        return self.student.ask(*calls)


@pytest.fixture
def student_of() -> Iterator[Callable[[str], Counting]]:
    """Source text to a student who runs it, behind the wire."""
    with ExitStack() as stack:
        yield lambda source: Counting(stack.enter_context(loopback({"main.py": source}, "main.py")))


@pytest.fixture
def point() -> Callable[..., Case]:
    """A case as the numerical check needs it: inputs, differentiated arguments, an upstream gradient."""

    def make(
        wrt: str,
        out: tuple[int, ...],
        kinked: bool = False,
        seed: int = 0,
        expected: Callable[..., dict[str, Any]] = lambda upstream: {},
        **inputs: Any,
    ) -> Case:
        rng = np.random.default_rng(seed)
        names = tuple(wrt.split())
        narrow = any(np.asarray(inputs[n]).dtype == np.float32 for n in names)
        upstream = on_grid(rng.standard_normal(out), bits=12).astype(np.float32 if narrow else np.float64)
        inputs = {n: on_grid(a) if n in names else a for n, a in inputs.items()}
        return Case(
            id=f"forward/point/{seed}",
            signature=Signature("forward", tuple(inputs), ("out",), "backward", names),
            regime="point",
            about="A point.",
            tier="ordinary",
            public=True,
            strict=True,
            checks=frozenset({"forward", "backward", "self"}),
            inputs=inputs,
            upstream=upstream,
            expected=expected(upstream),
            amplification={},
            kinked=kinked,
        )

    return make


@pytest.fixture
def ascii_locale() -> Iterator[None]:
    """A machine whose own encoding knows no umlauts: what is opened without one is ASCII."""
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    yield
    locale.setlocale(locale.LC_CTYPE, before)
