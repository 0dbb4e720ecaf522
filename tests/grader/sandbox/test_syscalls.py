"""The embedded tables of system calls."""

import platform
import re
from pathlib import Path

import pytest

from grader.sandbox import syscalls

HEADERS = {
    "x86_64": (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm/unistd_64.h")),
    "aarch64": (Path("/usr/include/asm-generic/unistd.h"),),
}
# In the generic header, but not on arm64, or there under a compatibility name.
NOT_ON_ARM64 = {"arch_specific_syscall", "syscalls", "sync_file_range2", "fstat64", "fstatat64"}


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_the_table_agrees_with_the_systems_header(architecture: str) -> None:
    header = next((path for path in HEADERS[architecture] if path.exists()), None)
    if header is None:
        pytest.skip(f"no header of {architecture} here")
    table = syscalls.numbers(architecture)
    defined = dict(re.findall(r"#define __NR_(\w+)\s+(\d+)", header.read_text()))
    shared = {name: int(number) for name, number in defined.items() if name in table}
    assert len(shared) > 250
    assert shared == {name: table[name] for name in shared}
    if architecture == "x86_64":
        missing = {name for name, n in defined.items() if int(n) <= syscalls.LAST_KNOWN} - set(table)
        assert not missing


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("x86_64", {"read": 0, "clone": 56, "execve": 59, "openat": 257, "seccomp": 317, "rseq": 334}),
        ("aarch64", {"read": 63, "clone": 220, "execve": 221, "openat": 56, "seccomp": 277, "fcntl": 25}),
    ],
)
def test_numbers_known_by_heart(architecture: str, expected: dict[str, int]) -> None:
    table = syscalls.numbers(architecture)
    assert expected.items() <= table.items()
    assert table["mseal"] == syscalls.LAST_KNOWN
    assert max(table.values()) == syscalls.LAST_KNOWN
    assert len(set(table.values())) == len(table)


def test_other_machines_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    syscalls.machine.cache_clear()
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(OSError, match="riscv64"):
        syscalls.machine()
    monkeypatch.undo()
    syscalls.machine.cache_clear()
