"""What an author declares to have speed measured: an operation, at a size worth timing, beside a reference.

backward = Workload(
    "forward and backward, 448 x 448", layer, draw=square, size=448, depth=6, between="transpose",
    flops=lambda n: 24.0 * n * n, reference="solutions/closed_form.py", naive="solutions/feature_loops.py",
)

A call is a chain of `depth` layers, for two reasons. What crosses the pipe costs the student's process time,
too, and only the first input and the last gradient have to cross. And nothing in a chain can be left out or
prepared: each function's argument is what the one before returned.

What itself goes on step by step, as training does, is one call of `depth` steps. So is what is timed on a
GPU: as many steps as this GPU needs until the pipe is a small part of a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
from numpy.random import Generator

from suites.assignment import AuthoringError, Op
from suites.types import Array, Call, Clock, Ref, Value

Inputs = Mapping[str, Value]
_STEPS_PROVED = 3


@dataclass(frozen=True)
class Workload:
    """One thing to time.

    name       for people: what, and how large.
    op         the operation: its forward, and its backward where it has one.
    draw       (generator, size) to the arguments of the first layer, by name.
    size       what is timed; the reference's CPU time for one call must reach 2 ms.
    flops      floating-point operations of one layer, forward and backward, at a size.
    reference  a right solution, a file of the assignment's folder: the unit that speed is told in.
    depth      layers in a call. Each takes what the one before returned as its first argument; then the
               gradient of half the sum of squares of the last output goes back through all of them.
    between    name of an ndarray method through which a layer's output goes to the next, such as `transpose`:
               for layers that would find their work done where they are applied twice.
    naive      a file with the same functions, as a beginner writes them; torch: another, in PyTorch. Rows to
               compare with, the naive one in calls of one layer.
    growth     parts of the size at which the growth of cost is measured; not on a GPU.
    steps      the argument that says how many steps to go: not drawn, `depth` is passed in its place.
    on         `cpu`, or `cuda`: timed on a GPU, by what passes until the answer is here.
    traffic    bytes of one step that must cross a GPU's memory, at a size: no code is faster than that.
    """

    name: str
    op: Op
    draw: Callable[[Generator, int], dict[str, Value]]
    size: int
    flops: Callable[[int], float]
    reference: str
    depth: int = 1
    between: str = ""
    naive: str = ""
    torch: str = ""
    growth: tuple[float, ...] = (0.25, 0.5, 1.0)
    steps: str = ""
    on: str = "cpu"
    traffic: Callable[[int], float] | None = None

    def __post_init__(self) -> None:
        op = self.op
        if self.on not in ("cpu", "cuda"):
            raise AuthoringError(f"workload {self.name!r}: it is timed on cpu or on cuda, not on {self.on!r}")
        if self.on == "cuda" and not self.steps:
            raise AuthoringError(
                f"workload {self.name!r}: a GPU is timed over as many steps as it needs; name the argument"
                " of the operation that says how many"
            )
        if self.on == "cuda" and (self.naive or self.torch):
            raise AuthoringError(f"workload {self.name!r}: rows to compare with are for the CPU")
        if self.steps and (self.steps not in op.args[1:] or op.backward):
            raise AuthoringError(
                f"workload {self.name!r}: steps names an argument, not the first, of an operation that has"
                " no backward"
            )
        if self.depth < 1 or self.size < 1:
            raise AuthoringError(f"workload {self.name!r}: depth and size are at least 1")
        if op.backward and (op.gradient is None or len(op.outputs) > 1):
            raise AuthoringError(
                f"workload {self.name!r}: {op.backward} is timed where there is one output and"
                " the oracle has a gradient"
            )
        chained = self.depth > 1 and not self.steps
        if chained and (len(op.outputs) > 1 or (op.backward and op.wrt[0] != op.args[0])):
            raise AuthoringError(
                f"workload {self.name!r}: layers of {op.forward} make no chain, which takes one output and a "
                "gradient of the first argument first; leave depth at 1"
            )

    @property
    def sizes(self) -> list[int]:
        """At which the growth of cost is measured."""
        return [max(1, round(part * self.size)) for part in self.growth] if self.on == "cpu" else []

    @property
    def clock(self) -> Clock:
        """CPU time of the process; what passes here, where a GPU works for it."""
        return "cpu" if self.on == "cpu" else "wall"

    @property
    def proved_depth(self) -> int:
        """Layers or steps after which the oracle's answer is asked for: what a GPU does takes it minutes."""
        return self.depth if self.on == "cpu" else _STEPS_PROVED

    @property
    def tensors(self) -> list[str]:
        """Names of what comes back where the oracle's answer is asked for, in the order of `answers`."""
        op = self.op
        if not op.backward:
            return list(op.outputs)
        first, *others = op.signature.gradients
        above = [f"{name} of layer {layer}" for layer in range(self.proved_depth, 1, -1) for name in others]
        return [*above, *(f"{name} of layer 1" for name in (first, *others))]

    def inputs(self, rng: Generator, size: int | None = None) -> Inputs:
        """Fresh arguments of the first layer."""
        drawn = self.draw(rng, size or self.size)
        missing = [name for name in self.op.args if name not in drawn and name != self.steps]
        if missing:
            raise AuthoringError(f"workload {self.name!r}: its draw gives no {missing[0]}")
        return drawn

    def calls(self, inputs: Inputs, depth: int) -> tuple[Call, ...]:
        """The calls of one question; what they give back is what `answers` says, in the same order."""
        op = self.op
        first, *others = self._arguments(inputs, depth)
        if self.steps:
            return (Call(op.forward, (first, *others), tuple(None for _ in op.outputs)),)
        if not op.backward:
            return self._forwards(first, others, depth)
        calls: list[Call] = []
        at: Value | Ref = first
        for layer in range(depth):
            out, cache = self._left(f"out{layer}"), Ref(f"cache{layer}")
            calls.append(Call(op.forward, (at, *others), (out, cache)))
            at = out
        for layer in reversed(range(depth)):
            gradient = self._left(f"gradient{layer}") if layer else None
            results = (gradient, *(None for _ in op.wrt[1:]))
            calls.append(Call(op.backward, (at, Ref(f"cache{layer}")), results))
            at = gradient or at
        return tuple(calls)

    def _forwards(self, first: Value, others: list[Value], depth: int) -> tuple[Call, ...]:
        calls: list[Call] = []
        at: Value | Ref = first
        for layer in range(depth - 1):
            calls.append(Call(self.op.forward, (at, *others), (out := self._left(f"out{layer}"),)))
            at = out
        return (*calls, Call(self.op.forward, (at, *others), tuple(None for _ in self.op.outputs)))

    def _arguments(self, inputs: Inputs, depth: int) -> list[Value]:
        return [depth if name == self.steps else inputs[name] for name in self.op.args]

    def _left(self, name: str) -> Ref:
        """What a layer leaves for the next."""
        return Ref(name, self.between)

    def answers(self, inputs: Inputs, depth: int) -> list[Array]:
        """What the oracle makes of the same inputs, in the order of what the calls give back."""
        op = self.op
        at, *others = self._arguments(inputs, depth)
        if not op.backward:
            for _ in range(0 if self.steps else depth - 1):
                at = self._move(op.oracle(at, *others))
            return [np.asarray(value) for value in _each(op.oracle(at, *others))]
        assert op.gradient is not None
        caches = []
        for _ in range(depth):
            out, cache = op.oracle(at, *others)
            caches.append(cache)
            at = self._move(out)
        returned: list[Array] = []
        for layer, cache in reversed(list(enumerate(caches))):
            gradients = _each(op.gradient(at, cache))
            returned += [np.asarray(value) for value in (gradients[1:] if layer else gradients)]
            at = self._move(gradients[0])
        return returned

    def _move(self, array: Any) -> Any:
        return getattr(array, self.between)() if self.between else array

    def null_source(self, inputs: Inputs) -> str:
        """A submission that does nothing but return arrays of the right shapes: what it costs is the pipe."""
        op = self.op
        returned = op.oracle(*self._arguments(inputs, 1))
        if not op.backward:
            return _constant(op.forward, *map(_ones, _each(returned)))
        assert op.gradient is not None
        out, cache = returned
        gradients = _each(op.gradient(out, cache))
        return _constant(op.forward, _ones(out), "None") + _constant(op.backward, *map(_ones, gradients))


def _each(returned: Any) -> tuple[Any, ...]:
    return returned if isinstance(returned, tuple) else (returned,)


def _ones(array: Any) -> str:
    """Source of an array of its shape and kind."""
    return f"np.ones({np.shape(array)!r}, {str(np.asarray(array).dtype)!r})"


def _constant(function: str, *values: str) -> str:
    """Source of a function that returns the same values, once made, whatever it is given."""
    return (
        "import numpy as np\n\n"
        f"_{function} = ({', '.join(values)})\n\n\n"
        f"def {function}(*arguments):\n    return _{function}\n\n\n"
    )
