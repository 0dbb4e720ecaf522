"""The image that submissions run in: its recipe, its context, and building it when it is not there.

An image is tagged by a hash of what it holds: the base, the Dockerfile, the pinned packages, the code of the
worker. So a change of any of them makes another image, and a tag that is there is right. No submission is
ever part of one.

    python -m grader.sandbox.docker.image DIR       leaves the context there, to build by hand
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.sandbox.docker.engine import DISK_FULL, EngineError, ImageMissingError, complaints

if TYPE_CHECKING:
    from docker import APIClient

Say = Callable[[str], None]

LABEL = "assay.image"
TARGETS = {"numpy": ("numpy",), "torch": ("numpy", "torch")}  # and the files of pins/ that each installs

_HERE = Path(__file__).parent
_ROOM = _HERE.parents[1]  # grader/
_PREPARED = "assay-base"  # a base that an operator has made for a machine without a registry
_USUAL = "python:3.12-slim"
_STALE_S = 3600.0
_PATIENCE_S = 3600.0  # torch for a GPU is several gigabytes, and installing it says nothing for minutes
_ASK = "import json, platform, sys; print(json.dumps([*sys.version_info[:2], platform.machine()]))"
_OLDEST_GLIBC, _NEWEST_GLIBC = 17, 36  # of the wheels that are looked for, as manylinux_2_*


@dataclass(frozen=True)
class Recipe:
    """A target of the Dockerfile upon a base image."""

    target: str
    base: str

    @classmethod
    def of(cls, packages: Iterable[str], base: str = "") -> Recipe:
        """The smallest target that holds these packages; EngineError where none does."""
        wanted = {re.sub(r"[-_.]+", "-", name).lower() for name in packages}
        for target, pins in TARGETS.items():
            held = {name for pin in pins for name in _pinned(pin)}
            if wanted <= held:
                return cls(target, base or os.environ.get("ASSAY_BASE_IMAGE", ""))
        missing = ", ".join(sorted(wanted - held))
        raise EngineError(f"the Docker sandbox has no image with {missing}; it has numpy and torch")


def find(client: APIClient, recipe: Recipe) -> str:
    """The tag of a recipe's image; ImageMissingError where it is not built."""
    base = _base(client, recipe)
    tag = _tag(recipe, _id_of(client, base))
    with complaints(f"looking for the image {tag}"):
        client.inspect_image(tag)
    return tag


def build(client: APIClient, recipe: Recipe, say: Say = lambda line: None) -> str:
    """The tag of a recipe's image, built, and its base pulled, if it is not there yet.

    Wheels are downloaded by pip outside, so pip's own configuration decides from where; the build itself has
    no network.
    """
    base = _base(client, recipe)
    try:
        _id_of(client, base)
    except ImageMissingError:
        _pull(client, base, say)
    try:
        return find(client, recipe)
    except ImageMissingError:
        pass
    tag = _tag(recipe, _id_of(client, base))
    with tempfile.TemporaryDirectory(prefix="assay-image-") as folder:
        write_context(Path(folder), recipe, _interpreter(client, base), say)
        _run(client, Path(folder), recipe, base, tag, say)
    clear_stale(client)
    return tag


def write_context(folder: Path, recipe: Recipe, interpreter: tuple[int, int, str], say: Say) -> None:
    """Fill a folder with what the Dockerfile copies; `interpreter` is the base's Python and its machine."""
    for path, data in _files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    major, minor, machine = interpreter
    say(f"Downloading {recipe.target} for Python {major}.{minor} on {machine}")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary=:all:", "--implementation=cp", f"--python-version={major}.{minor}"]
    for glibc in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1):
        command.append(f"--platform=manylinux_2_{glibc}_{machine}")
    command += [f"--platform=linux_{machine}", f"--dest={folder / 'wheels'}"]
    for pin in TARGETS[recipe.target]:
        command.append(f"--requirement={folder / 'pins' / pin}.txt")
    (folder / "wheels").mkdir()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"downloading {recipe.target} for the image took more than {_PATIENCE_S:g} s"
        ) from None
    if done.returncode:
        said = [
            line for line in done.stderr.splitlines() if line.startswith("ERROR")
        ] or done.stderr.splitlines()
        why = said[-1].removeprefix("ERROR: ") if said else f"pip ended with code {done.returncode}"
        raise EngineError(f"the packages of the sandbox's image cannot be downloaded: {why}")


def clear_stale(client: APIClient) -> None:
    """Remove what builds that were cut off, or that nothing needs any more, have left: ours alone, by label.

    What is younger than an hour may belong to a build that goes on.
    """
    import docker

    with complaints("looking for left-over images"):
        images = client.images(filters={"label": LABEL, "dangling": True})
        containers = client.containers(all=True, filters={"label": f"{LABEL}=packages"})
    for remove, entries in ((client.remove_container, containers), (client.remove_image, images)):
        for entry in entries:
            if time.time() - entry["Created"] > _STALE_S:
                try:
                    remove(entry["Id"])
                except docker.errors.APIError:
                    continue  # in use, or gone meanwhile


# --------------------------------------------------------------------------- what an image holds


def _files() -> dict[str, bytes]:
    """The context but for the wheels: path and bytes. The worker's code is what a container runs of ours."""
    files = {"Dockerfile": (_HERE / "Dockerfile").read_bytes()}
    for pins in sorted((_HERE / "pins").glob("*.txt")):
        files[f"pins/{pins.name}"] = pins.read_bytes()
    for folder in ("wire", "worker", "sandbox"):
        for path in sorted((_ROOM / folder).glob("*.py")):
            if path.stem not in _TRUSTED_SIDE:
                files[f"grader/{folder}/{path.name}"] = path.read_bytes()
    return files


# Modules of grader/sandbox that are of no use in a container.
_TRUSTED_SIDE = ("facts", "launch", "probes", "running", "selftest", "zygote_process")


def _tag(recipe: Recipe, base_id: str) -> str:
    digest = sha256(base_id.encode())
    for path, data in _files().items():
        digest.update(f"\0{path}\0{len(data)}\0".encode() + data)
    return f"assay:{recipe.target}-{digest.hexdigest()[:16]}"


def _pinned(pin: str) -> set[str]:
    lines = (_HERE / "pins" / f"{pin}.txt").read_text(encoding="utf-8").splitlines()
    return {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines if line}


# --------------------------------------------------------------------------- the engine's part


def _base(client: APIClient, recipe: Recipe) -> str:
    """The base by name: the one asked for, else one prepared on this machine, else the usual one."""
    if recipe.base:
        return recipe.base
    try:
        _id_of(client, _PREPARED)
    except ImageMissingError:
        return _USUAL
    return _PREPARED


def _id_of(client: APIClient, image: str) -> str:
    with complaints(f"looking for the image {image}"):
        return str(client.inspect_image(image)["Id"])


def _pull(client: APIClient, base: str, say: Say) -> None:
    say(f"Pulling the base image {base}")
    try:
        with complaints(f"pulling {base}"):
            client.pull(base)
            client.inspect_image(base)
    except EngineError as error:
        raise EngineError(
            f"the base image {base} is not there and cannot be had ({error}): name one that is there with "
            f"--image or ASSAY_BASE_IMAGE, or import one as {_PREPARED}"
        ) from error


def _interpreter(client: APIClient, base: str) -> tuple[int, int, str]:
    """The version of the base's python3 and the machine it is for."""
    with complaints(f"asking {base} for its Python"):
        config = client.create_host_config(network_mode="none", cap_drop=["ALL"], pids_limit=64)
        container = client.create_container(
            base, ["python3", "-I", "-c", _ASK], host_config=config, labels={LABEL: "packages"}
        )
        try:
            client.start(container)
            code = client.wait(container)["StatusCode"]
            said = client.logs(container, stdout=True, stderr=False)
        finally:
            client.remove_container(container, force=True)
    try:
        major, minor, machine = json.loads(said)
    except ValueError:
        raise EngineError(f"the base image {base} has no python3 that works (exit code {code})") from None
    return major, minor, machine


def _run(client: APIClient, folder: Path, recipe: Recipe, base: str, tag: str, say: Say) -> None:
    """Have the engine build the context, and tell its steps."""
    last: list[str] = []
    with tempfile.TemporaryFile() as packed, complaints(f"building the image {tag}"):
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(folder, arcname=".", filter=_plain)
        packed.seek(0)
        for event in client.build(
            fileobj=packed,
            custom_context=True,
            target=recipe.target,
            tag=tag,
            buildargs={"BASE_IMAGE": base},
            network_mode="none",
            timeout=_PATIENCE_S,
            rm=True,
            forcerm=True,
            decode=True,
        ):
            last = _told(event, last, tag, say)


def _told(event: dict[str, Any], last: list[str], tag: str, say: Say) -> list[str]:
    """Tell a step; the last lines, for the sentence that says why a step failed."""
    if "error" in event:
        said = " ".join([*last, event["error"]])
        if "no space left on device" in said.lower():
            raise EngineError(f"building the image {tag}: {DISK_FULL}")
        raise EngineError(f"building the image {tag} failed: {' '.join(said.split())[-300:]}")
    line = str(event.get("stream", "")).strip()
    if line.startswith("Step "):
        say(f"Building the image: {line}"[:100])
    return [*last, line][-3:] if line else last


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's file of no time, so that equal contexts hit the engine's cache."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def main() -> None:
    """Leave the context of the numpy image in a folder, for a base that the engine has."""
    from grader.sandbox.docker.engine import connect

    target = sys.argv[2] if len(sys.argv) > 2 else "numpy"
    recipe = Recipe.of((target,))
    client = connect()
    write_context(Path(sys.argv[1]), recipe, _interpreter(client, _base(client, recipe)), print)


if __name__ == "__main__":
    main()
