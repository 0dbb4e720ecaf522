"""Hostile probes at every level (numbers as in the catalogue of attacks); `process` is the positive control.

Every probe returns True when the attack got through. All aim at canaries of our own.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import preload
from grader.sandbox.levels import Level
from grader.sandbox.types import Launcher, Limits
from grader.student import SandboxStudent
from suites.types import Call, Failure, Verdict

PRELUDE = """
import ctypes, fcntl, mmap, os, resource, signal, socket, subprocess, sys
import numpy as np

libc = ctypes.CDLL(None, use_errno=True)

def can(action):
    try:
        action()
        return True
    except (OSError, MemoryError, ValueError):
        return False

def holds(path, what=b"canary"):
    try:
        with open(path, "rb") as file:
            return what in file.read(1 << 20)
    except OSError:
        return False
"""
ROOT = os.getuid() == 0
CONFINED = [Level.seccomp, Level.landlock, Level.docker_shared, Level.namespace, Level.docker]
OWN_TMP = [Level.namespace, Level.docker]


def only(*levels: Level) -> pytest.MarkDecorator:
    """Run at these levels, where the test means something."""
    return pytest.mark.parametrize("level", levels, indirect=True, ids=lambda level: level.name)


def may_raise_limits() -> bool:
    """Whether we hold CAP_SYS_RESOURCE, which root in a container may lack."""
    status = Path("/proc/self/status").read_text()
    return bool(int(re.search(r"CapEff:\s*(\w+)", status)[1], 16) & 1 << 24)  # type: ignore[index]


NEVER = 0  # withstood at every level

# name: (the attack, the first level that withstands it)
PROBES: dict[str, tuple[str, int]] = {
    "D1 private file": ("return holds(c['private'])", Level.seccomp if ROOT else Level.landlock),
    "D1 public file": ("return holds(c['public'])", Level.landlock),
    "D2 walk": (
        "return any(c['name'] in d or c['name'] in f for _, d, f in os.walk(c['above']))",
        Level.landlock,
    ),
    "D3 existence": ("return os.path.exists(c['public'])", Level.docker_shared),
    "D4 passwd": ("return holds('/etc/passwd', b'root')", Level.landlock),
    "D4 home": (
        "return can(lambda: [open(p).close() for p in c['home']])",
        Level.seccomp if ROOT else Level.landlock,
    ),
    "D5 environment": ("return any('ASSAY_SECRET' in k + v for k, v in os.environ.items())", NEVER),
    "D8 environ of the grader": (
        "return holds(f\"/proc/{c['grader']}/environ\", b'PATH')",
        Level.seccomp if ROOT else Level.landlock,
    ),
    "D8 process 1": ("return can(lambda: os.listdir('/proc/1'))", Level.landlock),
    "D8 own parent": ("return can(lambda: open(f'/proc/{os.getppid()}/maps').read())", Level.seccomp),
    "D10 descriptors": ("return any(can(lambda: os.fstat(fd)) for fd in range(4, 1024))", NEVER),
    "E4 fork": ("return can(lambda: os.fork() or os._exit(0))", Level.seccomp),
    "E6 private memory": ("return can(lambda: [np.ones(64 << 17) for _ in range(48)])", NEVER),
    "E7 shared memory": ("return can(lambda: [mmap.mmap(-1, 64 << 20) for _ in range(48)])", NEVER),
    "E8 memfd": ("return can(lambda: os.memfd_create('x'))", Level.seccomp),
    "E15 kill": ("return can(lambda: os.kill(c['canary'], 0))", Level.seccomp),
    "E16 exec": ("return can(lambda: subprocess.run(['/bin/true'], check=True))", Level.seccomp),
    "E17 unshare": ("return libc.unshare(0x04000000) == 0 or libc.unshare(0x10000000) == 0", Level.seccomp),
    "E17 ptrace": ("return libc.ptrace(0, 0, 0, 0) == 0", Level.seccomp),
    "E17 io_uring": ("return libc.syscall(425, 0, None) < 0 and ctypes.get_errno() != 1", Level.seccomp),
    "E21 limits": (
        "s, h = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "    return s > 64 or can(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (h + 1, h + 1)))",
        Level.seccomp if may_raise_limits() else NEVER,
    ),
    "E21b affinity of others": (
        "return can(lambda: os.sched_setaffinity(c['canary'], os.sched_getaffinity(0)))",
        Level.seccomp,
    ),
    "E21b limits of others": (
        "return can(lambda: resource.prlimit(c['canary'], resource.RLIMIT_CORE))",
        Level.seccomp,
    ),
    "E21b signal in disguise": (
        "r, w = os.pipe()\n    return can(lambda: fcntl.fcntl(r, fcntl.F_SETOWN, c['canary']))",
        Level.seccomp,
    ),
    "F1 network": (
        "return can(lambda: socket.create_connection(('127.0.0.1', c['port']), 1))",
        Level.seccomp,
    ),
    "F2 datagrams": ("return can(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))", Level.seccomp),
    "F3 abstract socket": (
        "return can(lambda: socket.socket(socket.AF_UNIX).connect(c['abstract']))",
        Level.seccomp,
    ),
    "I5 lock": (
        "return can(lambda: fcntl.flock(os.open(np.__file__, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB))",
        Level.seccomp,
    ),
    "B21 reference": ("import reference", NEVER),
    "B21 grader": ("import grader.judge", NEVER),
    "B21 with the checkout on the path": (
        "sys.path.append(c['checkout'])\n    import reference",
        Level.landlock,
    ),
}


@dataclass(frozen=True)
class Canaries:
    facts: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    with contextlib.ExitStack() as stack:
        folder = tmp_path_factory.mktemp("canaries")
        for name, mode in (("private", 0o600), ("public", 0o644)):
            (folder / name).write_bytes(b"canary")
            (folder / name).chmod(mode)
        for parent in (folder, *folder.parents):
            with contextlib.suppress(OSError):
                if not parent.stat().st_mode & 0o005:
                    parent.chmod(parent.stat().st_mode | 0o055)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract = f"\0assay-test-{os.getpid()}"
        local.bind(abstract)
        local.listen()
        sleeper = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"])
        stack.callback(sleeper.wait)
        stack.callback(sleeper.kill)
        os.environ["ASSAY_SECRET"] = "ASSAY_SECRET"
        stack.callback(os.environ.pop, "ASSAY_SECRET")
        facts = {
            "private": str(folder / "private"),
            "public": str(folder / "public"),
            "above": str(folder.parent),
            "name": folder.name,
            "home": [str(path) for path in Path.home().glob(".*") if path.is_file()],
            "grader": os.getpid(),
            "canary": sleeper.pid,
            "port": listener.getsockname()[1],
            "abstract": abstract,
            "checkout": str(Path(__file__).parents[3]),
        }
        yield Canaries(facts, folder)
        assert sleeper.poll() is None, "the canary process was killed"
        assert (folder / "private").read_bytes() == b"canary"


def test_probes(level: Level, launcher: Launcher, canaries: Canaries) -> None:
    """One sandbox a level for all probes: what gets through is exactly what the level does not promise."""
    functions = [
        f"def probe_{number}(c):\n    {body}\n    return True\n"
        for number, (body, _) in enumerate(PROBES.values())
    ]
    calls = [Call(f"probe_{number}", (canaries.facts,)) for number in range(len(PROBES))]
    through: dict[str, Any] = {}
    limits = Limits(memory_bytes=192 << 20, deaths=100)
    # Each on its own: one probe may change what the next one finds (unshare, ptrace).
    for name, call in zip(PROBES, calls, strict=True):
        source = {"hw.py": PRELUDE + "\n".join(functions)}
        with SandboxStudent(launcher, source, "hw.py", limits) as student:
            (answer,) = student.ask(call)
        if isinstance(answer, Failure):
            assert answer.verdict is Verdict.ERROR, (name, answer)
            assert "ModuleNotFoundError" in answer.cause or "PermissionError" in answer.cause, (name, answer)
            through[name] = False
        else:
            (through[name],) = answer.values
    expected = {name: level < first for name, (_, first) in PROBES.items()}
    assert through == expected


def test_nothing_is_written_outside(ask: Any, level: Level, canaries: Canaries) -> None:  # E13
    places = [str(canaries.folder), "/tmp", "/dev/shm", "/var/tmp", os.path.dirname(os.__file__)]
    files = [f"{place}/assay-written-{os.getpid()}" for place in places]
    source = """
def attack(files):
    for file in files:
        try:
            open(file, "w").close()
        except OSError:
            pass
"""
    ask(source, files)
    written = [file for file in files if os.path.exists(file)]
    for file in written:
        os.unlink(file)
    assert bool(written) == (level == Level.process)


@only(*CONFINED)  # it would fill the machine's own disk elsewhere
def test_tmp_is_capped_in_bytes_and_files(ask: Any, level: Level) -> None:  # E12
    source = """
import os
def attack(count, size):
    made = 0
    try:
        for number in range(count):
            with open(f"{os.environ['TMPDIR']}/{number}", "wb") as file:
                file.write(bytes(size))
            made += 1
    except OSError:
        pass
    return made
"""
    tmp = level in OWN_TMP
    assert ask(source, 40, 1 << 20) == (7 if tmp else 0) or ask(source, 40, 1 << 20) == (8 if tmp else 0)
    assert 4000 < ask(source, 6000, 0) < 4097 if tmp else ask(source, 6000, 0) == 0


@only(
    *(CONFINED if ROOT else [level for level in CONFINED if level > Level.landlock])
)  # elsewhere the user's other threads count too
def test_threads_are_counted(ask: Any, level: Level) -> None:  # E5
    source = """
import threading
def attack():
    done = threading.Event()
    count = 0
    try:
        while count < 2000:
            threading.Thread(target=done.wait, daemon=True).start()
            count += 1
    except RuntimeError:
        pass
    done.set()
    return count
"""
    assert 8 < ask(source, memory_bytes=4 << 30) < 64


def test_daemons_die_with_the_run(launcher: Launcher, level: Level) -> None:  # E10
    source = """
import os, time
def attack():
    r, w = os.pipe()
    if os.fork() == 0:
        os.setsid()
        pid = os.fork()
        if pid:
            os.write(w, str(pid).encode())
            os._exit(0)
        os.close(0); os.close(1); os.close(2); os.close(3)
        time.sleep(600)
    return int(os.read(r, 20))
"""
    with SandboxStudent(launcher, {"a.py": source}, "a.py") as student:
        (answer,) = student.ask(Call("attack"))
    if level >= Level.seccomp:
        assert isinstance(answer, Failure)
        assert "PermissionError" in answer.cause
    else:
        assert not isinstance(answer, Failure)
        with pytest.raises(ProcessLookupError):
            os.kill(answer.values[0], 0)


@only(*CONFINED)
def test_the_x32_abi_is_deadly(launcher: Launcher, level: Level) -> None:  # E18
    source = {"a.py": "import ctypes\ndef attack():\n  ctypes.CDLL(None).syscall(0x40000000 + 39)"}
    with SandboxStudent(launcher, source, "a.py") as student:
        (answer,) = student.ask(Call("attack"))
    assert isinstance(answer, Failure)
    assert answer.verdict is Verdict.CRASH


def test_runs_know_nothing_of_each_other(ask: Any, level: Level, tmp_path: Path) -> None:  # I1, I2
    note = f"/tmp/assay-note-{os.getpid()}"
    source = """
import os
import numpy as np
def attack(note):
    seen = os.path.exists(note), hasattr(np, "patched"), np.sum(np.ones(2)) == 2
    try:
        open(note, "w").close()
    except OSError:
        pass
    np.patched, np.sum = True, lambda *a: 7
    return seen
"""
    first, second = ask(source, note), ask(source, note)
    with contextlib.suppress(OSError):
        os.unlink(note)
    assert first == (False, False, True)
    assert second == (level == Level.process, False, True)


def test_forks_do_not_share_random_state() -> None:  # I3
    import random

    import numpy as np

    drawn = []
    for _ in range(2):
        random.seed(1)
        np.random.seed(1)
        preload.reseed()
        drawn += [random.random(), float(np.random.random())]
    assert len(set(drawn)) == 4


def test_normal_work_works(ask: Any) -> None:
    source = """
import threading, hashlib, dataclasses, json
import numpy as np
def attack():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(300, 300))
    u, s, v = np.linalg.svd(a)
    threads = [threading.Thread(target=np.dot, args=(a, a)) for _ in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]
    big = np.ones(8_000_000)
    print("printed", json.dumps({"x": 1}), hashlib.sha256(b"").hexdigest()[:4])
    return bool(np.allclose(u * s @ v, a)) and float(np.fft.fft(big)[0].real) == 8e6
"""
    assert ask(source, memory_bytes=1 << 30) is True


@only(Level.namespace)
def test_the_root_holds_what_is_listed(ask: Any, level: Level) -> None:
    source = """
import os, sys
import numpy as np
def attack():
    site = os.path.dirname(os.path.dirname(np.__file__))
    found = sorted(os.listdir(os.environ["TMPDIR"])), sorted(os.listdir("/dev")), sorted(os.listdir(site))
    hidden = [os.path.join(p, d) for p in sys.path for d in ("site-packages", "dist-packages")]
    more = [name for folder in hidden if os.path.isdir(folder) for name in os.listdir(folder)]
    shown = site, os.__file__, sys.prefix, sys.base_prefix
    gone = [p for p in ("/proc", "/sys", "/etc", "/home", "/var", "/run", "/mnt") if os.path.exists(p)]
    gone = [p for p in gone if not any(path.startswith(p + "/") for path in shown)]
    ro = [p for p in ("/", site, os.path.dirname(os.__file__)) if not os.statvfs(p).f_flag & os.ST_RDONLY]
    return found, more, gone, ro, os.getpid(), [p for p in sys.path if "-packages" in p]
"""
    found, more, gone, writable, pid, importable = ask(source)
    tmp, dev, site = found
    assert tmp == []
    assert dev == ["full", "null", "random", "urandom", "zero"]
    assert {name.split("-")[0] for name in site} == {"numpy", "numpy.libs"}
    assert set(more) <= set(site)
    assert (gone, writable, importable) == ([], [], [])
    assert pid == 1


def test_hangs_of_many_sandboxes_end_together(launcher: Launcher) -> None:
    source = {"a.py": "def attack():\n  while True: pass"}
    limits = replace(Limits(), question_s=0.1, deaths=1)
    verdicts: list[Any] = []

    def hang() -> None:
        with SandboxStudent(launcher, source, "a.py", limits) as student:
            (answer,) = student.ask(Call("attack"))
            verdicts.append(answer.verdict if isinstance(answer, Failure) else None)

    threads = [threading.Thread(target=hang) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert verdicts == [Verdict.TIMEOUT] * 3
