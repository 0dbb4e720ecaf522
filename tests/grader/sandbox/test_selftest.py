"""A level is believed when it has been attacked; what does not work says so in a sentence."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import grounds, landlock, seccomp, selftest
from grader.sandbox.facts import facts
from grader.sandbox.launch import SandboxError
from grader.sandbox.levels import Level
from grader.sandbox.selftest import Proof, prove, strongest

from .test_lifecycle import gone, told_by_a_killed_grader

PROBES = {
    "private file", "public file", "network", "fork", "kill", "memory", "write outside", "endless loop",
}  # fmt: skip
NOBODY = 4242

# What an ordinary user's selftest finds, printed as JSON.
REPORT = """
import json
from grader.sandbox.levels import Level
from grader.sandbox.selftest import prove, strongest
local = [level for level in Level if not level.in_container]
found = {level.name: (lambda p: (p.works, p.why, dict(p.probes)))(prove(level)) for level in local}
print(json.dumps([found, strongest().level.name]))
"""


def test_every_probe_is_run(level: Level) -> None:
    proof = prove(level)
    assert proof.works
    assert {name for name, _ in proof.probes} == PROBES
    assert (proof.why, proof.mend) == ("", "")
    if level >= Level.landlock:
        assert all(withstood for _, withstood in proof.probes)


def test_the_probes_bite() -> None:
    """The control: where there are no walls, what they must withstand gets through."""
    through = {name for name, withstood in prove(Level.process).probes if not withstood}
    assert through == PROBES - {"memory", "endless loop"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_canaries_end_with_a_killed_grader(tmp_path: Path) -> None:
    script = f"""
import tempfile, time
tempfile.tempdir = {str(tmp_path)!r}
from grader.sandbox.selftest import _canaries
with _canaries() as canaries:
    print(canaries.pid, flush=True)
    time.sleep(600)
"""
    assert gone([told_by_a_killed_grader(script)])
    assert not [*tmp_path.iterdir()]


def test_a_hole_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level whose launcher is quietly weaker than its name does not pass."""
    weak = selftest.open_launcher
    monkeypatch.setattr(selftest, "open_launcher", lambda level, **_: weak(Level.process))
    proof = prove(Level.landlock)
    assert not proof.works
    assert proof.why.startswith("the sandbox level landlock does not hold here: ")
    assert "public file" in proof.why
    assert "network" in proof.why
    assert "Linux 5.13" in proof.mend


def test_a_level_that_cannot_start_says_what_would_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(level: Level, **_: object) -> None:
        raise SandboxError("unshare: Operation not permitted")

    monkeypatch.setattr(selftest, "open_launcher", refuse)
    proof = prove(Level.namespace)
    assert (proof.works, proof.why) == (False, "unshare: Operation not permitted")
    assert "user namespaces" in proof.mend


def test_a_missing_temporary_folder_is_no_fault_of_a_level(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise FileNotFoundError("No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(selftest.tempfile, "gettempdir", missing)
    with pytest.raises(SandboxError) as refused:
        strongest()
    assert str(refused.value) == (
        "no sandbox for other people's code works on this machine: no folder for temporary files can be "
        "written; it needs a /tmp, or a TMPDIR, that you may write to"
    )


def test_a_read_only_folder_beside_the_temporary_one_is_no_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only file system refuses to remove a file, whether it is there or not."""
    remove, refused = os.unlink, []

    def refuse(path: str, *, dir_fd: int | None = None) -> None:
        if str(path).startswith("/var/tmp/assay-probe-"):
            refused.append(path)
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        remove(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", refuse)
    with selftest._canaries() as canaries:  # nobody attacks, so that there is nothing to leave behind
        assert not refused
    assert refused == [canaries.outside[-1]]


def test_the_strongest_is_taken_and_nothing_weak(monkeypatch: pytest.MonkeyPatch) -> None:
    def only(*levels: Level) -> None:
        monkeypatch.setattr(
            selftest, "prove", lambda level: Proof(level, level in levels, "refused", "leave")
        )

    only(Level.namespace, Level.landlock)
    assert strongest().level == Level.namespace
    only(Level.landlock)
    assert strongest().level == Level.landlock
    only(Level.docker)
    assert strongest().level == Level.docker
    only(Level.seccomp, Level.process, Level.docker_shared)
    with pytest.raises(
        SandboxError, match="no sandbox for other people's code works on this machine: refused"
    ):
        strongest()


def test_levels_know_what_they_are_for() -> None:
    trusted = [level.name for level in Level if level.trusted_with_strangers]
    assert trusted == ["landlock", "docker_shared", "namespace", "docker"]
    assert [level.name for level in Level if level.in_container] == ["docker_shared", "docker"]
    assert all(level.promise for level in Level)


def test_a_kernel_without_landlock_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    monkeypatch.setattr(seccomp, "policy", lambda *_, **__: b"")
    with pytest.raises(OSError, match="Landlock is not there"):
        grounds.prepare("landlock", ())


# As in a container whose seccomp profile refuses namespaces.
CONTAINED = """
from grader.sandbox import bpf, kernel, seccomp
from grader.sandbox.syscalls import AUDIT_ARCH, machine, numbers
table = numbers(machine())
program = bpf.Program()
program.add(bpf.LOAD, bpf.NUMBER)
refused = {table[name]: seccomp.DENY for name in ("unshare", "setns", "mount")}
program.decide({**refused, table["clone3"]: seccomp.ABSENT}, seccomp.ALLOW)
kernel.no_new_privileges()
seccomp.load(program.encoded())
"""


def test_where_namespaces_are_refused_the_next_level_is_taken() -> None:
    if not prove(Level.landlock).works:
        pytest.skip("no Landlock here")
    done = subprocess.run(
        [sys.executable, "-c", CONTAINED + REPORT],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found, best = json.loads(done.stdout)
    assert best == "landlock"
    works, why, probes = found["namespace"]
    assert (works, probes) == (False, {})
    assert "namespace" in why
    assert "unshare: Operation not permitted" in why
    assert "\n" not in why


def test_facts_are_plain() -> None:
    here = facts()
    assert here.uid == os.getuid()
    assert here.kernel
    assert here.landlock_abi >= 0


def _reachable_python() -> str:
    """An interpreter of this version that any user may run; the one we run may lie in a closed home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            real = Path(candidate).resolve(strict=True)
        except OSError:
            continue
        if all(folder.stat().st_mode & 0o001 for folder in (real, *real.parents)):
            return candidate
    pytest.skip(f"no {version} that another user can run")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become an ordinary user")
def test_the_same_levels_hold_for_an_ordinary_user() -> None:
    import numpy as np

    paths = [str(Path(__file__).parents[3]), str(Path(np.__file__).parents[1])]
    if not all(
        folder.stat().st_mode & 0o001 for path in paths for folder in (Path(path), *Path(path).parents)
    ):
        pytest.skip("the checkout lies where another user cannot read it")
    done = subprocess.run(
        [_reachable_python(), "-c", REPORT],
        env={"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
        cwd="/",
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found, best = json.loads(done.stdout)
    assert found["process"][0]
    assert found["seccomp"][0]
    for level in ("landlock", "namespace"):
        if prove(Level[level]).works and "unshare" not in found[level][1]:
            assert found[level][0], found[level][1]
            assert all(found[level][2].values())
            assert Level[best] >= Level[level]
