"""`assay release`: what is in the folder, the same each time; or one sentence, and nothing made."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import assignments
from assay import cli
from assay.errors import AssayError
from assay.kit.release import release
from assay.new import make
from tests.assay.kit.conftest import Build, Run

ROOT = Path(__file__).parents[3]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_the_command_says_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["release", "mlp", "--out", str(tmp_path / "kit")])
    assert ended.value.code == 0
    made, asks, later = capsys.readouterr().out.splitlines()
    assert made == f"Made {tmp_path / 'kit'}: README.txt, check.pyz, handout.md, mlp.py"
    assert asks.endswith("asks 9 public cases of 7 parts, drawn from seed 0.")
    assert later == "24 kinds of input are checked only when graded."


def test_what_is_in_it(kit: Build) -> None:
    folder = kit("batchnorm")
    found = contents(folder)
    assert set(found) == {"README.txt", "batchnorm.py", "check.pyz", "handout.md", "kit.json"}
    home = assignments.find("batchnorm")
    assert found["handout.md"] == (home / "handout.md").read_bytes()
    assert found["batchnorm.py"] == (home / "starter" / "batchnorm.py").read_bytes()
    readme = found["README.txt"].decode()
    assert "    python check.pyz\n" in readme
    assert "Python 3.9 or newer, which may be called `python3`" in " ".join(readme.split())
    assert "15 kinds of input are checked only when graded." in readme
    assert stat.S_IMODE((folder / "check.pyz").stat().st_mode) == 0o755
    assert len(found["check.pyz"]) < 700 << 10


def test_the_same_assignment_makes_the_same_bytes(kit: Build, tmp_path: Path) -> None:
    for hash_seed in "12":
        command = [sys.executable, "-m", "assay", "release", "mlp", "--out", tmp_path / hash_seed]
        variables = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": str(ROOT),
            "TZ": f"UTC{hash_seed}",
        }
        subprocess.run(command, env=variables, check=True, capture_output=True)
        assert contents(tmp_path / hash_seed) == contents(kit("mlp"))


def test_another_seed_asks_other_cases(kit: Build, tmp_path: Path) -> None:
    list(release("mlp", tmp_path / "kit", seed=1))
    ours, other = contents(tmp_path / "kit"), contents(kit("mlp"))
    assert {name for name in ours if ours[name] != other[name]} == {"check.pyz", "kit.json"}


def test_what_needs_code_of_the_author_s_is_only_graded(tmp_path: Path) -> None:
    said = list(release("gradcheck", tmp_path / "kit"))
    assert set(contents(tmp_path / "kit")) == {"README.txt", "gradcheck.py", "handout.md", "kit.json"}
    assert said[1].startswith("There is no check.pyz: ")
    assert said[2].endswith('the part "The test of a comparison" are checked only when graded.')
    readme = (tmp_path / "kit" / "README.txt").read_text()
    assert "python check.pyz" not in readme
    assert "There is no check.pyz" in readme
    assert "need Assay to be installed" in " ".join(readme.split())  # which does check it


def test_a_part_that_is_only_graded_stands_beside_those_that_are_checked(
    new: Path, tmp_path: Path, run: Run
) -> None:
    declaration = new / "assignment.py"
    text = declaration.read_text("utf-8")
    (new / "subjects.py").write_bytes((assignments.find("gradcheck") / "subjects.py").read_bytes())
    text = text.replace(
        "from . import", "from suites import OwnTests\n\nfrom . import subjects\nfrom . import", 1
    )
    own = 'OwnTests("own", "test", subjects, 2, answers="raises", title="A test of yours"),\n    '
    declaration.write_text(text.replace("parts=(", f"parts=(\n        {own}", 1), "utf-8")
    said = list(release(str(new), tmp_path / "kit"))
    assert said[-1].endswith('the part "A test of yours" are checked only when graded.')
    right = sorted((new / "solutions").glob("*.py"))[0]
    ended = run(tmp_path / "kit", right)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "A test of yours" in ended.stdout
    assert "when graded\n" in ended.stdout
    alone = run(tmp_path / "kit", right, "--part", "own")
    assert (alone.returncode, alone.stderr) == (2, "assay: 'own' can be checked only when it is graded\n")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """An assignment of one's own."""
    list(make("layer", tmp_path / "layer"))
    return tmp_path / "layer"


def test_one_s_own_assignment_works_in_a_kit(new: Path, tmp_path: Path, run: Run) -> None:
    (new / "starter" / "data").mkdir()
    (new / "starter" / "data" / "more.csv").write_text("1,2\n")
    (new / "starter" / "__pycache__").mkdir()
    (new / "starter" / "__pycache__" / "layer.pyc").write_bytes(b"")
    list(release(str(new), tmp_path / "kit"))
    assert set(contents(tmp_path / "kit")) == {
        "README.txt",
        "check.pyz",
        "data/more.csv",
        "handout.md",
        "kit.json",
        "layer.py",
    }
    for solution in (new / "solutions").glob("*.py"):
        assert run(tmp_path / "kit", solution).returncode == 0
    assert run(tmp_path / "kit", folder=tmp_path / "kit").returncode == 1  # the starter


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda new: (new / "handout.md").unlink(), r"there is no .*handout\.md to hand out; write one"),
        (lambda new: (new / "starter" / "layer.py").unlink(), "starter holds no file for students"),
        (lambda new: (new / "starter" / "README.txt").touch(), "has the name of a file that a kit adds"),
    ],
)
def test_what_cannot_be_handed_out(new: Path, tmp_path: Path, spoil, sentence: str) -> None:
    spoil(new)
    with pytest.raises(AssayError, match=sentence):
        list(release(str(new), tmp_path / "kit"))
    assert not (tmp_path / "kit").exists()


def test_a_kit_does_not_go_into_the_next_one(new: Path) -> None:
    with pytest.raises(AssayError, match="lies in the starter, all of which goes into a kit"):
        release(str(new), new / "starter" / "kit")
    assert not (new / "starter" / "kit").exists()


def test_a_title_is_inert_in_the_readme(new: Path, tmp_path: Path) -> None:
    declaration = new / "assignment.py"
    text = declaration.read_text("utf-8")
    declaration.write_text(text.replace('title="Layer"', 'title="A \\x1b[31mlayer"', 1), "utf-8")
    list(release(str(new), tmp_path / "kit"))
    assert (tmp_path / "kit" / "README.txt").read_text("utf-8").startswith("A \\x1b[31mlayer\n")
