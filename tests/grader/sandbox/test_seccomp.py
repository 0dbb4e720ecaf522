"""The filter, run by a small interpreter of BPF: every architecture is judged on any machine."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox import bpf, seccomp
from grader.sandbox.seccomp import ABSENT, ALLOW, DENY, KILL
from grader.sandbox.syscalls import AUDIT_ARCH, numbers

ARCHITECTURES = ["x86_64", "aarch64"]
THREAD = 0x3D0F00  # the flags of glibc's pthread_create
I386 = 0x40000003


def judged(program: bytes, number: int, arch: int, *arguments: int) -> int:
    data = struct.pack("<iIQ6Q", number, arch, 0, *[*arguments, 0, 0, 0, 0, 0, 0][:6])
    steps = list(struct.iter_unpack("<HBBI", program))
    at = accumulator = 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        else:
            held = {
                0x15: accumulator == value,
                0x25: accumulator > value,
                0x45: bool(accumulator & value),
            }[code]
            at += if_true if held else if_false


class Filter:
    def __init__(self, architecture: str, *, private_tmp: bool = True, writes: bool = True) -> None:
        self.table = numbers(architecture)
        self.arch = AUDIT_ARCH[architecture]
        self.program = seccomp.policy(architecture, private_tmp=private_tmp, writes=writes)

    def __call__(self, name: str, *arguments: int) -> int:
        return judged(self.program, self.table[name], self.arch, *arguments)


@given(st.dictionaries(st.integers(0, 300), st.sampled_from([ALLOW, ABSENT, KILL]), min_size=1))
def test_numbers_are_decided_as_they_are_listed(actions: dict[int, int]) -> None:
    program = bpf.Program()
    program.add(bpf.LOAD, bpf.NUMBER)
    program.decide(actions, DENY)
    arch = AUDIT_ARCH["x86_64"]
    for number in [*range(310), 1 << 30]:
        assert judged(program.encoded(), number, arch) == actions.get(number, DENY)


def test_a_decision_takes_few_steps() -> None:
    """The kernel runs the filter for every number when a run loads it: half a millisecond, in a row."""
    program = bpf.Program()
    program.decide(dict.fromkeys(range(0, 250, 2), ALLOW), DENY)
    depth = {len(program.instructions): 0}
    for at in reversed(range(len(program.instructions))):
        step = program.instructions[at]
        ways = [] if step.code == bpf.RETURN else [at + 1 + step.if_true, at + 1 + step.if_false]
        depth[at] = 1 + max((depth[way] for way in ways), default=0)
    assert depth[0] <= 9  # of 250 intervals


@pytest.fixture(params=ARCHITECTURES)
def policy(request: pytest.FixtureRequest) -> Filter:
    return Filter(request.param)


@pytest.mark.parametrize("name", ["read", "write", "mmap", "futex", "openat", "newfstatat"])
def test_what_numpy_needs_is_allowed(policy: Filter, name: str) -> None:
    assert policy(name) == ALLOW


OUTWARD = """
    socket connect bind listen accept accept4 execve execveat ptrace process_vm_readv process_vm_writev
    mount umount2 pivot_root chroot unshare setns keyctl add_key request_key bpf perf_event_open userfaultfd
    io_uring_setup kexec_load shmget shmat msgget semget mq_open memfd_create memfd_secret flock
    inotify_add_watch setpriority setuid setresuid setrlimit rt_sigqueueinfo rt_tgsigqueueinfo tkill
    pidfd_open pidfd_getfd pidfd_send_signal seccomp landlock_restrict_self quotactl swapon init_module
    personality mknodat setxattr fchownat splice tee vmsplice setsid setpgid name_to_handle_at
    open_by_handle_at sched_setscheduler sched_setattr ioprio_set setns mount_setattr"""


@pytest.mark.parametrize("name", OUTWARD.split())
def test_what_reaches_out_is_refused(policy: Filter, name: str) -> None:
    assert policy(name) == DENY


@pytest.mark.parametrize("name", ["fork", "vfork", "modify_ldt", "ioperm"])
def test_calls_that_only_x86_has_are_refused(name: str) -> None:
    assert Filter("x86_64")(name) == DENY


def test_clone_makes_threads_and_nothing_else(policy: Filter) -> None:
    assert policy("clone", THREAD) == ALLOW
    assert policy("clone", 17) == DENY  # a fork: SIGCHLD and no flag
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80):
        assert policy("clone", THREAD | namespace) == DENY
    assert policy("clone3", 1, 88) == ABSENT  # its flags lie in memory
    assert policy("openat2") == ABSENT


def test_ioctl_is_judged_by_its_low_half(policy: Filter) -> None:
    assert policy("ioctl", 0, 0x5401) == ALLOW
    for request in (0x5412, 0x541C, 0x8901, 0x8902):
        assert policy("ioctl", 0, request) == DENY
        assert policy("ioctl", 0, request | 1 << 32) == DENY


def test_fcntl_neither_locks_nor_signals(policy: Filter) -> None:
    assert policy("fcntl", 3, 1030) == ALLOW
    for command in (5, 6, 7, 36, 37, 38, 8, 10, 15, 1024, 1026, 1033):
        assert policy("fcntl", 3, command) == DENY


def test_prctl_cannot_outlive_the_launcher(policy: Filter) -> None:
    assert policy("prctl", 15) == ALLOW
    for option in (1, 4, 8, 22, 24, 28, 36, 47, 0x59616D61):
        assert policy("prctl", option) == DENY


def test_limits_and_affinity_are_ones_own(policy: Filter) -> None:
    for name in ("prlimit64", "sched_setaffinity"):
        assert policy(name, 0) == ALLOW
        assert policy(name, 1234) == DENY


def test_socketpair_is_local(policy: Filter) -> None:
    assert policy("socketpair", 1) == ALLOW
    for family in (2, 10, 16, 17, 38, 40):
        assert policy("socketpair", family) == DENY


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_other_abis_are_killed(architecture: str) -> None:
    policy = Filter(architecture)
    wrong = AUDIT_ARCH["aarch64" if architecture == "x86_64" else "x86_64"]
    assert judged(policy.program, 0, wrong) == KILL
    assert judged(policy.program, 3, I386) == KILL
    for name in ("kill", "read"):
        assert judged(policy.program, policy.table[name] | 0x40000000, policy.arch) == KILL


def test_younger_calls_look_absent(policy: Filter) -> None:
    assert judged(policy.program, 463, policy.arch) == ABSENT
    assert judged(policy.program, 5000, policy.arch) == ABSENT


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_without_a_private_tmp_nothing_is_changed(architecture: str) -> None:
    policy = Filter(architecture, private_tmp=False)
    for name in ("mkdirat", "unlinkat", "renameat2", "linkat", "symlinkat", "fchmodat", "utimensat"):
        assert policy(name) == DENY
        assert Filter(architecture)(name) == ALLOW


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_without_landlock_files_are_opened_for_reading_only(architecture: str) -> None:
    policy = Filter(architecture, private_tmp=False, writes=False)
    assert policy("openat", 0, 0, 0o2000000) == ALLOW  # O_RDONLY|O_CLOEXEC
    for flags in (1, 2, 3, 0o100, 0o1000, 0o20000000):
        assert policy("openat", 0, 0, flags) == DENY
    if architecture == "x86_64":
        assert policy("open", 0, 0) == ALLOW
        assert policy("open", 0, 1) == DENY
        assert policy("creat") == DENY


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_signals_go_to_oneself(architecture: str) -> None:
    table, arch = numbers(architecture), AUDIT_ARCH[architecture]
    program = seccomp.only_self(architecture, 4242)
    for name in ("kill", "tgkill"):
        assert judged(program, table[name], arch, 4242) == ALLOW
        for pid in (1, 0, 0xFFFFFFFF, (1 << 64) - 1, 4243):
            assert judged(program, table[name], arch, pid) == DENY
    assert judged(program, table["read"], arch) == ALLOW
    assert judged(program, table["kill"] | 0x40000000, arch, 4242) == KILL
