"""`assay bench`: what is measured of one submission, its speed and its accuracy, with intervals."""

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import assignments
from assay.errors import AssayError
from assay.grading import build_image, check_processor, choose_level, jobs_or_cores, jobs_or_gpus
from assay.progress import SILENT, Progress
from grader.intake import Submission, read_submission
from grader.sandbox.types import Housing
from reports.figures import figures, lines
from reports.text import inert
from suites.assignment import Assignment, Part
from suites.types import Finding


def bench(
    assignment: str | Path,
    submission: str | Path,
    *,
    sandbox: str = "auto",
    trust: bool = False,
    image: str | None = None,
    gpus: int = 0,
    progress: Progress = SILENT,
) -> list[Finding]:
    """The measured findings of one submission: of its special parts, then of its workloads.

    They are unofficial: this is whoever's machine it is. `image` and `gpus` are for the sandbox docker.
    Raises AssayError where the assignment measures nothing, or not here.
    """
    folder = assignments.find(assignment)
    declared = assignments.load(folder)
    special = [part.name for part in declared.parts if not isinstance(part, Part) and part.measures]
    if not special and not declared.workloads:
        raise AssayError(f"{folder.name} measures nothing: it declares no workload and no measured part")
    if not os.path.lexists(submission):
        raise AssayError(f"there is nothing at {submission}; name the file or folder of a submission")
    read = read_submission(Path(submission), declared.submit)
    housing = Housing(image or "", gpus)
    jobs = jobs_or_gpus(None, gpus) if gpus else jobs_or_cores(None)
    progress.say("Proving the sandbox")
    level = choose_level(sandbox, None, trust=trust, housing=housing, progress=progress)
    if declared.workloads:
        check_processor(folder.name, declared.timed_on, level, housing)
    build_image(level, declared.packages, housing, progress)
    found = _of_parts(folder, special, read, level, housing, jobs, progress) if special else []
    if declared.workloads:
        found += _of_workloads(declared, folder, read, level, housing, progress)
    return [_unofficial(finding) for finding in found if finding.measurement is not None]


def told(findings: Sequence[Finding]) -> Iterator[str]:
    """The findings for a terminal."""
    for figure in figures(findings):
        yield from map(inert, lines(figure))
        yield ""


def _of_parts(
    folder: Path,
    special: Sequence[str],
    submission: Submission,
    level: str,
    housing: Housing,
    jobs: int,
    progress: Progress,
) -> list[Finding]:
    from grader.plan import make_plan
    from grader.planned import PlannedPart
    from grader.sandbox.launch import open_launcher
    from grader.sitting import SandboxSitting

    plan = make_plan(folder, secrets.token_bytes(32), only=special)
    found: list[Finding] = []
    with open_launcher(level, plan.packages, housing) as launcher:
        sitting = SandboxSitting(launcher, submission, plan.limits, jobs, official=False)
        for part in plan.parts:
            if not isinstance(part, PlannedPart):
                progress.say(f"Measuring {part.name}")
                found += part.judge(sitting)
    return found


def _of_workloads(
    declared: Assignment,
    folder: Path,
    submission: Submission,
    level: str,
    housing: Housing,
    progress: Progress,
) -> list[Finding]:
    from grader.bench import Bench

    with Bench(declared, folder, level, official=False, housing=housing, tell=progress.say) as session:
        progress.say(f"Timing {inert(submission.name, 80)}")
        return session.measure(submission)


def _unofficial(finding: Finding) -> Finding:
    assert finding.measurement is not None
    return replace(finding, measurement=replace(finding.measurement, official=False))
