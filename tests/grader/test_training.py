"""A part that trains, judged in sandboxes: what earns and what doesn't, and that no clock has a say in it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.intake.submission import Submission
from grader.sandbox.launch import ZygoteLauncher, open_launcher
from grader.sandbox.types import Limits
from grader.sitting import SandboxSitting
from suites import AuthoringError
from suites.accuracy import SealedTraining
from suites.calibration import Calibration, read, write
from suites.problems import Disc
from suites.seal import streams
from suites.terms import Budget, Network, Terms
from suites.training import Level, Training
from suites.training_run import Allowed
from suites.types import Finding, Verdict

AMPLE = Allowed(cpu_s=5.0, wall_s=60.0)
LIMITS = Limits(memory_bytes=256 << 20)
TRUTH = Calibration("of", (93.0, 94.5, 95.5, 94.0, 95.0), (50.0, 49.0, 51.0, 50.0, 50.5), 0.05)

RIGHT = """
import numpy as np

def features(X):
    return np.column_stack([np.ones(len(X)), X, X * X])

def fit(X, y, seed):
    return np.linalg.lstsq(features(X), 2.0 * y - 1, rcond=None)[0]

def predict(params, X):
    return (features(X) @ params > 0).astype(int)
"""
CONSTANT = """
import numpy as np

def fit(X, y, seed):
    return 0

def predict(params, X):
    return np.zeros(len(X), int)
"""
RANDOM_FEATURES = """
import numpy as np

def fit(X, y, weights, steps, seed):
    w1, b1, w2, b2 = (w.astype(float) for w in weights)
    b1 = np.random.default_rng(seed).uniform(-1, 1, b1.shape)
    h = np.column_stack([np.maximum(X @ w1 + b1, 0), np.ones(len(X))])
    solved = np.linalg.lstsq(h, np.eye(2)[y], rcond=None)[0]
    return [w1, b1, solved[:-1], solved[-1]]
"""


def some(predict: str = "", fit: str = "") -> str:
    """The right one with a body in place of another."""
    source = RIGHT + (f"\ndef fit(X, y, seed):\n    {fit}\n" if fit else "")
    return source + (f"\ndef predict(params, X):\n    {predict}\n" if predict else "")


@pytest.fixture(scope="module")
def launcher() -> Iterator[ZygoteLauncher]:
    with open_launcher("process") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "features.py").write_text(RANDOM_FEATURES)
    (tmp_path / "constant.py").write_text(CONSTANT)
    write(tmp_path, {"open": TRUTH, "closed": TRUTH})
    return tmp_path


def part(folder: Path, name: str = "open", **changes: object) -> Training:
    disc = Disc(train=300, test=400)
    network = Network((2, 40, 2), steps=10) if name == "closed" else None
    terms = Terms(disc, network, Budget(times=40.0, wall_s=10.0, numbers=1000))
    levels = (Level("half way", 4, share="1/2"), Level("target", 6))
    reference = "features.py" if name == "closed" else "right.py"
    made = Training(name, name, terms, folder, levels, reference, "constant.py")
    return replace(made, **changes)


def sealed(folder: Path, name: str = "open", **changes: object) -> SealedTraining:
    return part(folder, name, **changes).seal(streams(b"secret"))


def sitting(launcher: ZygoteLauncher, source: str, jobs: int = 1) -> SandboxSitting:
    submission = Submission("ada", "hw.py", "ada", {"hw.py": source}, "hw.py", "0" * 64)
    return SandboxSitting(launcher, submission, LIMITS, jobs)


def judged(launcher: ZygoteLauncher, source: str, training: SealedTraining) -> list[Finding]:
    return training.judge(sitting(launcher, source))


def test_a_right_one_reaches_every_level(launcher: ZygoteLauncher, folder: Path) -> None:
    training = sealed(folder)
    at = sitting(launcher, RIGHT)
    findings = training.judge(at)
    assert [f.score for f in findings] == [4, 6]
    assert [f.measurement is None for f in findings] == [True, False]
    measured = findings[-1].measurement
    assert measured.stands
    assert measured.official
    assert measured.low < measured.value < measured.high <= 100
    assert (measured.n, measured.quantity, measured.better) == (5, "accuracy", "higher")
    assert [each.name for each in measured.baselines] == ["reference", "naive"]
    assert measured.details["parameters"] == 5
    assert 0 < measured.details["cpu_s"] < measured.details["budget_cpu_s"]
    assert at.cpu_s > 0


def test_an_accuracy_depends_on_code_and_seeds_alone(launcher: ZygoteLauncher, folder: Path) -> None:
    training = sealed(folder)
    one, two = (training.runs(sitting(launcher, RIGHT, jobs), AMPLE) for jobs in (1, 2))
    assert [run.accuracy for run in one] == [run.accuracy for run in two]
    assert len({run.accuracy for run in one}) > 1
    others = part(folder).seal(streams(b"other")).runs(sitting(launcher, RIGHT), AMPLE)
    assert [run.accuracy for run in one] != [run.accuracy for run in others]
    assert training.key != part(folder).seal(streams(b"other")).key


WRONG = {
    "constant": (CONSTANT, Verdict.FAIL, "% are needed"),
    "one label for all": (some("return 1"), Verdict.FAIL, "did not return a label for each input"),
    "words": (some("return ['a'] * len(X)"), Verdict.FAIL, "did not return a label for each input"),
    "an object": (some(fit="return object()"), Verdict.FAIL, "neither arrays nor numbers"),
    "not a number": (some(fit="return float('nan')"), Verdict.FAIL, "diverged"),
    "a huge number": (some(fit="return 1 << 200"), Verdict.FAIL, "an integer of more than 64 bits"),
    "text": (some(fit="return 'x' * 1001"), Verdict.FAIL, "1,001 characters of text, 1,000 may be"),
    "a huge label": (some("return [1 << 200] * len(X)"), Verdict.FAIL, "did not return a label"),
    "too much": (some(fit="return np.zeros(1001)"), Verdict.FAIL, "1,001 numbers, 1,000 may be"),
    "raises": (some(fit="raise KeyError('x')"), Verdict.ERROR, "KeyError"),
    "no predict": (RIGHT.replace("predict", "guess"), Verdict.MISSING, "there is no function predict"),
    "leaves": (some(fit="import os; os._exit(0)"), Verdict.CRASH, "ended itself"),
    "remembers": (
        some("return np.zeros(len(X)) + KEPT[0]", "KEPT.append(y); return 0") + "\nKEPT = []\n",
        Verdict.ERROR,
        "IndexError",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_one_earns_nothing_and_reads_why(launcher: ZygoteLauncher, folder: Path, what: str) -> None:
    source, verdict, cause = WRONG[what]
    findings = judged(launcher, source, sealed(folder, runs=3))
    assert [f.score for f in findings] == [0, 0]
    assert {f.verdict for f in findings} == {verdict}
    assert cause in findings[-1].cause


def test_who_burns_time_is_ended_and_earns_nothing(launcher: ZygoteLauncher, folder: Path) -> None:
    training = sealed(
        folder, runs=1, terms=replace(part(folder).terms, budget=Budget(times=1.0, wall_s=10.0))
    )
    findings = judged(launcher, some(fit="while True: pass"), training)
    assert {f.verdict for f in findings} == {Verdict.TIMEOUT}
    assert findings[-1].measurement is None


def test_over_its_budget_an_accuracy_is_flagged_and_earns_nothing(
    launcher: ZygoteLauncher, folder: Path
) -> None:
    terms = replace(
        part(folder).terms, budget=Budget(times=0.01, wall_s=10.0)
    )  # but a second is always given
    findings = judged(launcher, RIGHT, sealed(folder, terms=terms))
    assert {f.verdict for f in findings} == {Verdict.TIMEOUT}
    assert "s are allowed" in findings[-1].cause
    measured = findings[-1].measurement
    assert measured.value > 93
    assert not measured.stands


def failing(training: SealedTraining, count: int) -> str:
    """Right, but for so many of the runs, which diverge."""
    told = [seed % (1 << 31) for seed in training.seeds[:count]]
    return RIGHT.replace(
        "    return np.linalg", f"    if seed in {told}: return float('nan')\n    return np.linalg"
    )


def test_one_run_that_fails_counts_as_guessing(launcher: ZygoteLauncher, folder: Path) -> None:
    training = sealed(folder)
    findings = judged(launcher, failing(training, 1), training)
    measured = findings[-1].measurement
    assert 80 < measured.value < 92  # four at 95 %, one at 50 %
    assert "1 of the runs failed and counts as guessing" in findings[-1].notes[1]


def test_two_of_five_that_fail_are_unstable(launcher: ZygoteLauncher, folder: Path) -> None:
    training = sealed(folder)
    findings = judged(launcher, failing(training, 2), training)
    assert {(f.verdict, f.measurement) for f in findings} == {(Verdict.FAIL, None)}
    assert "diverged" in findings[0].cause


def test_a_spread_made_on_purpose_buys_nothing(launcher: ZygoteLauncher, folder: Path) -> None:
    training = sealed(folder)
    source = failing(training, 1).replace("2.0 * y - 1", "(2.0 * y - 1) * (np.arange(len(y)) < 12)")
    assert not any(f.score for f in judged(launcher, source, training)[1:])


def test_the_closed_division_predicts_with_the_given_network(launcher: ZygoteLauncher, folder: Path) -> None:
    training = sealed(folder, "closed")
    right = judged(launcher, RANDOM_FEATURES + "\ndef predict(*all):\n    raise SystemExit\n", training)
    assert right[-1].measurement.value > 90
    other = RANDOM_FEATURES.replace("[w1, b1, solved", "[w1[:, 1:], b1[1:], solved")
    cause = judged(launcher, other, training)[-1].cause
    assert cause == "fit did not return weights of the shapes that it was given"
    huge = judged(launcher, RANDOM_FEATURES + "\ndef fit(*all):\n    return [[1 << 200]] * 4\n", training)[-1]
    assert huge.verdict is Verdict.FAIL
    assert huge.cause == "fit returned a weight that is no array of real numbers"


def test_what_is_raised_is_shown_in_a_self_check_alone(launcher: ZygoteLauncher, folder: Path) -> None:
    source = some(fit="raise ValueError(str(X[0]))")
    training = sealed(folder, runs=1)
    for official in (True, False):
        at = sitting(launcher, source)
        at.official = official
        evidence = training.judge(at)[-1].evidence
        assert "ValueError" in evidence.text
        assert evidence.public is not official
    assert judged(launcher, RIGHT, training)[-1].evidence.public


def test_nobody_is_blamed_for_a_reference_that_fails(launcher: ZygoteLauncher, folder: Path) -> None:
    (folder / "right.py").write_text("def fit(X, y, seed):\n    raise RuntimeError\n")
    findings = judged(launcher, RIGHT, sealed(folder))
    assert {f.verdict for f in findings} == {Verdict.INFRASTRUCTURE}
    assert "the reference does not train here" in findings[0].cause


def test_a_calibration_is_written_and_read_and_asked_for(folder: Path) -> None:
    assert read(folder, "open") == TRUTH
    assert TRUTH.target == pytest.approx(94.5 - 1.5 * TRUTH.sigma)
    with pytest.raises(AuthoringError, match=f"run: assay calibrate {folder.name}"):
        read(folder, "another")
    (folder / "calibration.toml").write_text("[")
    with pytest.raises(AuthoringError, match="cannot be read"):
        sealed(folder)


def test_a_self_check_asks_less(folder: Path) -> None:
    assert len(part(folder).public().seal(streams(b"x")).seeds) == 2
