"""The system call policy: a list of what numerical Python needs; everything else is refused."""

from __future__ import annotations

import errno
from typing import Final

from grader.sandbox import bpf, kernel
from grader.sandbox.syscalls import AUDIT_ARCH, LAST_KNOWN, machine, numbers

ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
DENY: Final = 0x00050000 | errno.EPERM
ABSENT: Final = 0x00050000 | errno.ENOSYS

# Absent on purpose, so refused: fork, vfork, execve; socket, connect, bind; ptrace, process_vm_*, pidfd_*;
# mount, unshare, setns, chroot; keyctl, bpf, perf_event_open, userfaultfd, io_uring; System V and POSIX
# shared memory and queues, memfd_create (memory that no limit counts); flock, inotify, splice (channels
# between runs through shared read-only files); setpriority, sched_set*; rt_sigqueueinfo, tkill.
_ALWAYS: Final = """
    read write futex mmap munmap mprotect brk madvise close fstat newfstatat lseek pread64 pwrite64
    recvfrom sendto recvmsg sendmsg poll ppoll rt_sigaction rt_sigprocmask rt_sigreturn clock_gettime
    getpid gettid getrandom exit exit_group sched_yield mremap readv writev preadv pwritev stat lstat statx
    access faccessat faccessat2 readlink readlinkat getcwd chdir fchdir getdents getdents64 statfs fstatfs
    dup dup2 dup3 close_range fadvise64 pipe pipe2 select pselect6 sendfile copy_file_range fsync fdatasync
    ftruncate epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2
    msync mlock munlock membarrier futex_waitv set_robust_list get_robust_list rseq set_tid_address
    getppid getpgrp getpgid getsid getuid geteuid getgid getegid getresuid getresgid getgroups capget
    rt_sigsuspend rt_sigtimedwait rt_sigpending sigaltstack restart_syscall pause alarm getitimer setitimer
    timer_create timer_settime timer_gettime timer_getoverrun timer_delete timerfd_create timerfd_settime
    timerfd_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage sysinfo uname
    getcpu sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
    getpriority getrlimit arch_prctl wait4 waitid shutdown getsockname getpeername getsockopt setsockopt
    get_mempolicy umask
"""

# Changes to names and metadata. Landlock does not rule chmod or utime, and below `namespace` there is no
# disk that is ours to fill, so these are allowed only where /tmp is a private, size-capped file system.
_CHANGES: Final = """
    creat mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
    truncate fallocate chmod fchmod fchmodat fchmodat2 utimensat utime utimes futimesat
"""

# Answered as if the kernel were older: the C library falls back to what the filter can look into.
# clone3 and openat2 hide their flags in memory; mincore tells what others have read.
_PRETEND_ABSENT: Final = ("clone3", "openat2", "mincore")

_CLONE_THREAD: Final = 0x00010000
_CLONE_NEW_ANY: Final = 0x7E020000 | 0x80  # every namespace, CLONE_NEWTIME included
_OPEN_FOR_WRITING: Final = 0o3 | 0o100 | 0o1000 | 0o20000000  # WRONLY|RDWR, CREAT, TRUNC, the bit of TMPFILE

# Terminal size and attributes, bytes waiting, non-blocking, close-on-exec. Never TIOCSTI or TIOCLINUX (type
# into someone's terminal) nor FIOSETOWN (a signal in disguise).
_IOCTL: Final = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# dup, flags, dup with close-on-exec, size of a pipe. Never locks or leases (they work on files one may only
# read: a channel between runs), nor F_SETOWN and F_SETSIG (a signal in disguise).
_FCNTL: Final = (0, 1, 2, 3, 4, 1030, 1032)
# Names of threads and mappings, and questions. Never PR_SET_PDEATHSIG: it would outlive its launcher.
_PRCTL: Final = (3, 15, 16, 21, 23, 27, 30, 38, 39, 0x53564D41)
_AF_UNIX: Final = 1


def policy(architecture: str, *, private_tmp: bool, writes: bool) -> bytes:
    """The filter of a level.

    `private_tmp` says that files may be made and changed; `writes` that opening for writing is judged by
    someone else (Landlock or mounts), else it is refused here.
    """
    table = numbers(architecture)
    program = bpf.Program()
    _refuse_other_abis(program, architecture)
    if not writes:
        _refuse_writing(program, table)
    names = _ALWAYS.split()
    names += _CHANGES.split() if private_tmp else []
    names += ["open", "openat"] if writes else []
    names += ["kill", "tgkill"]  # judged by only_self() where there is no process namespace
    _judge_by_argument(program, table)
    actions = dict.fromkeys((table[name] for name in names if name in table), ALLOW)
    actions |= {table[name]: ABSENT for name in _PRETEND_ABSENT if name in table}
    program.add(bpf.JUMP_GREATER, LAST_KNOWN, 0, 1)
    program.add(bpf.RETURN, ABSENT)
    program.decide(actions, DENY)
    return program.encoded()


def only_self(architecture: str, pid: int) -> bytes:
    """A second filter: signals go to the process itself alone. It needs the pid, so it is made a run."""
    table = numbers(architecture)
    program = bpf.Program()
    _refuse_other_abis(program, architecture)
    for name in ("kill", "tgkill"):
        program.when_one_of(table[name], 0, (pid,), ALLOW, DENY)
    program.add(bpf.RETURN, ALLOW)
    return program.encoded()


def load(program: bytes) -> None:
    """Put the process under a filter; asks for no_new_privs before."""
    kernel.load_filter(numbers(machine()), program)


def _refuse_other_abis(program: bpf.Program, architecture: str) -> None:
    """Kill on 32-bit and x32 calls: their numbers mean something else. Leaves the number loaded."""
    program.add(bpf.LOAD, bpf.ARCHITECTURE)
    program.add(bpf.JUMP_EQUAL, AUDIT_ARCH[architecture], 1, 0)
    program.add(bpf.RETURN, KILL)
    program.add(bpf.LOAD, bpf.NUMBER)
    program.add(bpf.JUMP_ANY_BIT, 0x40000000, 0, 1)
    program.add(bpf.RETURN, KILL)


def _refuse_writing(program: bpf.Program, table: dict[str, int]) -> None:
    """Files may only be opened for reading: without Landlock nothing else keeps a world-writable path."""
    if "open" in table:
        program.when_any_bit(table["open"], 1, _OPEN_FOR_WRITING, DENY, ALLOW)
    program.when_any_bit(table["openat"], 2, _OPEN_FOR_WRITING, DENY, ALLOW)


def _judge_by_argument(program: bpf.Program, table: dict[str, int]) -> None:
    """Calls that are harmless with some arguments only."""
    # clone: a thread, never a process nor a namespace.
    program.add(bpf.JUMP_EQUAL, table["clone"], 0, 5)
    program.add(bpf.LOAD, bpf.argument_low(0))
    program.add(bpf.JUMP_ANY_BIT, _CLONE_NEW_ANY, 2, 0)
    program.add(bpf.JUMP_ANY_BIT, _CLONE_THREAD, 0, 1)
    program.add(bpf.RETURN, ALLOW)
    program.add(bpf.RETURN, DENY)
    program.when_one_of(table["ioctl"], 1, _IOCTL, ALLOW, DENY)
    program.when_one_of(table["fcntl"], 1, _FCNTL, ALLOW, DENY)
    program.when_one_of(table["prctl"], 0, _PRCTL, ALLOW, DENY)
    # Limits and affinity of oneself alone: without a process namespace the pid reaches the grader.
    program.when_one_of(table["prlimit64"], 0, (0,), ALLOW, DENY)
    program.when_one_of(table["sched_setaffinity"], 0, (0,), ALLOW, DENY)
    program.when_one_of(table["socketpair"], 0, (_AF_UNIX,), ALLOW, DENY)
