"""The workflows of docs/ci.md, run as their runners would: each job's steps in order, in a clean clone."""

import base64
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.running import SandboxError
from grader.sandbox.selftest import strongest

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

ROOT = Path(__file__).parents[1]
COURSE = ROOT / "tests" / "course"
WORKFLOWS = {name: ROOT / "docs" / "ci" / f"{name}.yml" for name in ("github", "gitlab")}
CANARY = "singing-in-the-runner"
KEY = bytes(range(32))
INSTALL = "python -m pip install --quiet -c assay/constraints.txt ./assay"


def git(*arguments: object, at: Path) -> None:
    subprocess.run(["git", *map(str, arguments)], cwd=at, check=True, capture_output=True)


class Runner:
    """A machine of the course's CI: it has git and Python, and gives each job an empty folder."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.course, self.assay = base / "course.git", base / "assay.git"
        self.artifacts: dict[str, Path] = {}
        self.logs: list[str] = []
        self.looked = False
        self.secrets = {"BOARD_KEY": base64.b64encode(KEY).decode()}
        self.variables = {"ASSAY_REPOSITORY": "assay", "ASSAY_COMMIT": "main"}

    def workspace(self, job: str) -> Path:
        folder = self.base / f"{job}-{len(self.logs)}"
        folder.mkdir()
        return folder

    def run(self, command: str, at: Path, variables: Mapping[str, str]) -> None:
        """One shell step, with nothing in its environment but what the workflow says."""
        # Assay is in this environment already: only that there is something to install is looked at.
        command = command.replace(INSTALL, "cat assay/constraints.txt assay/pyproject.toml > /dev/null")
        if self.looked:  # no sandbox of this machine is another by now
            command = command.replace("assay doctor", "true")
        self.looked = self.looked or "assay doctor" in command
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.base),
            "LANG": "C.UTF-8",
            "RUNNER_CANARY": CANARY,  # as a hosted runner has much of its own
            **variables,
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", command],
            cwd=at, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.logs.append(f"$ {command}\n{done.stdout}{done.stderr}")
        if done.returncode:
            raise RuntimeError(self.logs[-1])

    def board(self) -> Path:
        """The board as the course's repository keeps it."""
        clone = self.base / f"kept-{len(self.logs)}"
        git("clone", "--quiet", "--branch", "board", self.course, clone, at=self.base)
        self.logs.append("")
        return clone / "board.sqlite"


class GitHub(Runner):
    """Does what the actions do that the workflow uses."""

    def workflow(self, name: str) -> None:
        flow = yaml.safe_load(WORKFLOWS["github"].read_text(encoding="utf-8"))
        job = flow["jobs"][name]
        at = self.workspace(name)
        for step in job["steps"]:
            variables = {**flow["env"], **step.get("env", {})}
            given = {key: self._filled(str(value)) for key, value in step.get("with", {}).items()}
            if "run" in step:
                self.run(step["run"], at, {key: self._filled(value) for key, value in variables.items()})
            else:
                action = step["uses"].partition("@")[0].removeprefix("actions/").replace("-", "_")
                getattr(self, f"_{action}")(at, given)

    def _filled(self, text: str) -> str:
        known = {"vars": self.variables, "secrets": self.secrets}
        return re.sub(r"\$\{\{ (vars|secrets)\.(\w+) \}\}", lambda m: known[m[1]][m[2]], text)

    def _checkout(self, at: Path, given: Mapping[str, str]) -> None:
        source = self.assay if "repository" in given else self.course
        where = at / given.get("path", ".")
        git("clone", "--quiet", "--branch", given.get("ref", "main"), source, where, at=at)

    def _setup_python(self, at: Path, given: Mapping[str, str]) -> None:
        assert given["python-version"] in ("3.11", "3.12", "3.13")

    def _upload_artifact(self, at: Path, given: Mapping[str, str]) -> None:
        kept = self.artifacts[given["name"]] = self.workspace("artifact")
        for path in given["path"].split():
            shutil.copy(at / path, kept)
        self.logs.append("")

    def _download_artifact(self, at: Path, given: Mapping[str, str]) -> None:
        shutil.copytree(self.artifacts[given["name"]], at / given["path"])

    def _upload_pages_artifact(self, at: Path, given: Mapping[str, str]) -> None:
        self.artifacts["site"] = at / given["path"]

    def _deploy_pages(self, at: Path, given: Mapping[str, str]) -> None:
        assert (self.artifacts["site"] / "index.html").is_file()

    def grade(self) -> None:
        self.workflow("grade")

    def publish(self) -> None:
        self.workflow("publish")

    @property
    def measured(self) -> Path:
        return self.artifacts["measured"]

    @property
    def site(self) -> Path:
        return self.artifacts["site"]


class GitLab(Runner):
    """Clones the project, runs the script, hands the artifacts of what a job needs to it."""

    def job(self, name: str) -> Path:
        flow = yaml.safe_load(WORKFLOWS["gitlab"].read_text(encoding="utf-8"))
        job = flow[name]
        at = self.workspace(name)
        git("clone", "--quiet", self.course, at, at=self.base)
        for needed in job.get("needs", ()):
            for path in flow[needed]["artifacts"]["paths"]:
                (at / path).parent.mkdir(exist_ok=True)
                shutil.copy(self.artifacts[needed] / path, at / path)
        variables = {
            **flow["variables"],
            "ASSAY_REMOTE": str(self.assay),
            "ASSAY_COMMIT": self.variables["ASSAY_COMMIT"],
        }
        if job.get("environment", {}).get("name") == "board":
            variables |= {**self.secrets, "BOARD_REMOTE": str(self.course)}
        self.run("\n".join([*flow["default"]["before_script"], *job["script"]]), at, variables)
        self.artifacts[name] = at
        return at

    def grade(self) -> None:
        self.job("grade")

    def publish(self) -> None:
        self.job("pages")

    @property
    def measured(self) -> Path:
        return self.artifacts["grade"] / "run"

    @property
    def site(self) -> Path:
        return self.artifacts["pages"] / "public"


RUNNERS = {"github": GitHub, "gitlab": GitLab}


@pytest.fixture(params=RUNNERS)
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A runner whose course has a small class, an assignment of its own and an empty board."""
    try:
        strongest()
    except SandboxError as error:
        pytest.skip(str(error))
    made = RUNNERS[request.param](tmp_path)
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout to clone")
    git("clone", "--quiet", "--bare", ROOT, made.assay, at=tmp_path)
    git("branch", "--force", "main", "HEAD", at=made.assay)
    work = tmp_path / "work"
    shutil.copytree(COURSE, work, ignore=shutil.ignore_patterns("__pycache__"))
    author = ("-c", "user.name=Course", "-c", "user.email=course@invalid")
    git("init", "--quiet", "--initial-branch", "main", at=work)
    git("add", ".", at=work)
    git(*author, "commit", "--quiet", "-m", "A class", at=work)
    git("clone", "--quiet", "--bare", work, made.course, at=tmp_path)
    git("switch", "--quiet", "--orphan", "board", at=work)
    git(*author, "commit", "--quiet", "--allow-empty", "-m", "An empty board", at=work)
    git("push", "--quiet", made.course, "board", at=work)
    return made


def count(board: Path) -> int:
    with closing(sqlite3.connect(board)) as database:
        return int(database.execute("SELECT count(*) FROM entries").fetchone()[0])


def test_from_a_push_to_the_page(runner: Any) -> None:
    runner.grade()
    assert runner.secrets["BOARD_KEY"] not in "".join(runner.logs)
    # One submission raises all that is in its environment, and another asks for labels alone.
    results = (runner.measured / "results.sqlite").read_bytes()
    assert b"environ({" in results
    assert CANARY.encode() not in results
    assert b"BOARD_KEY" not in results
    assert b"GITHUB" not in results
    runner.publish()
    page = next((runner.site / "boards").glob("*.html")).read_text(encoding="utf-8")
    assert "Countess" in page
    assert "dora" not in page
    assert "1 error" in page
    board = runner.board()
    assert count(board) == 3
    assert [path.name for path in board.parent.iterdir() if path.name != ".git"] == ["board.sqlite"]

    runner.grade()  # the same class under another seed
    results = runner.measured / "results.sqlite"
    whole = results.read_bytes()
    with closing(sqlite3.connect(results)) as database:
        database.execute("DROP TRIGGER findings_no_update")
        database.execute(
            """UPDATE findings SET measurement = replace(measurement, '"value":', '"value":9')"""
        )
        database.commit()
    with pytest.raises(RuntimeError, match=r"is not let onto a board: results\.sqlite has other tables"):
        runner.publish()
    assert count(runner.board()) == 3

    results.write_bytes(whole)
    runner.publish()
    assert count(runner.board()) == 6
    data = json.loads(next((runner.site / "boards").glob("*.json")).read_text())
    rows = data["sections"][0]["rows"]
    assert [(row["n"], row["entries"], row["change"] is not None) for row in rows] == [(10, 1, True)] * 2


# --------------------------------------------------------------------------- what they say


def test_the_job_that_runs_students_code_has_nothing_to_take() -> None:
    flow = yaml.safe_load(WORKFLOWS["github"].read_text(encoding="utf-8"))
    grade, publish = flow["jobs"]["grade"], flow["jobs"]["publish"]
    assert flow["permissions"] == {}
    assert grade["permissions"] == {"contents": "read"}
    assert "secrets." not in json.dumps(grade)
    assert set(flow[True]) == {"push", "workflow_dispatch"}  # YAML reads `on` as true
    checkouts = [step for step in grade["steps"] if step.get("uses", "").startswith("actions/checkout")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert flow[True]["push"]["paths"] == ["submissions/**", "opt-in.csv"]  # who withdraws is gone at once
    assert "assay grade" not in json.dumps(publish)
    assert "submissions" not in json.dumps(publish)
    for job in (grade, publish):
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")  # what is pasted into a shell could be a command
            assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step.get("uses", f"actions/x@{'0' * 40}"))


def test_the_key_is_in_the_publishing_environment_alone() -> None:
    flow = yaml.safe_load(WORKFLOWS["gitlab"].read_text(encoding="utf-8"))
    assert "environment" not in flow["grade"]
    assert flow["pages"]["environment"]["name"] == "board"
    for name in ("BOARD_KEY", "BOARD_REMOTE"):
        assert name in json.dumps(flow["pages"])
        assert name not in json.dumps([flow["grade"], flow["default"], flow["variables"]])
    assert "assay grade" not in json.dumps(flow["pages"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_page_shows_the_file_that_is_tested(name: str) -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert f"```yaml\n{WORKFLOWS[name].read_text(encoding='utf-8')}```" in page
