"""What `assay validate` says of workloads: of one that holds, and of the same with something wrong in it."""

from pathlib import Path

import pytest

from assay.proving import workloads
from assay.proving.proof import Check
from assay.proving.prove import workload_checks

ASSIGNMENT = '''
"""Something to compute for a while."""

import numpy as np

from suites import Assignment, Op, Part, Workload, agreement, regime


def waves(x):
    for _ in range(8):
        x = np.sin(x + 1)
    return x


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=3)}


op = Op(forward="waves", oracle=waves, args=("x",), regimes=(numbers,))
assignment = Assignment(
    title="Waves",
    submit="waves.py",
    parts=(Part("waves", op, (agreement(out=1),)),),
    workloads=(Workload(
        "long", op, lambda rng, n: {"x": rng.normal(size=n)}, size=60_000, depth=8, flops=lambda n: 16.0 * n,
        reference="solutions/loop.py", naive="solutions/rows.py",
    ),),
)
'''
LOOP = (
    "import numpy as np\n\n\ndef waves(x):\n    for _ in range(8):\n        x = np.sin(x + 1)\n    return x\n"
)
FILES = {
    "assignment.py": ASSIGNMENT,
    "handout.md": "Waves.\n",
    "solutions/loop.py": LOOP,
    "solutions/rows.py": LOOP,
    "solutions/off.py": LOOP.replace("return x", "return x * 1.001"),
    "solutions/raises.py": LOOP.replace("return x", "raise KeyError"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "waves"
    for name, text in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    return made


def proved(folder: Path) -> Check:
    (check,) = workload_checks(folder, None, folder.parent / "cache" / "proof.jsonl")
    return check


def test_a_workload_that_holds_is_run_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = proved(folder)
    assert not found.short
    assert found.proved == 1
    with monkeypatch.context() as patch:
        patch.setattr(
            "assay.proving.workloads.open_launcher", lambda *arguments: pytest.fail("it runs again")
        )
        assert proved(folder) == Check("workloads", 1, ())
    (folder / "solutions" / "rows.py").write_text(FILES["solutions/off.py"], encoding="utf-8")
    assert proved(folder).proved == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("loop.py", "off.py", "it is no reference; name a right solution"),
        ("loop.py", "raises.py", "long: solutions/raises.py cannot be timed: error, raised KeyError"),
        ("rows.py", "off.py", ": whoever is compared with is right"),
        ("rows.py", "raises.py", "long: solutions/raises.py cannot be timed: error, raised KeyError"),
        ("rows.py", "none.py", "long: there is no solutions/none.py"),
        ("size=60_000, depth=8", "size=4, depth=1", "needs 2; give it a larger size or depth"),
    ],
)
def test_what_is_wrong_with_a_workload_is_told(folder: Path, old: str, new: str, says: str) -> None:
    (folder / "assignment.py").write_text(ASSIGNMENT.replace(old, new), encoding="utf-8")
    check = proved(folder)
    assert check.proved == 0
    (said,) = check.short
    assert says in said


def test_what_is_for_a_gpu_is_proved_in_a_few_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it runs: how fast it is there nobody asks."""
    pytest.importorskip("torch", reason="torch is not installed")
    declared = (
        ASSIGNMENT.replace(
            "def waves(x):\n    for _ in range(8)", "def waves(x, steps):\n    for _ in range(steps)"
        )
        .replace('args=("x",)', 'args=("x", "steps")')
        .replace('{"x": rng.normal(size=3)}', '{"x": rng.normal(size=3), "steps": 2}')
        .replace("depth=8,", 'steps="steps", on="cuda",')
        .replace(', naive="solutions/rows.py"', "")
    )
    source = LOOP.replace("waves(x)", "waves(x, steps)").replace("range(8)", "range(steps)")
    (folder / "assignment.py").write_text(declared, encoding="utf-8")
    (folder / "solutions/loop.py").write_text(source, encoding="utf-8")
    assert not proved(folder).short
    (folder / "solutions/loop.py").write_text(source.replace("x + 1)", "x + 1.01)"), encoding="utf-8")
    assert "long: solutions/loop.py is off by" in proved(folder).short[0]
    monkeypatch.setattr(workloads, "_has_torch", lambda: False)
    assert (proved(folder).proved, proved(folder).short) == (0, ())  # nobody looked, so nothing is said


def test_an_assignment_without_workloads_has_no_such_check(folder: Path) -> None:
    plain = ASSIGNMENT[: ASSIGNMENT.index("    workloads=")] + ")\n"
    (folder / "assignment.py").write_text(plain, encoding="utf-8")
    assert workload_checks(folder, None, folder.parent / "cache" / "proof.jsonl") == []
