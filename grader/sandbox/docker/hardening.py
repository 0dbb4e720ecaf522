"""What a container may do, as the engine's own words: everything that is not needed is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from grader.sandbox.types import Limits
from grader.sandbox.zygote_process import ENVIRONMENT

if TYPE_CHECKING:
    from docker import APIClient

# An id that Debian's policy leaves free, and that a remapped or rootless engine has too.
USER: Final = "65533:65533"
COMMAND: Final = ("python3", "-I", "-S", "-B", "/opt/assay/grader/sandbox/porter.py")
_TMP_INODES: Final = 4096
# Of the interpreter, its packages, the porter and the zygote: what a container takes before any student.
_OWN_BYTES: Final = {"numpy": 256 << 20, "torch": 1 << 30}
_OWN_PROCESSES: Final = 3  # init, porter and zygote
_CPUS: Final = 1.0


@dataclass(frozen=True)
class Shape:
    """What a container is made with and cannot change: limits in bytes and processes, and a GPU's id."""

    memory_bytes: int
    tmp_bytes: int
    processes: int
    files_open: int
    gpu: str = ""

    @classmethod
    def of(cls, limits: Limits, target: str, gpu: str = "") -> Shape:
        """Room for one submission at a time within these limits."""
        return cls(
            memory_bytes=limits.memory_bytes + limits.tmp_bytes + _OWN_BYTES[target],
            tmp_bytes=limits.tmp_bytes,
            processes=limits.processes + _OWN_PROCESSES,
            files_open=max(limits.files_open, 256),  # the porter's; the submission has its own limit
            gpu=gpu,
        )


def hardened(client: APIClient, shape: Shape) -> dict[str, Any]:
    """What a container of this shape is made with, as arguments of `create_container`."""
    return {
        "command": list(COMMAND),
        "user": USER,
        "working_dir": "/tmp",
        "environment": environment(shape),
        "stdin_open": True,  # its end is the container's
        "network_disabled": True,
        "host_config": host_config(client, shape),
    }


def host_config(client: APIClient, shape: Shape) -> dict[str, Any]:
    """How the engine confines a container of this shape.

    No privilege, no mount, no namespace of the host; the engine's seccomp and AppArmor profiles stay as they
    are. Memory without swap; a GPU by request for that one device.
    """
    from docker.types import DeviceRequest, Ulimit

    gpus = [DeviceRequest(device_ids=[shape.gpu], capabilities=[["gpu"]])] if shape.gpu else None
    config: dict[str, Any] = client.create_host_config(
        network_mode="none",
        read_only=True,
        tmpfs={
            "/tmp": f"rw,nosuid,nodev,noexec,size={shape.tmp_bytes},nr_inodes={_TMP_INODES},mode=1777",
        },
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        pids_limit=shape.processes,
        mem_limit=shape.memory_bytes,
        memswap_limit=shape.memory_bytes,
        nano_cpus=math.ceil(_CPUS * 1e9),
        ipc_mode="private",
        shm_size="1m",
        init=True,
        ulimits=[
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="nofile", soft=shape.files_open, hard=shape.files_open),
            Ulimit(name="memlock", soft=64 << 10, hard=64 << 10),
        ],
        log_config={"Type": "none", "Config": {}},  # else what is printed would fill the host's disk
        restart_policy=None,
        device_requests=gpus,
    )
    return config


def environment(shape: Shape) -> dict[str, str]:
    """What a container finds in its environment."""
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    return {**ENVIRONMENT, **path, **({"NVIDIA_DRIVER_CAPABILITIES": "compute"} if shape.gpu else {})}
