"""What works on this machine, and for what doesn't, why and what would mend it. Everything is tried."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec


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
            yield f"  {finding.name:<13} {word:<6} {finding.says or finding.why}".rstrip()
            if not finding.works and finding.mend:
                yield f"  {'':<13} {'':<6} It needs {finding.mend}"
        yield ""
    from grader.sandbox.selftest import PREFERRED

    works = [finding.name for finding in groups["sandboxes"] if finding.works]
    chosen = next((level.name for level in PREFERRED if level.name in works), None)
    if not works:
        yield "Nothing can be graded here."
    else:
        yield f"assay grade would use {chosen}." if chosen else "Only your own code can be graded here."


def _levels() -> Iterator[Finding]:
    from grader.sandbox.levels import Level
    from grader.sandbox.selftest import prove

    image = _image()
    for level in sorted(Level):  # each promise builds on the one before
        if level.in_container and not image.works:  # proving it would build one, which takes a minute
            yield Finding(level.name, False, why=image.why, mend=image.mend)
            continue
        proof = prove(level)
        yield Finding(level.name, proof.works, level.promise if proof.works else "", proof.why, proof.mend)


def _accelerators() -> Iterator[Finding]:
    from grader.sandbox.docker.gpus import all_gpus

    try:
        found = all_gpus()
    except OSError as error:
        yield Finding("cuda", False, why=str(error), mend="an NVIDIA GPU and its driver")
    else:
        told = (f"{g.name}, {g.memory_bytes >> 20} MiB, {g.used_bytes >> 20} MiB in use" for g in found)
        yield Finding("cuda", True, "; ".join(told))
    yield _package("torch", "pip install 'assay[torch]'")


def _engines() -> Iterator[Finding]:
    yield from _docker()


def _docker() -> Iterator[Finding]:
    """The engine, what it can hold a container to, the sandbox's image and what a GPU needs."""
    from grader.sandbox.docker import engine

    try:
        with closing(engine.connect()) as client:
            facts = engine.facts(client)
    except OSError as error:
        yield Finding("docker", False, why=str(error), mend="a Docker engine that you may use")
        return
    kind = "Podman" if facts.podman else "Docker"
    rights = "rootless" if facts.rootless else "run by root"
    yield Finding(
        "docker", True, f"{kind} {facts.version} at {facts.address}, {rights}, cgroup {facts.cgroup}"
    )
    refused = engine.refusal(facts)
    if refused:
        yield Finding("containers", False, why=refused, mend="an engine that can, or another sandbox")
        return
    held = ["memory", *(["swap"] if facts.limits_swap else []), "processes", "CPU"]
    yield Finding("containers", True, f"limits {', '.join(held)}; seccomp is on")
    yield _image()
    refused = engine.refusal(facts, gpu=True)
    if refused:
        mend = "the NVIDIA container toolkit, then nvidia-ctk runtime configure and a restart of the engine"
        yield Finding("gpu-toolkit", False, why="the engine cannot give a container a GPU", mend=mend)
    else:
        yield Finding("gpu-toolkit", True, "a container can be given a GPU")


def _image() -> Finding:
    from grader.sandbox.docker import engine, image

    try:
        with closing(engine.connect()) as client:
            return Finding("image", True, image.find(client, image.Recipe.of(("numpy",))))
    except engine.ImageMissingError:
        mend = "assay grade --sandbox docker, which builds it when it is needed, once"
        return Finding("image", False, why="the image of the sandbox is not built yet", mend=mend)
    except OSError as error:
        return Finding("image", False, why=str(error), mend="a Docker engine that you may use")


def _package(name: str, install: str) -> Finding:
    if find_spec(name) is None:
        return Finding(name, False, why="it is not installed", mend=install)
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, True, "version unknown")
