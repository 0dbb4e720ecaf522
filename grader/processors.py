"""What is timed on, one core of this machine or one GPU, and what a session does otherwise for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from grader.alone import on_one_core
from grader.device_peak import SOURCE, device_peak
from grader.gpu_clock import clock_share, described
from grader.machine import device_class
from grader.sandbox.docker.gpus import first_gpus
from grader.sandbox.types import Launcher
from suites.parts import Timed
from suites.speed import UNIT, UNIT_ON_A_GPU
from suites.types import Call, Failure
from suites.yardstick import ON_A_GPU, USUAL
from suites.yardstick import Protocol as MeasuringProtocol

Tell = Callable[[str], None]

STEADY = 0.8  # of its highest clock: a GPU below it is hot, or held back
PAUSE_S = 5.0  # for it to cool


class Processor(Protocol):
    """What is timed on.

    unit         of a ratio measured there.
    protocol     how long it is measured.
    peak_source  a submission that shows how fast it is at most.
    """

    unit: str
    protocol: MeasuringProtocol
    peak_source: str

    def starting(self) -> AbstractContextManager[None]:
        """The context in which zygotes are started."""

    def take(self, launcher: Launcher) -> None:
        """Get to know the device that this launcher's sandboxes use. OSError where there is none."""

    def device(self) -> str:
        """Its class: what is measured on others is never compared."""

    def peaks(self, student: Timed) -> tuple[float, float]:
        """Operations a second in a product of matrices, and bytes a second to and from a GPU's memory."""

    def steady(self) -> bool:
        """Whether it still runs at its speed; if not, it has been given a pause."""


def processor(on: str, tell: Tell = lambda text: None) -> Processor:
    """`cpu` or `cuda`."""
    return OneGpu(tell) if on == "cuda" else OneCore()


_N, _TIMES = 512, 8
_PRODUCT = """import numpy as np
def product(n, times):
    a = np.random.default_rng(0).normal(size=(n, n))
    b, c = a.T.copy(), np.empty((n, n))
    for _ in range(times):
        np.matmul(a, b, out=c)
"""


class OneCore:
    """Sandboxes stay on one core, and the kernel counts their time."""

    unit = UNIT
    protocol = USUAL
    peak_source = _PRODUCT

    def starting(self) -> AbstractContextManager[None]:
        return on_one_core()

    def take(self, launcher: Launcher) -> None:
        """Nothing: whichever core it is, they are alike."""

    def device(self) -> str:
        return device_class()

    def peaks(self, student: Timed) -> tuple[float, float]:
        """By BLAS, in double precision; nothing is said of the way to the memory."""
        rates = []
        for _ in range(4):
            began = student.cpu_ns()
            (answer,) = student.ask(Call("product", (_N, _TIMES)))
            if isinstance(answer, Failure):
                raise OSError(f"the machine's peak could not be measured: {answer.cause}")
            rates.append(2e9 * _N**3 * _TIMES / (student.cpu_ns() - began))
        return max(rates[1:]), 0.0

    def steady(self) -> bool:
        return True


class OneGpu:
    """The GPU of a container, whose clock is watched; where nothing walls off, the first that torch finds."""

    unit = UNIT_ON_A_GPU
    protocol = ON_A_GPU
    peak_source = SOURCE

    def __init__(self, tell: Tell = lambda text: None) -> None:
        self._tell = tell
        self._id = self._name = ""

    def starting(self) -> AbstractContextManager[None]:
        """Anywhere: its driver has threads of its own, which a single core would make wait."""
        return nullcontext()

    def take(self, launcher: Launcher) -> None:
        gpu = getattr(launcher, "gpu", None) or first_gpus(1)[0]  # only a container's launcher chooses
        self._id, self._name = gpu.id, gpu.name
        told = ", ".join(f"{name} {value}" for name, value in described(self._id).items())
        self._tell(f"On a {self._name}: {told}")

    def device(self) -> str:
        return self._name

    def peaks(self, student: Timed) -> tuple[float, float]:
        return device_peak(student)

    def steady(self) -> bool:
        share = clock_share(self._id)
        if share is None or share >= STEADY:
            return True
        self._tell(f"The GPU runs at {share:.0%} of its clock: waiting {PAUSE_S:g} s")
        time.sleep(PAUSE_S)
        return False
