"""Who the confined process is: an own user where we may choose one, and no capabilities in any case."""

from __future__ import annotations

import os
from typing import Final

from grader.sandbox import kernel

# Ids that no account, no container range and no systemd pool uses (those end below 0x70000000).
_FIRST_CHOICE: Final = 1_900_000_000
_PIDS: Final = 1 << 22  # the kernel's largest process id


def first_spare_uid() -> tuple[int, int] | None:
    """The first of a range of ids that are nobody's, and its length; None where we cannot change users.

    Root alone can. In a container the map of ids may be short: then the upper half of the longest mapped
    stretch serves.
    """
    if os.geteuid() != 0:
        return None
    with open("/proc/self/uid_map", encoding="ascii") as lines:
        stretches = [(int(first), int(length)) for first, _, length in map(str.split, lines)]
    for first, length in stretches:
        if first <= _FIRST_CHOICE and first + length > _FIRST_CHOICE + _PIDS:
            return _FIRST_CHOICE, _PIDS
    first, length = max(stretches, key=lambda stretch: stretch[1])
    if length < 4096:
        return None  # a namespace with one id or few: there is nobody to become
    return first + length // 2, length // 2 - 2  # the last two ids are nobody and "no id"


def become(uid: int) -> None:
    """Take on an id for good, with no groups but its own.

    Limits and signals are counted and judged by user id, and RLIMIT_NPROC is not enforced for root at all:
    so every run has an id of its own.
    """
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def renounce() -> None:
    """Drop every capability, and the way back to them."""
    kernel.drop_capabilities()
    kernel.no_new_privileges()
