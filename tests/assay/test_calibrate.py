"""A small assignment that trains: calibrated, proved, and found out where something is wrong with it."""

from pathlib import Path

import numpy as np
import pytest

import assignments
from assay import calibrate
from assay.errors import AssayError
from assay.proving.proof import Proof
from assay.proving.prove import prove
from suites.calibration import read
from suites.handout import refresh

DECLARATION = """
from pathlib import Path

from suites import Assignment
from suites.problems import Disc
from suites.terms import Budget, Terms
from suites.training import Level, Training

assignment = Assignment(
    title="Small",
    submit="small.py",
    parts=(
        Training(
            "disc",
            "A disc",
            Terms(Disc(train=300, test=300), budget=Budget(times=50.0)),
            Path(__file__).parent,
            levels=(Level("half way", 1, share="1/2"),),
            reference="solutions/squares.py", naive="naive/constant.py", runs=2,
        ),
    ),
)
"""
RIGHT = """
import numpy as np

def features(X):
    return np.column_stack([np.ones(len(X)), X, X * X])

def fit(X, y, seed):
    return np.linalg.lstsq(features(X), 2.0 * y - 1, rcond=None)[0]

def predict(params, X):
    return features(X) @ params > 0
"""
CONSTANT = """
import numpy as np

def fit(X, y, seed):
    return 0

def predict(params, X):
    return np.zeros(len(X))
"""
STARTER = """
def fit(X, y, seed):
    raise NotImplementedError

def predict(params, X):
    raise NotImplementedError
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {
        "assignment.py": DECLARATION,
        "starter/small.py": STARTER,
        "solutions/squares.py": RIGHT,
        "naive/constant.py": CONSTANT,
        "wrong/zero.py": CONSTANT,
        "handout.md": "".join(f"<!-- generated: {t} -->\n<!-- end -->\n" for t in ("points", "training")),
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def proved(folder: Path) -> tuple[Proof, dict[str, tuple[str, ...]]]:
    proof = prove(folder, jobs=1, seeds=1, place=folder / "cache" / "proof.jsonl")
    return proof, {check.name: check.short for check in proof.checks if check.short}


def test_a_training_assignment_is_calibrated_and_proved(folder: Path) -> None:
    calibrate.calibrate(folder, runs=3, jobs=1)
    found = read(folder, "disc")
    assert len(found.reference) == len(found.naive) == 3
    assert min(found.reference) > 85 > max(found.naive)
    handout = folder / "handout.md"
    handout.write_text(refresh(handout.read_text("utf-8"), assignments.load(folder)), encoding="utf-8")
    proof, short = proved(folder)
    assert proof.holds, short
    assert [check.name for check in proof.checks] == ["declaration", "calibration", "trained", "untrained"]
    (folder / "wrong" / "zero.py").write_text(RIGHT, encoding="utf-8")
    (folder / "solutions" / "squares.py").write_text(RIGHT + "\n# changed\n", encoding="utf-8")
    _, short = proved(folder)
    assert "has changed since it was calibrated" in short["calibration"][0]
    assert short["untrained"] == ("zero earns 1 of disc/half way",)


def test_practice_data_are_written_and_read(folder: Path, tmp_path: Path) -> None:
    told = calibrate.practice(folder, tmp_path / "practice.npz", seed=3)
    assert "X (300, 2)" in told
    with np.load(tmp_path / "practice.npz") as file:
        assert sorted(file) == ["X", "X_test", "y", "y_test"]


@pytest.mark.parametrize(
    ("name", "out", "part", "said"),
    [
        ("batchnorm", "x.npz", None, "has no part that trains"),
        ("train_mlp", "x.csv", None, "ends in .npz"),
        ("train_mlp", "x.npz", "opened", "it has: closed, open"),
        ("train_mlp", "nowhere/x.npz", None, "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str, out: str, part: str, said: str) -> None:
    with pytest.raises(AssayError, match=said):
        calibrate.practice(name, tmp_path / out, part=part)
    with pytest.raises(AssayError, match="must not be negative" if name == "train_mlp" else said):
        calibrate.practice(name, tmp_path / "x.npz", seed=-1)
    if name == "batchnorm":
        with pytest.raises(AssayError, match="nothing to calibrate"):
            calibrate.calibrate(name)
