"""What a container may do, read back from the engine: the list of the CIS benchmark, one assertion a row."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.docker import container, hardening, owner
from grader.sandbox.docker.container import Container
from grader.sandbox.docker.hardening import Shape
from grader.sandbox.launch import open_launcher
from grader.sandbox.levels import Level
from grader.sandbox.types import Limits
from grader.student import SandboxStudent
from suites.types import Call, Reply

LIMITS = Limits(memory_bytes=300 << 20, tmp_bytes=8 << 20, processes=40)


def created(client: Any, tag: str, shape: Shape) -> dict[str, Any]:
    """What the engine says of a container that is made and never started."""
    labels = {owner.LABEL: owner.me()}
    made = client.create_container(tag, **hardening.hardened(client, shape), labels=labels)
    try:
        return client.inspect_container(made)
    finally:
        client.remove_container(made, force=True)


def test_everything_that_is_not_needed_is_refused(client: Any, tag: str) -> None:
    shape = Shape.of(LIMITS, "numpy")
    told = created(client, tag, shape)
    host, config = told["HostConfig"], told["Config"]

    assert host["NetworkMode"] == "none"
    assert config["NetworkDisabled"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]  # and so the default seccomp profile stays
    assert config["User"] == "65533:65533"
    assert host["PidsLimit"] == shape.processes
    assert host["Memory"] == host["MemorySwap"] == shape.memory_bytes
    assert host["NanoCpus"] == 10**9
    assert host["IpcMode"] == "private"
    assert host["PidMode"] == host["UTSMode"] == host["UsernsMode"] == ""  # its own, not the host's
    assert host["Init"]
    assert host["LogConfig"]["Type"] == "none"
    assert {limit["Name"]: limit["Hard"] for limit in host["Ulimits"]} == {
        "core": 0, "nofile": 256, "memlock": 64 << 10,
    }  # fmt: skip
    options = host["Tmpfs"].pop("/tmp").split(",")
    assert {"nosuid", "nodev", "noexec", f"size={8 << 20}", "nr_inodes=4096"} <= set(options)
    assert host["Tmpfs"] == {}
    assert not any(host.get(name) for name in ("Binds", "Mounts", "VolumesFrom", "Devices", "DeviceRequests"))
    assert host["RestartPolicy"]["Name"] in ("", "no")
    assert owner.LABEL in config["Labels"]
    assert not any("SECRET" in entry or "TOKEN" in entry for entry in config["Env"])


def test_limits_have_room_for_what_is_ours() -> None:
    numpy, torch = (Shape.of(LIMITS, target) for target in ("numpy", "torch"))
    assert numpy.memory_bytes == LIMITS.memory_bytes + LIMITS.tmp_bytes + (256 << 20)
    assert torch.memory_bytes > numpy.memory_bytes
    assert numpy.processes == LIMITS.processes + 3
    assert Shape.of(LIMITS, "numpy") == numpy  # containers of one shape stand in for each other


def test_one_gpu_is_asked_for_by_its_id(client: Any, tag: str) -> None:
    told = created(client, tag, Shape.of(LIMITS, "torch", "GPU-7"))
    (request,) = told["HostConfig"]["DeviceRequests"]
    assert request["DeviceIDs"] == ["GPU-7"]
    assert request["Capabilities"] == [["gpu"]]
    assert request["Count"] == 0
    assert not told["HostConfig"]["Devices"]
    assert "NVIDIA_DRIVER_CAPABILITIES=compute" in told["Config"]["Env"]


@pytest.mark.parametrize("level", [Level.docker, Level.docker_shared], ids=lambda level: level.name)
def test_what_a_submission_finds_inside(client: Any, tag: str, level: Level) -> None:
    source = """
import os, sys
def look():
    env = sorted(os.environ)
    seen = []
    for path in ("/proc/1", "/sys", "/etc/passwd", "/opt/assay/grader/sandbox/porter.py", "/usr/bin/python3"):
        try:
            os.listdir(path) if os.path.isdir(path) else open(path).close()
            seen.append(path)
        except OSError:
            pass
    return os.getuid(), env, seen, [m for m in sys.modules if m.startswith("grader")], sys.path
"""
    with open_launcher(level) as launcher, SandboxStudent(launcher, {"a.py": source}, "a.py") as student:
        (answer,) = student.ask(Call("look"))
    assert isinstance(answer, Reply)
    uid, environment, seen, modules, path = answer.values[0]
    assert uid == 65533
    assert {"HOSTNAME", "GPG_KEY"}.isdisjoint(environment)
    assert {"HOME", "LANG", "PATH", "TMPDIR"} <= set(environment)
    assert (seen, modules) == ([], [])
    assert not any("packages" in entry or "assay" in entry for entry in path)


def test_its_cpu_time_is_read_and_it_can_be_stopped(client: Any, tag: str) -> None:
    source = {"a.py": "def f():\n  return sum(range(3_000_000))"}
    with open_launcher("docker") as launcher, SandboxStudent(launcher, source, "a.py") as student:
        student.ask(Call("f"))
        before = student.cpu_ns()
        student.ask(Call("f"))
        after = student.cpu_ns()
        assert 10**7 < after - before < 10**10
        with student.frozen():
            (frozen,) = client.containers(filters={"label": owner.LABEL, "status": "paused"})
            assert frozen["Labels"][owner.LABEL] == owner.me()
        with student.sliced(0.001, lambda: pytest.fail("it was paused")):  # which takes longer than that
            assert isinstance(student.ask(Call("f"))[0], Reply)


def test_cpu_time_is_read_from_either_cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "_CGROUPS", tmp_path)
    places = {
        "cpuacct/docker/one/cpuacct.usage": "123456000\n",
        "system.slice/docker-two.scope/cpu.stat": "usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\n",
    }
    for path, text in places.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    for name in ("one", "two"):
        file = container._usage_file(name)
        assert file is not None
        assert container._usage(file) == 123_456_000
    assert container._usage_file("elsewhere") is None


def test_runs_leave_nothing(client: Any, tag: str) -> None:
    """Descriptors, threads and containers are the same after some runs as after one."""

    def ours() -> set[str]:
        found = client.containers(all=True, filters={"label": f"{owner.LABEL}={owner.me()}"})
        return {container["Id"] for container in found}

    seen, before = [], ours()  # launchers of other tests may be open
    for level in ("docker", "docker_shared"):
        with open_launcher(level) as launcher:
            for _ in range(4):
                with launcher.open(LIMITS) as sandbox:
                    sandbox.kill()
                    assert sandbox.wait().signal == signal.SIGKILL
        seen.append((len(os.listdir("/proc/self/fd")), threading.active_count()))
    assert seen[0] == seen[1]
    assert ours() <= before


def test_cpu_time_without_its_cgroup_is_the_engines(client: Any, tag: str) -> None:
    one = Container(client, tag, Level.docker, ("numpy",), Shape.of(LIMITS, "numpy"))
    try:
        counted = one.cpu_ns()
        one._usage = None  # as if the engine were on another machine
        assert counted <= one.cpu_ns() < counted + 10**9
    finally:
        one.remove()
