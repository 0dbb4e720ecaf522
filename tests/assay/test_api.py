"""`import assay`: names that are there, and cost nothing until they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

import assay
from grader.batch import Tally

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_there() -> None:
    for name in assay.__all__:
        assert getattr(assay, name) is not None
    assert dir(assay) == assay.__all__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        assay.nonsense  # noqa: B018


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys, assay; print(sorted({'numpy', 'click', 'grader', 'suites'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_grading_from_python(tmp_path: Path) -> None:
    solution = ROOT / "assignments" / "batchnorm" / "solutions" / "closed_form.py"
    info = assay.grade("batchnorm", solution, tmp_path / "run", sandbox="process", trust=True, jobs=1)
    assert info.counts["graded"] == 1
    with assay.Store(tmp_path / "run" / "results.sqlite") as store:
        (record,) = store.latest()
    assert (record.student, record.score) == ("closed_form", info.max_score)
    with pytest.raises(assay.AssayError, match="there is nothing at"):
        assay.grade("batchnorm", tmp_path / "nowhere", tmp_path / "run")


def test_lines_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from assay import progress

    now = 0.0
    monkeypatch.setattr("assay.progress.time.monotonic", lambda: now)
    stream = io.StringIO()
    lines = progress.Lines(stream)
    lines.say("Grading")
    for done in range(10_001):
        now += 0.1
        lines.graded(Tally(done, 10_000, 0, {"graded": done}))
    told = stream.getvalue().splitlines()
    assert 15 < len(told) < 40
    assert told[-1] == "10000 of 10000: 10000 graded"
