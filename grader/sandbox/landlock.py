"""Landlock: refuse every file but the listed ones, TCP, and sockets and signals that leave the sandbox."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from typing import Final

from grader.sandbox import kernel
from grader.sandbox.syscalls import machine, numbers

_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_TRUNCATE: Final = 1 << 14
_FOR_FILES: Final = _WRITE_FILE | _READ_FILE | _TRUNCATE  # the rights that make sense on a file itself

_O_PATH: Final = 0o10000000
_NET_BIND_AND_CONNECT: Final = 3  # from version 4
_SCOPE_SOCKETS_AND_SIGNALS: Final = 3  # from version 6


def abi() -> int:
    """The version of Landlock here; 0 where there is none, or no table of system calls."""
    try:
        return kernel.landlock_abi(numbers(machine()))
    except (OSError, AttributeError):
        return 0


def ruleset(
    read: Iterable[str], write: Iterable[str], devices: Iterable[str], listed: Iterable[str] = ()
) -> int:
    """A file descriptor of a ruleset: `read` may be read, `write` changed, `devices` read and written.

    In `listed` the names, at any depth, may be read, but no contents. What is not listed is refused.
    Execution is handled and nowhere allowed.
    """
    table = numbers(machine())
    version = abi()
    handled = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    attributes = struct.pack(
        "<QQQ",
        handled,
        _NET_BIND_AND_CONNECT if version >= 4 else 0,
        _SCOPE_SOCKETS_AND_SIGNALS if version >= 6 else 0,
    )
    descriptor = kernel.landlock_create(table, attributes[: 8 if version < 4 else 16 if version < 6 else 24])
    changing = handled & ~1 & ~(1 << 6) & ~(1 << 11)  # all but execute and making of device nodes
    for paths, access in (
        (read, _READ_FILE | _READ_DIR),
        (write, changing),
        (devices, _READ_FILE | _WRITE_FILE | _TRUNCATE),
        (listed, _READ_DIR),
    ):
        for path in paths:
            _allow(table, descriptor, path, access & handled)
    return descriptor


def enforce(descriptor: int) -> None:
    """Confine the process by a ruleset; asks for no_new_privs before."""
    kernel.landlock_enforce(numbers(machine()), descriptor)


def _allow(table: dict[str, int], descriptor: int, path: str, access: int) -> None:
    try:
        parent = os.open(path, _O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there: nothing to allow
    try:
        kernel.landlock_allow(
            table, descriptor, access if os.path.isdir(path) else access & _FOR_FILES, parent
        )
    finally:
        os.close(parent)
