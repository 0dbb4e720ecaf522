"""Own namespaces and a minimal root: the zygote builds the root once, every run adds a private /tmp."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from grader.sandbox import kernel
from grader.sandbox.root import DEVICES, Tree
from grader.sandbox.syscalls import machine, numbers

_INNER_ID = 65534
_TMP_INODES = 4096
_READ_ONLY = kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV


@dataclass(frozen=True)
class Own:
    """Namespaces of a zygote's own, in which it is process 1. The descriptors never get to student code."""

    user_namespace: bool
    proc: int  # the host's /proc
    processes: int  # our process namespace


@dataclass(frozen=True)
class Rooted:
    """A zygote inside its minimal root."""

    own: Own
    scratch: str  # where each run finds a private place to write


def found(*, user_namespace: bool) -> Own:
    """Go on as the first process in namespaces of our own; everything in them ends with it.

    The caller stays behind as its keeper and ends when it ends: only a child enters a process namespace.
    """
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | (kernel.CLONE_NEWUSER if user_namespace else 0))
    if user_namespace:
        _map_ids(proc, uid, gid)
    child = os.fork()
    if child:
        _keep(child)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    processes = os.open("self/ns/pid", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    return Own(user_namespace, proc, processes)


def _keep(child: int) -> NoReturn:
    """Wait for the one child, hold nothing, and end as it ended: by a signal, with 128 and its number."""
    os.closerange(0, 1 << 16)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def root(own: Own, trees: Iterable[Tree]) -> Rooted:
    """Move this process into a read-only root that holds `trees` and a few devices.

    Built once a zygote rather than once a run: runs see the same mounts, all read-only, and copying
    them costs a run less than building them.
    """
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    shown = tuple(trees)
    # A package may lie under /tmp (a checkout that is only tried): a run's own /tmp would hide it.
    scratch = "/scratch" if any(tree.path.startswith("/tmp/") for tree in shown) else "/tmp"
    _Builder().build(shown, scratch)
    return Rooted(own, scratch)


def fork(rooted: Rooted) -> int:
    """Like `os.fork`, and the child is the first in a process namespace of its own."""
    kernel.unshare(kernel.CLONE_NEWPID)  # of the children to come
    child = -1
    try:
        child = os.fork()
    finally:
        if child:
            kernel.join(rooted.own.processes, kernel.CLONE_NEWPID)
    return child


def enter(rooted: Rooted, tmp_bytes: int) -> int:
    """Give this process, a run, all other namespaces; returns its process id as the host knows it.

    So many bytes fit in the one place that can be written, which is for this run alone.
    """
    flags = (
        kernel.CLONE_NEWNS
        | kernel.CLONE_NEWNET
        | kernel.CLONE_NEWIPC
        | kernel.CLONE_NEWUTS
        | kernel.CLONE_NEWCGROUP
    )
    if rooted.own.user_namespace:
        # A user namespace a run, below the zygote's: the count of processes is then the run's own.
        kernel.unshare(flags | kernel.CLONE_NEWUSER)
        _map_ids(rooted.own.proc, _INNER_ID, _INNER_ID)
    else:
        kernel.unshare(flags)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    options = f"size={tmp_bytes},nr_inodes={_TMP_INODES},mode=1777"
    kernel.mount("tmpfs", rooted.scratch, "tmpfs", flags, options)
    return int(os.readlink("self", dir_fd=rooted.own.proc))


def _map_ids(proc: int, uid: int, gid: int) -> None:
    """Map the one id we have to nobody's; a process may always map itself, once groups are frozen."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_INNER_ID} {uid} 1"),
        ("gid_map", f"{_INNER_ID} {gid} 1"),
    ):
        descriptor = os.open(f"self/{name}", os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        try:
            os.write(descriptor, text.encode("ascii"))
        except OSError as error:
            raise OSError(error.errno, f"{name} of the user namespace: {error.strerror}") from None
        finally:
            os.close(descriptor)


class _Builder:
    """Builds the root on a tmpfs, mounted where no package can lie."""

    def __init__(self) -> None:
        self._numbers = numbers(machine())
        self._new = "/sys" if os.path.isdir("/sys") else "/mnt"
        self._mounts: list[str] = []

    def build(self, trees: tuple[Tree, ...], scratch: str) -> None:
        """Fill the root, make it read-only and step into it."""
        self._tmpfs(self._new, "size=1m,nr_inodes=4096,mode=755")
        for folder in ("/dev", scratch):
            os.mkdir(self._new + folder, 0o755)
        for device in DEVICES:
            self._bind(device, kernel.MS_NOSUID | kernel.MS_NOEXEC)
        for tree in trees:
            self._bind(tree.path, _READ_ONLY)
            for hole in tree.without:
                self._tmpfs(self._new + hole, "size=64k,nr_inodes=256,mode=755")
        for name in ("lib", "lib32", "lib64"):
            if os.path.islink(f"/{name}") and not os.path.lexists(f"{self._new}/{name}"):
                os.symlink(os.readlink(f"/{name}"), f"{self._new}/{name}")
        for path in reversed(self._mounts):
            kernel.restrict_mount(self._numbers, path, kernel.MS_RDONLY)
        os.chdir(self._new)
        kernel.pivot_root(self._numbers, ".", ".")  # the old root is now stacked on the new one
        kernel.detach(".")
        os.chdir("/")

    def _tmpfs(self, target: str, options: str) -> None:
        kernel.mount("tmpfs", target, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, options)
        self._mounts.append(target)

    def _bind(self, path: str, flags: int) -> None:
        target = self._new + path
        if os.path.isdir(path):
            os.makedirs(target, 0o755, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
            with open(target, "ab"):
                pass
        # Recursive, because a user namespace may not show what lies under somebody else's mounts.
        kernel.mount(path, target, None, kernel.MS_BIND | kernel.MS_REC)
        kernel.restrict_mount(self._numbers, target, flags)
