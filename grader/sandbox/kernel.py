"""System calls that the standard library does not wrap, by ctypes: no compiled extension, no libseccomp."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from typing import Final

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_REMOUNT: Final = 32
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_CAPBSET_DROP: Final = 24
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47

_MNT_DETACH: Final = 2
_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_CAPABILITY_VERSION_3: Final = 0x20080522
_SECCOMP_SET_MODE_FILTER: Final = 1
_SECCOMP_FILTER_FLAG_TSYNC: Final = 1
_LANDLOCK_CREATE_RULESET_VERSION: Final = 1
_LANDLOCK_RULE_PATH_BENEATH: Final = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    """The result of a call, or an OSError that says what failed and why."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _syscall(number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """A raw system call. Integers go as full words: the C prototype is variadic and would cut them."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    _libc.syscall.restype = ctypes.c_long
    return int(_libc.syscall(ctypes.c_long(number), *words))


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for fresh ones."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def join(descriptor: int, kind: int) -> None:
    """Enter the namespace that a descriptor is open on; for processes, it is our children who do."""
    _checked(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount a file system, or bind or remount one."""
    result = _libc.mount(
        None if source is None else os.fsencode(source),
        os.fsencode(target),
        None if kind is None else os.fsencode(kind),
        ctypes.c_ulong(flags),
        os.fsencode(options) if options else None,
    )
    _checked(result, f"mount {target}")


def detach(target: str) -> None:
    """Unmount lazily, with everything mounted below."""
    _checked(_libc.umount2(os.fsencode(target), _MNT_DETACH), f"unmount {target}")


def pivot_root(numbers: dict[str, int], new_root: str, old_root: str) -> None:
    """Make `new_root` the root and hang the old one at `old_root`."""
    result = _syscall(numbers["pivot_root"], os.fsencode(new_root), os.fsencode(old_root))
    _checked(result, "pivot_root")


def restrict_mount(numbers: dict[str, int], target: str, flags: int) -> None:
    """Add attributes (MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC: the same bits) to a mount and all below it.

    mount_setattr adds; it never clears a flag that a parent user namespace has locked, which a plain
    remount would be refused for.
    """
    attributes = b"".join(word.to_bytes(8, "little") for word in (flags, 0, 0, 0))
    result = _syscall(
        numbers["mount_setattr"], _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE, attributes, len(attributes)
    )
    if result < 0 and ctypes.get_errno() == 38:  # ENOSYS, before Linux 5.12: remount, keeping what is set
        kept = os.statvfs(target).f_flag & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
        mount(None, target, None, MS_BIND | MS_REMOUNT | flags | kept)
        return
    _checked(result, f"mount_setattr {target}")


def prctl(option: int, *arguments: int) -> int:
    """A prctl call; missing arguments are zero, as the kernel asks."""
    words = [*arguments, 0, 0, 0, 0][:4]
    result = int(_libc.prctl(ctypes.c_int(option), *(ctypes.c_ulong(word) for word in words)))
    return _checked(result, f"prctl {option}")


def drop_bounding_set() -> None:
    """Give up every capability for good, also for programs executed later; ignores what is not held."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            return  # past the last capability of this kernel, or CAP_SETPCAP is not ours


def drop_capabilities() -> None:
    """Clear the ambient, effective, permitted and inheritable sets."""
    with contextlib.suppress(OSError):  # before Linux 4.3 there is no ambient set
        prctl(PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = _CAPABILITY_VERSION_3.to_bytes(4, "little") + bytes(4)
    _checked(_libc.capset(header, bytes(24)), "capset")


def no_new_privileges() -> None:
    """Make set-uid bits and file capabilities powerless; needed before seccomp and Landlock."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def load_filter(numbers: dict[str, int], program: bytes) -> None:
    """Load a BPF program as a seccomp filter on every thread of the process."""
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))  # struct sock_fprog
    result = _syscall(numbers["seccomp"], _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC, header)
    _checked(result, "seccomp")
    if result > 0:
        raise OSError(f"seccomp: thread {result} could not be brought under the filter")


def landlock_abi(numbers: dict[str, int]) -> int:
    """The version of Landlock the kernel offers; 0 where there is none."""
    result = _syscall(numbers["landlock_create_ruleset"], None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    return max(0, result)


def landlock_create(numbers: dict[str, int], attributes: bytes) -> int:
    """A file descriptor of a new ruleset."""
    result = _syscall(numbers["landlock_create_ruleset"], attributes, len(attributes), 0)
    return _checked(result, "landlock_create_ruleset")


def landlock_allow(numbers: dict[str, int], ruleset: int, access: int, parent: int) -> None:
    """Allow `access` to everything beneath the file or directory that `parent` is open on."""
    rule = access.to_bytes(8, "little") + parent.to_bytes(4, "little", signed=True)
    result = _syscall(numbers["landlock_add_rule"], ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
    _checked(result, "landlock_add_rule")


def landlock_enforce(numbers: dict[str, int], ruleset: int) -> None:
    """Confine this thread and what it starts."""
    _checked(_syscall(numbers["landlock_restrict_self"], ruleset, 0), "landlock_restrict_self")
