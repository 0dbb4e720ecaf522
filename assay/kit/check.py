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
from grader.intake.chosen import notebook_named
from grader.intake.submission import Submission, read_submission

SEALED = "sealed"  # a file beside this one, in the archive alone


def check(path: Path | None, parts: Sequence[str], launching: Launching) -> Checked:
    """What there is to say of a submission: the one at `path`, else the one that is here.

    AssayError for a part that there is not, and where nothing can be asked; Unreadable for what is no
    submission.
    """
    kit = _kit(parts)
    plan = kit.plan
    path = _here(plan.submit) if path is None else path
    if not os.path.lexists(path):
        raise AssayError(f"there is nothing at {path}; name a file or a folder")
    submission = read_submission(path.resolve(), plan.submit)
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
            imports = re.compile(rf"^\s*(?:import|from)\s+{re.escape(name)}\b", re.MULTILINE)
            if any(map(imports.search, submission.files.values())):
                install = f"{sys.executable} -m pip install {name}"
                raise AssayError(
                    f"your code imports {name}, which is not installed here: {install}"
                ) from None
        else:
            found.append(name)
    return tuple(found)


def _here(submit: str) -> Path:
    """The file that is asked for or a notebook of its name, if it is alone here; else all that is here."""
    alone = len(list(Path().glob("*.py"))) < 2
    for name in (submit, notebook_named(submit)):
        if alone and Path(name).is_file():
            return Path(name)
    return Path()
