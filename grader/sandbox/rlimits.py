"""Resource limits of the kernel, set on the confined process by itself before it meets student code."""

from __future__ import annotations

import math
import os
import resource
import sys
from dataclasses import dataclass

from grader.sandbox.types import Limits

# Address space beyond the memory budget: thread stacks, file mappings, arenas. Private memory is held by
# RLIMIT_DATA; the address space is there because RLIMIT_DATA does not count MAP_SHARED|MAP_ANONYMOUS.
_ADDRESS_SLACK = 256 << 20
# Room for what else a user may start while a submission runs, where the count of processes is shared.
_SHARED_COUNT_SLACK = 256


@dataclass(frozen=True)
class Baseline:
    """What the zygote itself holds, measured before the first run; limits are counted from here."""

    address_bytes: int
    data_bytes: int
    processes: int


def measure(*, count_processes: bool) -> Baseline:
    """The zygote's size and, where the user is shared with others, how many tasks that user has."""
    if not sys.platform.startswith("linux"):
        return Baseline(0, 0, 0)
    with open("/proc/self/statm", encoding="ascii") as statm:
        fields = [int(word) * resource.getpagesize() for word in statm.read().split()]
    return Baseline(fields[0], fields[5], _tasks_of(os.getuid()) if count_processes else 0)


def apply(limits: Limits, baseline: Baseline, *, own_user: bool) -> None:
    """Lower every limit, soft and hard, so that student code cannot raise it again."""
    processes = limits.processes
    if not own_user:
        processes += baseline.processes + _SHARED_COUNT_SLACK
    cpu_s = max(1, math.ceil(limits.cpu_s))
    _lower("CORE", 0)
    _lower("FSIZE", limits.file_bytes)
    _lower("NOFILE", limits.files_open)
    _lower("NPROC", processes)
    _lower("MEMLOCK", 64 << 10)
    _lower("MSGQUEUE", 0)
    _lower("RTPRIO", 0)
    _lower("NICE", 0)
    _lower("SIGPENDING", 256)
    # Soft and hard are the same: process 1 of a namespace ignores SIGXCPU, but not the hard limit's SIGKILL.
    _lower("CPU", cpu_s)
    if baseline.address_bytes:
        _lower("DATA", baseline.data_bytes + limits.memory_bytes)
        _lower("AS", baseline.address_bytes + limits.memory_bytes + _ADDRESS_SLACK)


def _lower(name: str, value: int) -> None:
    which = getattr(resource, f"RLIMIT_{name}", None)
    if which is None:
        return  # not on this system
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def _tasks_of(uid: int) -> int:
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == uid:
                    count += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue  # ended in between
    return count
