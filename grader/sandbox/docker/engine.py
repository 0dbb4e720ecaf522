"""The engine that runs containers: how to reach it, what it can hold a container to, what it complains of."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grader.sandbox.running import SandboxError

if TYPE_CHECKING:
    from docker import APIClient

_TIMEOUT_S = 120  # a call that takes longer, pulls and builds apart, will not come back
DISK_FULL = "the engine's disk is full; docker system df shows by what"
_MEND_ABSENT = "start it, or set DOCKER_HOST or a Docker context to one that you may use (group docker)"


class EngineError(SandboxError):
    """The engine's trouble or the machine's, in one sentence; never the student's."""


@dataclass(frozen=True)
class EngineFacts:
    """What an engine says of itself. `cgroup` is 1 or 2; 0 where it does not say."""

    address: str
    version: str
    podman: bool
    rootless: bool
    cgroup: int
    seccomp: bool
    limits_memory: bool
    limits_swap: bool
    limits_processes: bool
    limits_cpu: bool
    gpu_toolkit: bool


def connect() -> APIClient:
    """A client of the engine that DOCKER_HOST, else the current Docker context, names.

    Raises EngineError where the package docker is missing or nobody answers.
    """
    try:
        import docker
    except ImportError:
        raise EngineError(
            "the Docker sandbox needs the package docker: pip install 'assay[docker]'"
        ) from None
    where = _address()
    if str(where.get("base_url", "")).startswith("ssh://"):
        raise EngineError(
            f"a Docker engine behind {where['base_url']} is not supported: forward its socket "
            "(ssh -N -L /tmp/docker.sock:/var/run/docker.sock HOST) and set DOCKER_HOST=unix:///tmp/docker.sock"
        )
    try:
        _knock(str(where["base_url"]))
        return docker.APIClient(version="auto", timeout=_TIMEOUT_S, **where)
    except (docker.errors.DockerException, OSError) as error:
        raise EngineError(
            f"no Docker engine answers at {where['base_url']} ({_innermost(error)}): {_MEND_ABSENT}"
        ) from None


def facts(client: APIClient) -> EngineFacts:
    """What this engine is and what it can hold a container to."""
    with complaints("asking the engine what it is"):
        info, version = client.info(), client.version()
    options = [str(option) for option in info.get("SecurityOptions") or ()]
    components = [str(part.get("Name", "")) for part in version.get("Components") or ()]
    return EngineFacts(
        address=_address()["base_url"],
        version=str(version.get("Version", "?")),
        podman=any("podman" in name.lower() for name in components),
        rootless=any("name=rootless" in option for option in options),
        cgroup=int(info.get("CgroupVersion") or 0),
        seccomp=any("name=seccomp" in option and "unconfined" not in option for option in options),
        limits_memory=bool(info.get("MemoryLimit")),
        limits_swap=bool(info.get("SwapLimit")),
        limits_processes=bool(info.get("PidsLimit")),
        limits_cpu=bool(info.get("CpuCfsQuota")),
        gpu_toolkit="nvidia" in (info.get("Runtimes") or {}) or bool(info.get("DiscoveredDevices")),
    )


def refusal(engine: EngineFacts, *, gpu: bool = False) -> str:
    """Why this engine cannot hold a submission, in one sentence; empty where it can."""
    if engine.podman:
        return (
            f"Podman {engine.version} answers at {engine.address}, with which Assay's containers are not "
            "proved: set DOCKER_HOST to a Docker engine"
        )
    missing = [
        what
        for what, there in (
            ("memory", engine.limits_memory),
            ("processes", engine.limits_processes),
            ("CPU", engine.limits_cpu),
        )
        if not there
    ]
    if missing:
        mend = (
            "delegate its cgroup controllers (a systemd drop-in with Delegate=cpu cpuset io memory pids)"
            if engine.rootless
            else "give its kernel these cgroup controllers"
        )
        kind = "rootless Docker engine" if engine.rootless else "Docker engine"
        return f"the {kind} at {engine.address} cannot limit {' and '.join(missing)}: {mend}"
    if not engine.seccomp:
        return f"the Docker engine at {engine.address} runs containers without its seccomp profile"
    if gpu and not engine.gpu_toolkit:
        return (
            f"the Docker engine at {engine.address} cannot give a container a GPU: install the NVIDIA "
            "container toolkit (1.17.8 or later), then nvidia-ctk runtime configure"
        )
    return ""


@contextlib.contextmanager
def complaints(doing: str) -> Iterator[None]:
    """What the engine raises, as an EngineError in one sentence that tells the causes apart."""
    import docker
    import requests

    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise ImageMissingError(f"{doing}: an image is missing: {_explained(error)}") from error
    except docker.errors.APIError as error:
        said = _explained(error)
        if "no space left on device" in said:
            raise EngineError(f"{doing}: {DISK_FULL}") from error
        if error.status_code == 404 or (error.status_code == 409 and "is not running" in said):
            raise GoneError(f"{doing}: it is gone: {said}") from error
        raise EngineError(f"{doing}: the engine refuses: {said}") from error
    except (requests.RequestException, docker.errors.DockerException, OSError) as error:
        if isinstance(error, EngineError):
            raise
        raise EngineError(f"{doing}: the Docker engine is gone: {_innermost(error)}") from error


class ImageMissingError(EngineError):
    """An image that was to be there is not: it can be built, or pulled."""


class GoneError(EngineError, ProcessLookupError):
    """A container that has ended, or was removed."""


def _address() -> dict[str, Any]:
    """Where the engine is, as arguments for a client: DOCKER_HOST first, as the docker command does."""
    from docker.context import ContextAPI
    from docker.utils import kwargs_from_env

    if os.environ.get("DOCKER_HOST"):
        found = kwargs_from_env()
        return {"base_url": found["base_url"], **({"tls": found["tls"]} if found.get("tls") else {})}
    name = os.environ.get("DOCKER_CONTEXT")
    try:
        context = ContextAPI.get_context(name) if name else ContextAPI.get_current_context()
    except Exception as error:
        raise EngineError(f"the current Docker context cannot be read: {error}") from error
    if context is None:
        raise EngineError(f"there is no Docker context {name!r}: docker context ls lists them")
    tls = context.TLSConfig
    return {"base_url": context.Host or "unix:///var/run/docker.sock", **({"tls": tls} if tls else {})}


def _knock(address: str) -> None:
    """Connect once to a socket of this machine, and say why not: the library would leave its end open."""
    parts = urlsplit(address)
    if parts.scheme in ("unix", "http+unix"):
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(_TIMEOUT_S)
            knocking.connect(parts.path)


def _explained(error: Any) -> str:
    return " ".join(str(error.explanation or error).split())[:300]


def _innermost(error: BaseException) -> str:
    """The first cause of an error: the libraries between wrap it several times."""
    while True:
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return " ".join((getattr(error, "strerror", None) or str(error) or type(error).__name__).split())[:200]
