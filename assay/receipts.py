"""Receipts: a finding of a run, its case drawn once more, and the script that shows it.

The cases are drawn again from the run's seed. Only where all come out as they were, by the fingerprint of the
plan, is a receipt written: one of another case would prove nothing.
"""

from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import assignments
from assay.errors import AssayError
from assay.grading import sealed
from assay.lost import meant
from assay.progress import SILENT, Progress
from assay.runs import info_of, near, seed_of
from assay.shown import receipt_of, refuse_unshown
from grader.record import Record, RunInfo
from grader.store import Store
from reports.files import put
from reports.receipt import MARK, script
from reports.text import inert

if TYPE_CHECKING:
    from grader.planned import Plan


@dataclass(frozen=True)
class Written:
    """A receipt that was written."""

    path: Path
    what: str  # the finding, in words
    submit: str
    public: bool


def write(
    run: Path,
    student: str,
    check: str,
    *,
    out: Path | None = None,
    assignment: Path | None = None,
    seed_file: Path | None = None,
    progress: Progress = SILENT,
) -> Written:
    """Write the receipt of a finding of a student's latest record. Raises AssayError where there is none."""
    info = info_of(run)
    record, fingerprint = _latest(run, student)
    lost = meant(info, record, check)
    refuse_unshown(lost.finding)
    folder = assignments.find(assignment or _bundled(info))
    path = _free(out or Path(f"receipt-{record.slug}-{lost.number}.py"))
    progress.say("Sealing the assignment")
    plan = _sealed_again(run, info, fingerprint, folder, seed_of(run, info, seed_file))
    made = receipt_of(plan, assignments.load(folder), lost, info.tells)
    put(path, script(replace(made, name=path.name, content=record.content)))
    return Written(path, lost.said, plan.submit, made.case.public)


def _latest(run: Path, student: str) -> tuple[Record, str]:
    with Store(run / "results.sqlite", create=False) as store:
        found = store.latest_of(student)
        if found is None:
            raise AssayError(f"{inert(student, 80)} is not in {run}; {near(student, store.slugs())}")
    return found


def _bundled(info: RunInfo) -> Path:
    folder = dict(assignments.bundled()).get(info.assignment)
    if folder is None:
        raise AssayError(f"{info.assignment} is no bundled assignment; name its folder with --assignment")
    return folder


def _sealed_again(run: Path, info: RunInfo, fingerprint: str, folder: Path, seed: bytes) -> "Plan":
    """The plan that the record was graded by. AssayError where it cannot be had any more."""
    plan = sealed(folder, seed, info.question_s or None, info.memory_bytes or None)
    if plan.fingerprint != fingerprint:
        raise AssayError(
            f"a receipt would show another case than {run} was graded on: {_changed(plan, info)} since; "
            "grade it again, or use what it was graded with"
        )
    return plan


def _changed(plan: "Plan", info: RunInfo) -> str:
    if plan.assignment_hash != info.assignment_hash:
        return "the assignment has changed"
    if version("assay") != info.assay_version:
        return f"Assay has changed, from {info.assay_version} to {version('assay')},"
    if version("numpy") != info.numpy_version:
        return f"NumPy has changed, from {info.numpy_version} to {version('numpy')},"
    return "the assignment, Assay, the limits or the machine has changed"


def _free(path: Path) -> Path:
    """A path that holds nothing, or an older receipt."""
    if path.is_dir():
        raise AssayError(f"{path} is a folder; name a file for the receipt")
    if not path.parent.is_dir():
        raise AssayError(f"there is no folder {path.parent}; make it, or name another file for the receipt")
    if path.exists():
        with open(path, "rb") as file:
            if file.read(len(MARK)) != MARK.encode():
                raise AssayError(f"{path} is no receipt and would be overwritten; name another file")
    return path
