"""An assembler for classic BPF: the little that a seccomp filter needs."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

LOAD: Final = 0x20
JUMP_EQUAL: Final = 0x15
JUMP_GREATER: Final = 0x25
JUMP_ANY_BIT: Final = 0x45
RETURN: Final = 0x06

NUMBER: Final = 0  # offset of seccomp_data.nr
ARCHITECTURE: Final = 4  # offset of seccomp_data.arch


def argument_low(index: int) -> int:
    """Offset of the low half of an argument.

    The kernel cuts `int` arguments to 32 bits, so a filter that compared all 64 could be dodged by setting
    a high bit (CVE-2019-10063).
    """
    return 16 + 8 * index


@dataclass(frozen=True)
class Instruction:
    """One instruction; the jumps count instructions to skip."""

    code: int
    if_true: int
    if_false: int
    value: int

    def encoded(self) -> bytes:
        """The kernel's struct sock_filter."""
        return struct.pack("<HBBI", self.code, self.if_true, self.if_false, self.value & 0xFFFFFFFF)


@dataclass
class Program:
    """A filter under construction. Every block is a full decision: jumps stay in it, and reach to 255."""

    instructions: list[Instruction] = field(default_factory=list)

    def add(self, code: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        """Append one instruction."""
        self.instructions.append(Instruction(code, if_true, if_false, value))

    def decide(self, actions: Mapping[int, int], otherwise: int) -> None:
        """Answer every system call whatever its arguments: with its action, or `otherwise`. Comes last."""
        every = [actions.get(number, otherwise) for number in range(max(actions) + 2)]
        ends = [number for number in range(len(every) - 1) if every[number] != every[number + 1]]
        self._search(ends, [*(every[number] for number in ends), otherwise])

    def _search(self, ends: Sequence[int], actions: Sequence[int]) -> None:
        """Find by halves which of the intervals that end so a number lies in; the last has no end.

        The kernel runs a filter for every number there is, whenever it is loaded.
        """
        if not ends:
            self.add(RETURN, actions[0])
            return
        half = len(ends) // 2
        below, above = Program(), Program()
        below._search(ends[:half], actions[: half + 1])
        above._search(ends[half + 1 :], actions[half + 1 :])
        self.add(JUMP_GREATER, ends[half], len(below.instructions), 0)
        self.instructions += below.instructions + above.instructions

    def when_one_of(
        self, number: int, index: int, values: tuple[int, ...], then: int, otherwise: int
    ) -> None:
        """Answer a system call by whether the low half of an argument is one of `values`."""
        count = len(values)
        self.add(JUMP_EQUAL, number, 0, count + 3)
        self.add(LOAD, argument_low(index))
        for position, value in enumerate(values):
            self.add(JUMP_EQUAL, value, count - position, 0)
        self.add(RETURN, otherwise)
        self.add(RETURN, then)

    def when_any_bit(self, number: int, index: int, mask: int, then: int, otherwise: int) -> None:
        """Answer a system call by whether the low half of an argument has a bit of `mask`."""
        self.add(JUMP_EQUAL, number, 0, 4)
        self.add(LOAD, argument_low(index))
        self.add(JUMP_ANY_BIT, mask, 0, 1)
        self.add(RETURN, then)
        self.add(RETURN, otherwise)

    def encoded(self) -> bytes:
        """The program as the kernel takes it."""
        return b"".join(instruction.encoded() for instruction in self.instructions)
