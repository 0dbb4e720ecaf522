"""What `assay validate` proves of parts that train: by running them, in the sandbox that a self-check uses.

Each right solution reaches every level; the starter, the naive baseline and each file of wrong/ reach none. A
run takes seconds, so these come one after the other, with all cores, and what is known is not run again.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import assignments
from assay.launching import LEVEL
from assay.progress import Steps
from assay.proving.cache import Cache, digest
from assay.proving.starter import Asked, lacking
from grader.intake import read_submission
from grader.sandbox.launch import open_launcher
from grader.sandbox.types import Launcher, Limits
from grader.sitting import SandboxSitting
from suites.accuracy import Z_ONE_SIDED
from suites.assignment import Assignment
from suites.calibration import standard_error
from suites.seal import streams
from suites.training import Training, training_parts
from suites.types import Finding, Verdict

SEED = b"assay validate training"


@dataclass
class Trained:
    """What came of it: complaints, and how many right and wrong ones did as they should."""

    calibration: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    proved_right: int = 0
    proved_wrong: int = 0


def prove_training(folder: Path, jobs: int, cache: Cache, key: str, steps: Steps | None) -> Trained:
    """Prove all training parts of an assignment. `key` says of which code and which assignment."""
    assignment = assignments.load(folder)
    parts = training_parts(assignment)
    found = Trained()
    for part in parts:
        found.calibration += calibrated(part)
    found.calibration += starter_functions(folder, assignment, parts)
    right = assignments.solutions(folder)
    wrong = [folder / "starter" / assignment.submit, *_files(folder / "wrong")]
    wrong += sorted({folder / part.naive for part in parts})
    if not right:
        found.right.append("there is no solution in solutions/")
    if steps is not None:
        steps.begin(f"Training {len(right) + len(wrong)} students", len(right) + len(wrong))
    with _Judge(assignment, parts, jobs) as judge:
        for file in [*right, *wrong]:
            said = _known(judge, file, file in right, cache, f"{key} {file.name} {file.read_bytes()!r}")
            (found.right if file in right else found.wrong).extend(said)
            found.proved_right += file in right and not said
            found.proved_wrong += file not in right and not said
            if steps is not None:
                steps.step()
    return found


def _known(judge: "_Judge", file: Path, right: bool, cache: Cache, key: str) -> list[str]:
    hashed = digest("training", key)
    said: list[str] | None = cache.get(hashed)
    if said is None:
        said = list(_complaints(judge.findings(file), file.stem, right))
        cache.put(hashed, said)
    return said


def calibrated(part: Training) -> Iterator[str]:
    """What is wrong with a part's calibration."""
    calibration = part.seal(streams(SEED)).calibration
    if calibration.of != part.identity:
        yield f"{part.name} has changed since it was calibrated: run assay calibrate {part.folder.name}"
    error = standard_error(calibration.naive) * (len(calibration.naive) / part.runs) ** 0.5
    for level in part.levels:
        needed = level.sealed(calibration).needed
        if calibration.naive_mean + 2 * Z_ONE_SIDED * error >= needed:
            yield f"{part.name}: the naive baseline may reach the level {level.name!r} by luck"
        if statistics.median(calibration.reference) < needed:
            yield f"{part.name}: the reference does not reach the level {level.name!r}"


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.py"))


def starter_functions(folder: Path, assignment: Assignment, parts: Sequence[Training]) -> list[str]:
    """Whether the starter has the functions that are asked, with their arguments."""
    file = folder / "starter" / assignment.submit
    if not file.is_file():
        return [f"there is no starter/{assignment.submit}"]
    asked = [Asked(*function) for part in parts for function in part.terms.functions.items()]
    return list(lacking(file.read_text(encoding="utf-8"), assignment.submit, asked))


def _complaints(findings: Sequence[Finding], who: str, right: bool) -> Iterator[str]:
    for f in findings:
        if f.verdict is Verdict.INFRASTRUCTURE:
            yield f"{who}, {f.part}: {f.cause}"
        elif right and f.score < f.points:
            yield f"{who}, {f.part}/{f.tensor}: {f.verdict}, {f.cause}"
        elif not right and f.score:
            yield f"{who} earns {float(f.score):g} of {f.part}/{f.tensor}"


class _Judge:
    """Judges files of the assignment. Its launcher is opened for the first one."""

    def __init__(self, assignment: Assignment, parts: Sequence[Training], jobs: int) -> None:
        self._assignment, self._jobs, self._submit = assignment, jobs, assignment.submit
        self._sealed = [part.seal(streams(SEED)) for part in parts]
        self._launcher: Launcher | None = None

    def __enter__(self) -> "_Judge":
        return self

    def __exit__(self, *_: object) -> None:
        if self._launcher is not None:
            self._launcher.close()

    def findings(self, file: Path) -> list[Finding]:
        """All findings of the training parts."""
        launcher = self._launcher or open_launcher(LEVEL, self._assignment.packages)
        self._launcher = launcher
        submission = read_submission(file, self._submit)
        limits = Limits(memory_bytes=self._assignment.memory)
        sitting = SandboxSitting(launcher, submission, limits, self._jobs)
        return [finding for part in self._sealed for finding in part.judge(sitting)]
