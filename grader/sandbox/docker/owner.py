"""Whose a container is, written on it: so that what a killed grader has left can be told from all others."""

from __future__ import annotations

import contextlib
import os
import socket
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from grader.sandbox.docker.engine import EngineError, complaints

if TYPE_CHECKING:
    from docker import APIClient

LABEL = "assay.owner"


def me() -> str:
    """This process: its machine, boot, process namespace, number and the moment it started."""
    return " ".join((*_place(), str(os.getpid()), _started(os.getpid())))


def ended(owner: str) -> bool:
    """Whether an owner has surely ended. One on another machine, or seen from elsewhere, may go on."""
    try:
        machine, boot, namespace, pid, started = owner.split(" ")
    except ValueError:
        return False
    here = _place()
    if machine != here[0]:
        return False
    if boot != here[1]:
        return True
    return namespace == here[2] and pid.isdigit() and _started(int(pid)) != started


def remove_orphans(client: APIClient) -> int:
    """Remove the containers whose owner has ended, and nobody else's; how many they were."""
    import docker

    count = 0
    with complaints("looking for left-over containers"):
        found = client.containers(all=True, filters={"label": LABEL})
    for container in found:
        if ended(container["Labels"].get(LABEL, "")):
            with contextlib.suppress(docker.errors.APIError, EngineError):  # another grader may be at it too
                client.remove_container(container["Id"], force=True)
                count += 1
    return count


def _place() -> tuple[str, str, str]:
    """The machine, its boot, and the namespace in which numbers of processes mean something."""
    machine = f"{socket.gethostname()} {_read('/etc/machine-id')}"
    boot = _read("/proc/sys/kernel/random/boot_id") or "-"
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = "-"
    return sha256(machine.encode()).hexdigest()[:16], boot, namespace


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _started(pid: int) -> str:
    """When a process started, as the kernel counts; where there is no /proc, only whether it runs."""
    if os.path.isdir("/proc/self"):
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] == b"Z" else fields[19].decode("ascii")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "runs"
