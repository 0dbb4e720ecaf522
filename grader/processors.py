"""What is timed on, one core of this machine or one GPU, and what a session does otherwise for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from grader.alone import on_one_core
from grader.device_peak import device_peak
from grader.machine import device_class
from grader.sandbox.gpu_clock import clock_share
from grader.sandbox.types import Launcher
from suites.parts import Timed
from suites.speed import UNIT, UNIT_ON_A_GPU
from suites.types import Call, Failure

STEADY = 0.8  # of its highest clock: a GPU below it is too warm, or somebody holds it back
PAUSE_S = 5.0

_PEAK_N, _PEAK_TIMES = 512, 8
_PEAK = """import numpy as np
def product(n, times):
    a = np.random.default_rng(0).normal(size=(n, n))
    b, c = a.T.copy(), np.empty((n, n))
    for _ in range(times):
        np.matmul(a, b, out=c)
"""
