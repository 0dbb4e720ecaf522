"""Puts a kit in its folder, whole or not at all, over nothing that anybody has made or changed.

A manifest says whose kit it is and what was written, so that the next release knows its own files again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from assay.errors import AssayError
from reports.files import put_bytes

MANIFEST = "kit.json"
_RUNS = ".pyz"  # what ends so may be started by its name


def refuse_others(out: Path, assignment: str) -> None:
    """AssayError where `out` is neither new, nor empty, nor a kit of this assignment."""
    if out.is_dir() and (not any(out.iterdir()) or _written(out, assignment) is not None):
        return
    if os.path.lexists(out):
        raise AssayError(f"{out} is there already and is no kit of {assignment}; name a new folder")
    for parent in out.absolute().parents:
        if os.path.lexists(parent) and not parent.is_dir():
            raise AssayError(f"{parent} is a file, and no folder to make {out.name} in")


def place(out: Path, assignment: str, files: Mapping[str, bytes]) -> None:
    """Write the files; AssayError, and nothing written, where one of them is somebody's own by now."""
    refuse_others(out, assignment)
    manifest = {"assignment": assignment, "files": {name: _digest(files[name]) for name in sorted(files)}}
    data = (json.dumps(manifest, indent=1) + "\n").encode()
    if out.is_dir():
        _renew(out, files, _written(out, assignment) or {}, data)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    try:
        beside.chmod(0o755)
        _renew(beside, files, {}, data)
        os.rename(beside, out)
    except BaseException:
        shutil.rmtree(beside)
        raise


def _renew(out: Path, files: Mapping[str, bytes], written: Mapping[str, str], manifest: bytes) -> None:
    """Each file whole. What is cut off can be done again: the manifest speaks of what is there meanwhile."""
    ours = {name: {_digest(data)} for name, data in files.items()}
    for name, digest in written.items():
        ours.setdefault(name, set()).add(digest)
    for name, digests in ours.items():
        path = out / name
        if os.path.lexists(path) and _now(path) not in digests:
            raise AssayError(f"{path} is not as the kit had it; move it away, or name a new folder")
    if not written:
        put_bytes(out / MANIFEST, manifest)
    for name, data in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        put_bytes(out / name, data, 0o755 if name.endswith(_RUNS) else 0o644)
    for name in written:
        if name not in files:
            (out / name).unlink(missing_ok=True)
    put_bytes(out / MANIFEST, manifest)


def _now(path: Path) -> str:
    return _digest(path.read_bytes()) if path.is_file() else ""


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _written(out: Path, assignment: str) -> dict[str, str] | None:
    """What the last release wrote, with its hashes; None where there is no kit of this assignment."""
    try:
        found = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("assignment") != assignment:
        return None
    files = found.get("files")
    if not isinstance(files, dict):
        return None
    safe = (name for name in files if not Path(name).is_absolute() and ".." not in Path(name).parts)
    return {name: str(files[name]) for name in safe}
