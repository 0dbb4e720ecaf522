"""What this machine offers to confine with, as data for `assay doctor`; levels are chosen by proof."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox import landlock


@dataclass(frozen=True)
class Facts:
    """The kernel and who we are to it."""

    system: str
    kernel: str
    machine: str
    python: str
    uid: int
    landlock_abi: int  # 0: none
    user_namespaces: int | None  # how many a user may have; None where the kernel does not say
    userns_restricted: bool  # by AppArmor, as on Ubuntu from 23.10 on


def facts() -> Facts:
    """The facts of this machine, read without changing anything."""
    return Facts(
        system=platform.system(),
        kernel=platform.release(),
        machine=platform.machine(),
        python=platform.python_version(),
        uid=os.getuid() if hasattr(os, "getuid") else -1,
        landlock_abi=landlock.abi() if sys.platform.startswith("linux") else 0,
        user_namespaces=_number("/proc/sys/user/max_user_namespaces"),
        userns_restricted=_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1,
    )


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
