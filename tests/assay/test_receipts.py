"""`assay receipt` from end to end: a run, a script, and every mistake in one sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay import cli, receipts
from assay.errors import AssayError
from assay.grading import grade
from grader.record import Record
from grader.store import Store, read_info, write_info

ROOT = Path(__file__).parents[2]
BATCHNORM = ROOT / "assignments" / "batchnorm"
SECRET = b"what hidden cases are drawn from"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of five, graded under another limit than the assignment's."""
    folder = tmp_path_factory.mktemp("class")
    for name in ("felix_braun", "hugo_lindqvist", "kavya_rao", "ada_lovelace"):
        (folder / f"{name}.py").write_bytes((BATCHNORM / "class" / f"{name}.py").read_bytes())
    (folder / "nobody.py").write_text("x = 1\n")
    out, seed = folder / "run", folder / "secret"
    seed.write_bytes(SECRET)
    grade("batchnorm", folder, out, sandbox="process", trust=True, jobs=1, timeout=20.0, seed_file=seed)
    return out


@pytest.fixture
def seed(run: Path) -> Path:
    return run.parent / "secret"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mistake(run: Path, student: str, check: str, **options: Path) -> str:
    with pytest.raises(AssayError) as told:
        receipts.write(run, student, check, **options)
    assert list(Path.cwd().glob("*.py")) == []
    return str(told.value)


def test_a_receipt_shows_the_lost_point_to_the_student(
    run: Path, seed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["receipt", str(run), "felix_braun", "backward/dx/ordinary", "--seed-file", str(seed)]
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Receipt of 2.1 (backward/dx/ordinary): receipt-felix-braun-2.1.py"
    assert said[1] == "Run it beside the submission: python receipt-felix-braun-2.1.py batchnorm.py"
    result = json.loads((run / "results" / "felix-braun.json").read_text("utf-8"))
    test = next(test for test in result["tests"] if test["number"] == "2.1")
    assert len(said) == 2
    assert test["extra_data"]["evidence"]["public"]
    for student, code in (("felix_braun", 1), ("ada_lovelace", 0)):
        handed_in = tmp_path / "batchnorm.py"
        handed_in.write_bytes((BATCHNORM / "class" / f"{student}.py").read_bytes())
        shown = subprocess.run(
            [sys.executable, "-I", "receipt-felix-braun-2.1.py", "batchnorm.py"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert shown.returncode == code
    text = (tmp_path / "receipt-felix-braun-2.1.py").read_text("utf-8")
    assert result["extra_data"]["content"] in text
    assert test["extra_data"]["evidence"]["case"] in text


def test_the_worst_entry_is_the_one_of_the_report(run: Path, seed: Path, tmp_path: Path) -> None:
    written = receipts.write(run, "felix_braun", "2.1", out=tmp_path / "r.py", seed_file=seed)
    with Store(run / "results.sqlite", create=False) as store:
        found = store.latest_of("felix_braun")
    assert found is not None
    evidence = next(f for f in found[0].findings if f.tensor == "dx").evidence
    handed_in = BATCHNORM / "class" / "felix_braun.py"
    shown = subprocess.run(
        [sys.executable, written.path, handed_in], capture_output=True, text=True, check=False
    ).stdout
    assert f"dx{list(evidence.index or ())} is {evidence.got!r}" in shown
    assert f"right is {evidence.expected!r}" in shown


def test_a_hidden_input_is_said_to_be_given_away(
    run: Path, seed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["receipt", str(run), "kavya_rao", "7.2", "--out", "r.py", "--seed-file", str(seed)])
    assert "gives away a hidden input" in capsys.readouterr().out.splitlines()[2]
    assert "hidden until now" in Path("r.py").read_text("utf-8")


def test_a_convention_has_a_receipt(run: Path, seed: Path) -> None:
    written = receipts.write(run, "hugo_lindqvist", "forward/out/ordinary", seed_file=seed)
    assert "another convention" in written.path.read_text("utf-8")


def test_mistakes_are_told_in_a_sentence(run: Path, seed: Path, tmp_path: Path) -> None:
    assert f"Felix is not in {run}; close to it are: felix_braun" in mistake(run, "Felix", "dx")
    assert f"zz is not in {run}; its gradebook.csv lists who is" in mistake(run, "zz", "dx")
    assert "may be one of: 2.1 (backward/dx/ordinary), 2.2 " in mistake(run, "felix_braun", "dx")
    assert "ada_lovelace has lost no points" in mistake(run, "ada_lovelace", "dx")
    assert "name it again with --seed-file" in mistake(run, "felix_braun", "2.1")
    assert "no run folder" in mistake(tmp_path, "felix_braun", "2.1")
    wrong = tmp_path / "other"
    wrong.write_bytes(b"another secret of enough bytes")
    assert "is not the seed that" in mistake(run, "felix_braun", "2.1", seed_file=wrong)
    assert "what was skipped" in mistake(run, "nobody", "backward/dx/ordinary", seed_file=seed)


def test_only_an_older_receipt_is_overwritten(run: Path, seed: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept"
    out.write_text("my work\n")
    assert "is no receipt and would be overwritten" in mistake(
        run, "felix_braun", "2.1", out=out, seed_file=seed
    )
    assert out.read_text() == "my work\n"
    assert "is a folder" in mistake(run, "felix_braun", "2.1", out=tmp_path, seed_file=seed)
    nowhere = tmp_path / "no" / "r.py"
    assert "there is no folder" in mistake(run, "felix_braun", "2.1", out=nowhere, seed_file=seed)
    first = receipts.write(run, "felix_braun", "2.1", seed_file=seed).path
    before = first.read_bytes()
    assert receipts.write(run, "felix_braun", "2.1", seed_file=seed).path.read_bytes() == before


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("assignment_hash", "0", "the assignment has changed since"),
        ("assay_version", "0", "Assay has changed, from 0 to "),
        ("numpy_version", "0", "NumPy has changed, from 0 to "),
        ("question_s", 3.0, "the limits or the machine has changed since"),
    ],
)
def test_a_case_that_is_not_the_same_any_more_proves_nothing(
    run: Path, seed: Path, field: str, value: object, says: str, tmp_path: Path
) -> None:
    """The record stands under the fingerprint of what it was graded by; run.json says what that was."""
    copy = tmp_path / "run"
    copy.mkdir()
    info = read_info(run)
    assert info is not None
    write_info(copy, info.__class__(**{**vars(info), field: value, "question_s": 3.0}))
    (copy / "results.sqlite").write_bytes((run / "results.sqlite").read_bytes())
    told = mistake(copy, "felix_braun", "2.1", seed_file=seed)
    assert says in told
    assert "would show another case" in told


def test_an_assignment_of_ones_own_is_named(run: Path, seed: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    info = read_info(run)
    assert info is not None
    write_info(own, info.__class__(**{**vars(info), "assignment": "mylayer"}))
    (own / "results.sqlite").write_bytes((run / "results.sqlite").read_bytes())
    assert "is no bundled assignment; name its folder with --assignment" in mistake(own, "felix_braun", "2.1")
    assert receipts.write(own, "felix_braun", "2.1", seed_file=seed, assignment=BATCHNORM).path.exists()


def test_a_seed_in_the_run_is_found(run: Path) -> None:
    kept = run / "seed"
    kept.write_bytes(SECRET)
    try:
        assert receipts.write(run, "felix_braun", "2.1").path.exists()
    finally:
        os.unlink(kept)


def test_who_handed_in_what_cannot_be_read(run: Path, tmp_path: Path) -> None:
    info = read_info(run)
    assert info is not None
    write_info(tmp_path, info)
    with Store(run / "results.sqlite", create=False) as store:
        found = store.latest_of("felix_braun")
    assert found is not None
    blank = Record(**{**vars(found[0]), "findings": (), "student": "=cmd()\x1b[2J"})
    with Store(tmp_path / "results.sqlite") as store:
        store.add(blank, found[1])
    assert mistake(tmp_path, "=cmd()\x1b[2J", "2.1").startswith("=cmd()\\x1b[2J has lost no points")
