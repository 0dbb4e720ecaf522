"""What kind of machine this is: measured values are compared within one class of machines, never across."""

from __future__ import annotations

import os
import platform
import re
from functools import cache
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_WORDS = ("model name", "Model", "Hardware")  # of x86, then of other architectures


@cache
def device_class() -> str:
    """The class of this machine's processor: a model's name.

    Cores are not counted: what is measured runs on one of them.
    """
    name = _cpu()
    return f"{name} ({platform.machine()})" if name else platform.machine() or "unknown processor"


def cores() -> int:
    """How many processes can run here at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu() -> str:
    if _CPU_INFO.is_file():
        text = _CPU_INFO.read_text(encoding="utf-8", errors="replace")
        said = dict(line.split(":", 1) for line in reversed(text.splitlines()) if ":" in line)
        named = {key.strip(): value.strip() for key, value in said.items()}
        for word in _WORDS:
            if named.get(word):
                return _plain(named[word])
    return _plain(platform.processor())


def _plain(name: str) -> str:
    """Without trademarks, clock rates and filling words."""
    name = re.sub(r"\((R|TM|C|r|tm)\)|@.*$|\bCPU\b|\bProcessor\b", " ", name)
    return " ".join(name.split())
