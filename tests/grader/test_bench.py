"""Timing a class, from its store to its store: what is right is timed, once a content, in sandboxes."""

from __future__ import annotations

import math
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

import assignments
from grader import alone
from grader.batch import run_batch
from grader.bench import Bench, Source
from grader.bench_class import TimedClass
from grader.intake import discover
from grader.plan import make_plan
from grader.record import Record
from grader.sandbox.launch import ZygoteLauncher
from grader.sandbox.levels import Level
from grader.sandbox.selftest import strongest
from grader.store import Store
from suites import AuthoringError
from suites.ratio import Estimate
from suites.speed import CHECK, OVERALL
from suites.types import Verdict
from suites.yardstick import Calibration, Protocol

SHORT = Protocol(pairs=2, launches=2, most_launches=2, warm_ups=1, most_pipe=1.0, widest=math.inf)

ASSIGNMENT = '''
"""A product, timed."""

from suites import Assignment, Op, Part, Workload, agreement, regime


def product(x, w):
    return x @ w


@regime(public=True)
def numbers(rng):
    """Two matrices."""
    return {"x": rng.normal(size=(3, 4)), "w": rng.normal(size=(4, 2))}


def square(rng, n):
    return {"x": rng.normal(size=(n, n)), "w": rng.normal(size=(n, n)) / n**0.5}


op = Op(forward="product", oracle=product, args=("x", "w"), regimes=(numbers,))
assignment = Assignment(
    title="A product",
    submit="product.py",
    parts=(Part("product", op, (agreement(out=1),)),),
    workloads=(Workload(
        "powers", op, square, size=256, depth=4, flops=lambda n: 2.0 * n**3,
        reference="solutions/at.py", naive="solutions/rows.py", torch="peers/torch.py",
    ),),
)
'''
RIGHT = "def product(x, w):\n    return x @ w\n"
ROWS = "import numpy as np\n\n\ndef product(x, w):\n    return np.array([row @ w for row in x])\n"
TORCH = "import torch\n\n\ndef product(x, w):\n    return (torch.as_tensor(x) @ torch.as_tensor(w)).numpy()\n"
WRONG = "def product(x, w):\n    return x @ w + 1\n"


@pytest.fixture(autouse=True)
def _a_lock_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "powers"
    for name, text in {
        "assignment.py": ASSIGNMENT,
        "handout.md": "A product.\n",
        "solutions/at.py": RIGHT,
        "solutions/rows.py": ROWS,
        "peers/torch.py": TORCH,
    }.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    return made


def test_what_is_right_is_timed_once_a_content_and_only_once(folder: Path, tmp_path: Path) -> None:
    class_ = tmp_path / "class"
    class_.mkdir()
    for name, text in {"ada": RIGHT, "bob": RIGHT, "cleo": ROWS, "dan": WRONG}.items():
        (class_ / f"{name}.py").write_text(text, encoding="utf-8")
    level = strongest().level
    declared, plan = assignments.load(folder), make_plan(folder, b"a secret of the test")
    found = discover(class_, declared.submit)
    run = tmp_path / "run"
    run.mkdir()
    run_batch(found, plan, run, level=level.name, jobs=1)
    told: list[str] = []
    with (
        Store(run / "results.sqlite", create=False) as store,
        Bench(declared, folder, level.name, official=True, protocol=SHORT, tell=told.append) as session,
    ):
        timed = TimedClass(declared, plan, store, found)
        assert timed.waiting == 2
        timed.run(session, lambda tally: told.append(f"{tally.done} of {tally.total}"))
        records = {record.student: record for record in store.latest()}
        assert TimedClass(declared, plan, store, found).waiting == 0
    assert told[-1] == "2 of 2"
    assert _speeds(records["ada"]) == _speeds(records["bob"])
    assert not _speeds(records["dan"])
    assert [finding.tensor for finding in _speeds(records["cleo"])] == ["powers", OVERALL]
    for name in ("ada", "cleo"):
        first = _speeds(records[name])[0]
        assert first.verdict is Verdict.PASS, first.cause
        measurement = first.measurement
        assert measurement is not None
        assert measurement.official
        assert {row.name for row in measurement.baselines} >= {"reference", "naive loops"}
        assert measurement.details["memory_bytes"] > 1 << 20
        assert 0 < measurement.details["flops_per_s"] < 2 * measurement.details["peak_flops_per_s"]
        assert records[name].score == records[name].max_score  # speed costs and earns nothing


def _speeds(record: Record) -> list:  # type: ignore[type-arg]
    return [finding for finding in record.findings if finding.check == CHECK]


def test_the_floor_is_of_several_comparisons(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = assignments.load(folder)
    (workload,) = declared.workloads
    thetas = iter([0.0, 0.03, -0.03])
    monkeypatch.setattr("grader.bench.compare", lambda *arguments: None)
    monkeypatch.setattr("grader.bench.estimated", lambda *arguments: Estimate(next(thetas), -1.0, 1.0))
    bench = Bench(declared, folder, "process", official=False)
    source = Source(None, {}, "", bench.limits)  # type: ignore[arg-type] - nothing is opened
    assert bench._floor(workload, source, Calibration(1.0, 0.0, 1)) == pytest.approx(0.03 * math.sqrt(2 / 3))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("solutions/at.py", "solutions/none.py"), "there is no such file"),
        (lambda text: text.replace("size=256, depth=4", "size=4, depth=1"), "needs 2"),
        (
            lambda text: text.replace('reference="solutions/at.py"', 'reference="solutions/off.py"'),
            "is off by",
        ),
        (
            lambda text: text.replace('reference="solutions/at.py"', 'reference="solutions/raises.py"'),
            r"workload 'powers': solutions/raises.py cannot be timed: error, .*KeyError",
        ),
        (
            lambda text: text.replace("solutions/rows.py", "solutions/raises.py"),
            "workload 'powers': the row naive loops cannot be timed: error, .*KeyError",
        ),
        (
            lambda text: text.replace("solutions/rows.py", "solutions/off.py"),
            "workload 'powers': the row naive loops cannot be timed: fail, an answer is wrong",
        ),
    ],
)
def test_an_author_is_told_what_cannot_be_timed(
    folder: Path, change: Callable[[str], str], says: str
) -> None:
    (folder / "assignment.py").write_text(change(ASSIGNMENT), encoding="utf-8")
    (folder / "solutions" / "off.py").write_text(WRONG, encoding="utf-8")
    (folder / "solutions" / "raises.py").write_text("def product(x, w):\n    raise KeyError\n", "utf-8")
    level = strongest().level.name
    with (
        pytest.raises(AuthoringError, match=says),
        Bench(assignments.load(folder), folder, level, official=True, protocol=SHORT),
    ):
        pass


def test_an_author_is_told_of_a_file_that_is_not_utf8(folder: Path) -> None:
    (folder / "solutions" / "off.py").write_bytes(b"# caf\xe9\n")
    bench = Bench(assignments.load(folder), folder, "process", official=False)
    with (
        ZygoteLauncher(Level.process) as launcher,
        pytest.raises(AuthoringError, match=r"off.py is not UTF-8"),
    ):
        bench._file("solutions/off.py", launcher)


def test_who_measures_waits_for_who_measures_already(tmp_path: Path) -> None:
    program = (
        "import sys; from grader.alone import alone\n"
        "with alone(lambda text: print('waiting', flush=True)): print('measuring', flush=True)"
    )
    with alone.alone():
        other = subprocess.Popen(
            (sys.executable, "-c", program),
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
        )
        assert other.stdout is not None
        assert other.stdout.readline() == b"waiting\n"
    assert other.communicate()[0] == b"measuring\n"


def test_who_keeps_files_to_himself_shares_the_lock(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with alone.alone():
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "assay-measures.lock").stat().st_mode) == 0o444


def test_a_lock_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assay-measures.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="assay-measures"), alone.alone():
        pass
