"""The peak of a device: how fast a product of matrices and a copy are there, by torch, on the wall clock.

What is timed as faster than that is not plausible. The device is the accelerator where torch finds one, else
the processor; the code that runs in the sandbox says which.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from suites.parts import Timed
from suites.types import Call, Failure, Opaque, Value

TRIES = 5  # the best counts; one more comes before them, which loads libraries and makes the operands

# Operands stay between calls of the same size: a call is the work alone, and ends with it.
SOURCE = """from functools import lru_cache

import torch

torch.set_float32_matmul_precision("highest")  # no TF32
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def device():
    return DEVICE


@lru_cache(1)
def matrices(n):
    return [torch.randn(n, n, device=DEVICE) for _ in range(3)]


@lru_cache(1)
def buffers(size):
    return [torch.randn(size // 4, device=DEVICE) for _ in range(2)]


def product(n, times):
    a, b, c = matrices(n)
    for _ in range(times):
        torch.mm(a, b, out=c)
    wait()


def copy(size, times):
    a, b = buffers(size)
    for _ in range(times):
        b.copy_(a)
    wait()


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()
"""


class _Sizes(NamedTuple):
    """Products of n x n matrices and copies of `size` bytes, so many of them a call."""

    n: int
    products: int
    size: int
    copies: int


# Tens of milliseconds a call on a large GPU (50 TFLOP/s, 2 to 3 TB/s), or on one core; far beyond its caches.
_SIZES = {"cuda": _Sizes(8192, 2, 1 << 30, 40), "cpu": _Sizes(512, 4, 64 << 20, 4)}


def device_peak(student: Timed) -> tuple[float, float]:
    """Operations a second in a product of float32 matrices, and bytes a second read or written in a copy.

    `student` runs SOURCE. OSError where it fails.
    """
    name = _answered(student, Call("device"))
    sizes = _SIZES.get(name) if isinstance(name, str) else None
    if sizes is None:
        raise OSError("the device's peak could not be measured: it has no name that is known")
    product = _fastest_s(student, Call("product", (sizes.n, sizes.products)))
    copy = _fastest_s(student, Call("copy", (sizes.size, sizes.copies)))
    return 2.0 * sizes.n**3 * sizes.products / product, 2.0 * sizes.size * sizes.copies / copy


def _fastest_s(student: Timed, call: Call) -> float:
    """The fewest seconds that a call took, of several."""
    _answered(student, call)
    took = []
    for _ in range(TRIES):
        began = time.perf_counter()
        _answered(student, call)
        took.append(time.perf_counter() - began)
    return min(took)


def _answered(student: Timed, call: Call) -> Value | Opaque:
    (answer,) = student.ask(call)
    if isinstance(answer, Failure):
        raise OSError(f"the device's peak could not be measured: {answer.cause}")
    (value,) = answer.values
    return value
