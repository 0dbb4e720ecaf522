"""The command `assay calibrate`: what reference and naive baseline reach, written beside the assignment.

It runs the author's own programs, in the sandboxes and through the frames that submissions are judged in.
"""

import secrets
import statistics
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

import assignments
from assay.errors import AssayError
from assay.grading import jobs_or_cores
from assay.launching import LEVEL
from assay.progress import SILENT, Progress
from grader.intake.submission import Submission
from grader.sandbox.launch import open_launcher
from grader.sandbox.types import Limits
from grader.sitting import SandboxSitting
from suites.calibration import Calibration, interval, write
from suites.parts import Program, Sitting
from suites.seal import streams
from suites.training import Training, training_parts
from suites.training_run import Allowed, Run, drawn, run

RUNS = 20
_SLOWEST = Allowed(cpu_s=60.0, wall_s=600.0)  # before anything is known of it


def calibrate(
    assignment: str | Path, *, runs: int = RUNS, jobs: int | None = None, progress: Progress = SILENT
) -> dict[str, Calibration]:
    """Calibrate every training part of an assignment and write the file. AssayError where there is none."""
    folder = assignments.find(assignment)
    declared = assignments.load(folder)
    parts = training_parts(declared)
    if not parts:
        raise AssayError(f"{folder.name} has no part that trains: there is nothing to calibrate")
    if runs < 3:
        raise AssayError(f"--runs is {runs}; at least 3 are needed to see a spread")
    launcher = open_launcher(LEVEL, declared.packages)
    try:
        nobody = Submission(student="", name="", slug="", content="", files={}, main="")
        limits = Limits(memory_bytes=declared.memory)
        sitting = SandboxSitting(launcher, nobody, limits, jobs_or_cores(jobs))
        found = {part.name: _of(part, sitting, runs, progress) for part in parts}
    finally:
        launcher.close()
    progress.say(f"Wrote {write(folder, found)}")
    return found


def _of(part: Training, sitting: Sitting, runs: int, progress: Progress) -> Calibration:
    stream = streams(secrets.token_bytes(32))  # of no run that anybody is graded in
    seeds = replace(part, runs=runs).seeds(stream)
    made = {}
    for what in (part.reference, part.naive):
        progress.say(f"{part.title}: {runs} runs of {what}")
        made[what] = _runs(part, part.program(what), sitting, seeds)
    reference, naive = made[part.reference], made[part.naive]
    return Calibration(
        of=part.identity,
        reference=tuple(each.accuracy or 0.0 for each in reference),
        naive=tuple(each.accuracy or 0.0 for each in naive),
        reference_cpu_s=statistics.median(each.cpu_s or 0.0 for each in reference),
    )


def _runs(part: Training, program: Program, sitting: Sitting, seeds: Sequence[int]) -> list[Run]:
    with ThreadPoolExecutor(sitting.jobs) as pool:
        made = list(pool.map(lambda seed: run(part.terms, sitting, seed, _SLOWEST, program), seeds))
    failure = next((each.failure for each in made if each.failure), None)
    if failure is not None:
        raise AssayError(f"{program.main} of the part {part.name!r} does not train: {failure.cause}")
    return made


def lines(found: Mapping[str, Calibration]) -> Iterator[str]:
    """What was found, for people."""
    for name, calibration in found.items():
        mean, low, high = interval(calibration.reference)
        yield (
            f"{name}: the reference reaches {mean:.2f} % ({low:.2f} to {high:.2f}), a run of it "
            f"{calibration.sigma:.2f} more or less, in {calibration.reference_cpu_s:.2f} s of CPU time"
        )
        yield f"  naive {calibration.naive_mean:.2f} %, target {calibration.target:.2f} %"


def practice(assignment: str | Path, out: Path, *, part: str | None = None, seed: int = 0) -> str:
    """Write a problem of a training part to a .npz file, and say what is in it."""
    folder = assignments.find(assignment)
    parts = {each.name: each for each in training_parts(assignments.load(folder))}
    if not parts:
        raise AssayError(f"{folder.name} has no part that trains, so it has no data")
    if part is not None and part not in parts:
        raise AssayError(f"{folder.name} has no part {part!r} that trains; it has: {', '.join(parts)}")
    if seed < 0:
        raise AssayError(f"--seed is {seed}; it must not be negative")
    if out.suffix != ".npz":
        raise AssayError(f"--out is {out}; name a file that ends in .npz")
    chosen = parts[part or next(iter(parts))]
    problem = drawn(chosen.terms.source, seed)
    arrays = {name: getattr(problem, name) for name in ("X", "y", "X_test", "y_test")}
    if chosen.terms.network is not None:
        arrays |= {f"weights_{i}": each for i, each in enumerate(chosen.terms.network.initial(seed))}
    try:
        with out.open("wb") as file:
            np.savez(file, **arrays)
    except OSError as error:
        raise AssayError(f"{out} cannot be written: {error.strerror}; name another file") from error
    held = ", ".join(f"{name} {each.shape}" for name, each in arrays.items())
    return f"{out} holds {held}"
