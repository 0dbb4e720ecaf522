"""Asks a submission what a kit holds. Needs NumPy, as everything does that is imported here."""

from __future__ import annotations

import os
import pkgutil
import re
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from assay.checked import Checked, look, refuse_unknown
from assay.errors import AssayError
from assay.kit.sealed import Kit, from_bytes
from assay.launching import Launching
from grader.intake.chosen import NOTEBOOK, PYTHON, kind_of, notebook_named
from grader.intake.files import Unreadable, is_ignored
from grader.intake.submission import Submission, read_submission

SEALED = "sealed"  # a file beside this one, in the archive alone


def check(path: Path | None, parts: Sequence[str], launching: Launching) -> Checked:
    """What there is to say of a submission: the one at `path`, else the one that is here.

    AssayError for a part that there is not, and where nothing can be asked; Unreadable for what is no
    submission.
    """
    kit = _kit(parts)
    plan = kit.plan
    submission = _read(path, plan.submit)
    return look(
        plan,
        submission,
        launching.launcher(_packages(plan.packages, submission)),
        seed=kit.seed,
        again=f"The cases are those of this kit, drawn from seed {kit.seed}: the same each time.",
        hidden=sum(kit.hidden.values()),
        ungiven=tuple(kit.ungiven.values()),
        assay_version=kit.version,
    )


def _read(path: Path | None, submit: str) -> Submission:
    """The submission at `path`, else the one that is here."""
    if path is not None:
        if not os.path.lexists(path):
            raise AssayError(f"there is nothing at {path}; name a file or a folder")
        return read_submission(path.resolve(), submit)
    here = _here(submit)
    try:
        return read_submission(here.resolve(), submit)
    except Unreadable as error:
        if here.is_file():
            raise
        told = f"{error}; {Path.cwd()} was read as a whole: name your file, or go to the folder that it is in"
        raise Unreadable(told) from None


def _kit(parts: Sequence[str]) -> Kit:
    sealed = pkgutil.get_data(__package__ or "", SEALED)
    assert sealed is not None
    kit = from_bytes(sealed)
    refuse_unknown(parts, {part.name: part.title for part in kit.plan.outlines}, kit.plan.assignment)
    some = kit.only(parts)
    if not some.plan.parts:
        raise AssayError(f"{', '.join(map(repr, parts))} can be checked only when it is graded")
    return some


def _packages(listed: Sequence[str], submission: Submission) -> tuple[str, ...]:
    """Those of the assignment's packages that are here. AssayError where the submission needs another."""
    found = []
    for name in listed:
        try:
            distribution(name)
        except PackageNotFoundError:
            if any(needs(name, source) for source in submission.files.values()):
                install = f"{sys.executable} -m pip install {name}"
                raise AssayError(
                    f"your code imports {name}, which is not installed here: {install}"
                ) from None
        else:
            found.append(name)
    return tuple(found)


def needs(name: str, source: str) -> bool:
    """Whether a line of the source imports the package, other than to try.

    By its looks: a source is parsed in the student's process, where it may do harm.
    """
    line = rf"(?:[^#\n]*;)?[ \t]*(?:from[ \t]+|import[ \t]+(?:[^#;\n]*,[ \t]*)?){re.escape(name)}\b"
    found = re.finditer(rf"^([ \t]*try:[ \t]*\r?\n)?{line}", source, re.MULTILINE)
    return any(match[1] is None for match in found)


def _here(submit: str) -> Path:
    """The file that is asked for, or the notebook of its name, if it is alone here; else all that is here."""
    work = [name for name in os.listdir() if kind_of(name) in (PYTHON, NOTEBOOK) and not is_ignored(name)]
    alone = work in ([submit], [notebook_named(submit)])
    return Path(work[0]) if alone and os.path.isfile(work[0]) else Path()
