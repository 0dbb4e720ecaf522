"""What works on this machine, and for what doesn't, why and what would mend it. Everything is tried."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from os import environ
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Finding:
    """One thing that Assay can use. `says` is a version or a list where it works."""

    name: str
    works: bool
    says: str = ""
    why: str = ""
    mend: str = ""


def examine() -> dict[str, list[Finding]]:
    """All findings, by group."""
    return {"sandboxes": list(_levels()), "accelerators": list(_accelerators()), "engines": list(_engines())}


def plain(groups: dict[str, list[Finding]]) -> dict[str, list[dict[str, object]]]:
    """The same for JSON."""
    return {group: [asdict(finding) for finding in findings] for group, findings in groups.items()}


def lines(groups: dict[str, list[Finding]]) -> Iterator[str]:
    """The same for people."""
    for group, findings in groups.items():
        yield group.capitalize()
        for finding in findings:
            word = "works" if finding.works else "no"
            yield f"  {finding.name:<12} {word:<6} {finding.says or finding.why}".rstrip()
            if not finding.works and finding.mend:
                yield f"  {'':<12} {'':<6} It needs {finding.mend}"
        yield ""
    strongest = next((f.name for f in reversed(groups["sandboxes"]) if f.works), None)
    fit = strongest in ("namespace", "landlock")
    if strongest is None:
        yield "Nothing can be graded here."
    else:
        yield f"assay grade would use {strongest}." if fit else "Only your own code can be graded here."


def _levels() -> Iterator[Finding]:
    from grader.sandbox.levels import Level
    from grader.sandbox.selftest import prove

    for level in sorted(Level):  # each promise builds on the one before
        proof = prove(level)
        yield Finding(level.name, proof.works, level.promise if proof.works else "", proof.why, proof.mend)


def _accelerators() -> Iterator[Finding]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        yield Finding("cuda", False, why="there is no nvidia-smi", mend="an NVIDIA GPU and its driver")
    else:
        yield _gpus(tool)
    yield _package("torch", "pip install 'assay[torch]'")


def _gpus(tool: str) -> Finding:
    try:
        listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("cuda", False, why=f"nvidia-smi does not answer: {error}", mend="a working driver")
    gpus = [line.split(" (UUID")[0].strip() for line in listed.stdout.splitlines() if line.startswith("GPU")]
    if listed.returncode or not gpus:
        why = (listed.stderr or listed.stdout).strip().split("\n")[0] or "nvidia-smi finds no GPU"
        return Finding("cuda", False, why=why, mend="an NVIDIA GPU and its driver")
    return Finding("cuda", True, "; ".join(gpus))


def _engines() -> Iterator[Finding]:
    yield _docker()
    yield _package("distributed", "pip install 'assay[cluster]'")
    if shutil.which("sbatch"):
        yield Finding("slurm", True, "sbatch is there")
    else:
        yield Finding("slurm", False, why="there is no sbatch", mend="to run on a node that submits to Slurm")


def _docker() -> Finding:
    where = urlsplit(environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    command = "its command is there" if shutil.which("docker") else "its command is not there"
    try:
        if where.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as engine:
                engine.settimeout(5)
                engine.connect(where.path)
        else:
            socket.create_connection((where.hostname or "", where.port or 2375), timeout=5).close()
    except OSError as error:
        why = f"no engine answers at {where.path or where.netloc}: {error.strerror or error}; {command}"
        return Finding(
            "docker", False, why=why, mend="a running Docker engine that you may use (group docker)"
        )
    return Finding("docker", True, f"an engine answers at {where.path or where.netloc}; {command}")


def _package(name: str, install: str) -> Finding:
    if find_spec(name) is None:
        return Finding(name, False, why="it is not installed", mend=install)
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, True, "version unknown")
