"""What a student reads of real submissions at each depth; the instructor reads all."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import assignments
from grader.judge import judge_answers
from grader.loopback import loopback
from grader.plan import make_plan
from grader.planned import Plan
from grader.record import Record, RunInfo, Status
from reports.folder import write
from suites.questions import ask_cases

FOLDER = Path(assignments.__file__).parent / "batchnorm"
# A wrong backward, a wrong forward that is carried, a convention that costs, one that does not.
STUDENTS = ("felix_braun", "grace_okafor", "hugo_lindqvist", "jonas_weber")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(FOLDER, b"depth")


@pytest.fixture(scope="module")
def told(plan: Plan) -> list[Record]:
    return [_graded(plan, name) for name in STUDENTS]


def _graded(plan: Plan, name: str) -> Record:
    source = (FOLDER / "class" / f"{name}.py").read_text(encoding="utf-8")
    with loopback({"batchnorm.py": source}, "batchnorm.py") as student:
        findings = tuple(judge_answers(plan, ask_cases(student, plan.all_cases), student))
    score = sum((finding.score for finding in findings), Fraction(0))
    return Record(name, f"{name}.py", name, "", Status.GRADED, "", score, plan.max_score, findings)


@pytest.fixture
def words() -> dict[str, str]:
    return {v.id: v.words.says for v in assignments.load(FOLDER).all_variants}


def written(tmp_path: Path, info: RunInfo, plan: Plan, told: list[Record], tells: str) -> Path:
    write(tmp_path, replace(info, parts=plan.outlines, tells=tells), told)
    return tmp_path


def students(run: Path, name: str) -> str:
    """All that a student may be given."""
    results = json.loads((run / f"results/{name}.json").read_text(encoding="utf-8"))
    shown = "\n".join(test["output"] + test["name"] for test in results["tests"]) + results["output"]
    page = (run / f"feedback/{name}.html").read_text(encoding="utf-8").split("</style>")[1]
    data = (run / f"student/{name}.json").read_text(encoding="utf-8")
    return (shown + page + data).replace("&#39;", "'")


@pytest.mark.parametrize("tells", ["symptom", "question"])
def test_no_mistake_is_named_before_it_may_be(
    tmp_path: Path, info: RunInfo, plan: Plan, told: list[Record], words: dict[str, str], tells: str
) -> None:
    run = written(tmp_path, info, plan, told, tells)
    for name in STUDENTS:
        text = students(run, name)
        assert not [id for id, says in words.items() if id in text or says in text]
        instructors = (run / f"report/students/{name}.html").read_text(encoding="utf-8")
        assert [says for says in words.values() if says in instructors.replace("&#39;", "'")], name
    for name in ("felix_braun", "grace_okafor"):
        assert ("Think about" in students(run, name)) == (tells == "question")
        assert ("Read again" in students(run, name)) == (tells == "question")
    assert "right for your own forward, which is off" in students(run, "grace_okafor")


def test_the_graded_page_names(
    tmp_path: Path, info: RunInfo, plan: Plan, told: list[Record], words: dict[str, str]
) -> None:
    run = written(tmp_path, info, plan, told, "name")
    assert words["bn.no-mean-term"] in students(run, "felix_braun")
    assert words["bn.unbiased-forward"] in students(run, "grace_okafor")
