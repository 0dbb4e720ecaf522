"""The assignments that train: declared whole, calibrated; a run of each right one and of each wrong one."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

import assignments
from assay.proving.training import calibrated, starter_functions
from grader.intake import read_submission
from grader.plan import make_plan
from grader.sandbox.launch import ZygoteLauncher, open_launcher
from grader.sandbox.types import Limits
from grader.sitting import SandboxSitting
from suites.accuracy import SealedTraining
from suites.handout import refresh
from suites.seal import streams
from suites.training import Training
from suites.training_run import Allowed
from suites.types import Finding

NAMES = ("train_mlp", "train_cnn", "deep_disc")
FOLDERS = {name: assignments.find(name) for name in NAMES}
WRONG = [(name, file) for name in NAMES for file in sorted((FOLDERS[name] / "wrong").glob("*.py"))]
RIGHT = [
    (name, file)
    for name in NAMES
    for file in sorted((FOLDERS[name] / "solutions").glob("*.py"))
    if file.stem != "in_torch"
]
LUCK = 4.0  # standard deviations of a run
ALLOWED_S = 30.0  # of CPU time, whatever else this machine does: budgets are tested elsewhere


@pytest.fixture(scope="module")
def launcher() -> Iterator[ZygoteLauncher]:
    with open_launcher("process") as opened:
        yield opened


def parts(name: str) -> list[SealedTraining]:
    """The training parts with a single run each."""
    declared = assignments.load(FOLDERS[name]).parts
    return [replace(part, runs=1).seal(streams(b"test")) for part in declared if isinstance(part, Training)]


def judged(launcher: ZygoteLauncher, name: str, file: Path, cpu_s: float = ALLOWED_S) -> list[Finding]:
    assignment = assignments.load(FOLDERS[name])
    submission = read_submission(file, assignment.submit)
    sitting = SandboxSitting(launcher, submission, Limits(memory_bytes=assignment.memory))
    return [
        f
        for part in parts(name)
        for f in part.found(part.runs(sitting, Allowed(cpu_s, 10 * cpu_s)), cpu_s, sitting)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_declared_whole_and_calibrated_freshly(name: str) -> None:
    folder = FOLDERS[name]
    assignment = assignments.load(folder)
    text = (folder / "handout.md").read_text(encoding="utf-8")
    assert refresh(text, assignment) == text
    training = [part for part in assignment.parts if isinstance(part, Training)]
    assert not [sentence for part in training for sentence in calibrated(part)]
    assert not starter_functions(folder, assignment, training)


@pytest.mark.parametrize("name", NAMES)
def test_the_handout_says_how_many_steps_there_are_and_how_long_predicting_may_take(name: str) -> None:
    text = (FOLDERS[name] / "handout.md").read_text(encoding="utf-8")
    for part in parts(name):
        network, budget = part.terms.network, part.terms.budget
        if network is not None:
            assert f"{network.steps:,} in every run" in text
        else:
            assert f"{budget.predict_s:g} seconds of CPU time for the {part.terms.source.test:,}" in text


def test_the_points_are_those_of_the_other_assignments() -> None:
    assert [make_plan(FOLDERS[name], b"test").max_score for name in NAMES] == [20, 15, 10]


def reach(findings: list[Finding], name: str) -> None:
    """A single run: the lower levels are reached, and the last is not further than luck can throw a run."""
    for part in parts(name):
        *lower, last = [f for f in findings if f.part == part.name]
        assert all(f.score == f.points for f in lower), lower[0].cause
        assert last.measurement is not None, last.cause
        assert last.measurement.value > part.levels[-1].needed - LUCK * part.calibration.sigma


@pytest.mark.parametrize(("name", "file"), RIGHT, ids=lambda each: getattr(each, "stem", each))
def test_a_right_one_reaches_every_level(launcher: ZygoteLauncher, name: str, file: Path) -> None:
    reach(judged(launcher, name, file), name)


@pytest.mark.skipif(not find_spec("torch"), reason="needs PyTorch")
def test_a_right_one_in_torch_reaches_every_level() -> None:
    with open_launcher("process", ("numpy", "torch")) as launcher:
        findings = judged(launcher, "train_cnn", FOLDERS["train_cnn"] / "solutions" / "in_torch.py")
    reach(findings, "train_cnn")


@pytest.mark.parametrize(("name", "file"), WRONG, ids=lambda each: getattr(each, "stem", each))
def test_a_wrong_one_earns_nothing(launcher: ZygoteLauncher, name: str, file: Path) -> None:
    cpu_s = 1.0 if file.stem == "over_budget" else ALLOWED_S
    assert not any(f.score for f in judged(launcher, name, file, cpu_s))


@pytest.mark.parametrize("name", NAMES)
def test_the_starter_earns_nothing(launcher: ZygoteLauncher, name: str) -> None:
    file = FOLDERS[name] / "starter" / assignments.load(FOLDERS[name]).submit
    findings = judged(launcher, name, file)
    assert not any(f.score for f in findings)
    assert {f.verdict.value for f in findings} == {"error"}
