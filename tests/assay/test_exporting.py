"""`assay export` as its users meet it: a file for another program, mistakes in one sentence."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from pyarrow import parquet

from suites.types import Verdict

from ..measured import found, info, record, speed, write_run
from .conftest import Command

NASTY = "=evil()\x1b[31m"


@pytest.fixture
def command(command: Command) -> Command:
    """Run `assay`; stderr is without the stage."""

    def run(arguments: str) -> tuple[int, str, str]:
        code, out, err = command(arguments)
        return code, out, err.removeprefix("Writing the export\n")

    return run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(
        tmp_path / "run",
        [
            replace(record("ada", found(speed(0.8))), likeness="alike"),
            replace(
                record("bob", found(speed(1.2), verdict=Verdict.FAIL)),
                score=Fraction(1, 3),
                likeness="alike",
            ),
            record(NASTY),
        ],
    )


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("csv", "run/export/gradebook.csv"),
        ("json", "run/export/run.json"),
        ("junit", "run/export/junit.xml"),
        ("parquet", "run/export/findings.parquet"),
        ("gradescope", "run/export/gradescope"),
    ],
)
def test_each_format_has_a_place_of_its_own(command: Command, run: Path, to: str, path: str) -> None:
    code, out, err = command(f"export run --to {to}")
    assert (code, out, err) == (0, f"3 submissions\n\nExport  {path}\n", "")
    assert (run.parent / path).exists()
    assert [each.name for each in (run / "export").iterdir()] == [Path(path).name]
    before = {each: each.read_bytes() for each in (run / "export").rglob("*") if each.is_file()}
    command(f"export run --to {to}")
    assert before == {each: each.read_bytes() for each in before}


def test_what_is_in_them(command: Command, run: Path, tmp_path: Path) -> None:
    command("export run --to csv --out book.csv")
    command("report run")
    assert (tmp_path / "book.csv").read_text() == (run / "gradebook.csv").read_text()
    command("export run --to json --out all.json")
    read = json.loads((tmp_path / "all.json").read_text())
    assert [each["score"] for each in read["submissions"]] == [1.0, 1.0, 0.333333]
    assert read["run"]["counts"]["graded"] == 3
    command("export run --to junit --out junit.xml")
    assert [suite.attrib["tests"] for suite in ET.parse(tmp_path / "junit.xml").getroot()] == ["0", "1", "1"]
    command("export run --to parquet --out table.parquet")
    assert parquet.read_table(tmp_path / "table.parquet")["score"].to_pylist()[1:] == [1.0, 0.333333]
    command("export run --to gradescope --out folder")
    files = {path.name: path.read_bytes() for path in (tmp_path / "folder").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (run / "results").iterdir()}
    assert any(b"the same code as that of" in data for data in files.values())
    for each in read["submissions"]:
        assert each == json.loads(files[each["extra_data"]["slug"] + ".json"])


def test_json_says_of_each_what_the_run_says(command: Command, tmp_path: Path) -> None:
    late = replace(record("bob_1"), submission="bob_LATE_1_2_layer.py", likeness="alike")
    run = write_run(tmp_path / "run", [late, replace(record("ada"), likeness="alike")])
    command("report run")
    command("export run --to json")
    submissions = json.loads((run / "export" / "run.json").read_text())["submissions"]
    results = [json.loads(path.read_text()) for path in sorted((run / "results").iterdir())]
    assert sorted(submissions, key=str) == sorted(results, key=str)
    assert "late" in str(submissions)


def test_of_one_submission_gradescope_gets_its_file(command: Command, tmp_path: Path) -> None:
    write_run(tmp_path / "one", [record("ada", found(speed(0.8)))])
    assert command("export one --to gradescope")[1] == "1 submission\n\nExport  one/export/results.json\n"
    assert json.loads((tmp_path / "one/export/results.json").read_text())["score"] == 1.0


def test_whoever_left_the_run_leaves_gradescopes_folder(command: Command, run: Path) -> None:
    command("export run --to gradescope")
    gone = run / "export" / "gradescope" / "gone.json"
    gone.write_text("{}")
    command("export run --to gradescope")
    assert not gone.exists()
    assert len(list(gone.parent.iterdir())) == 3


def test_a_run_that_has_not_ended_says_so(command: Command, tmp_path: Path) -> None:
    write_run(tmp_path / "cut", [record("ada")], replace(info(), ended=""))
    code, _, err = command("export cut --to csv")
    assert code == 0
    assert "who is not graded yet is missing from the export" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("export nowhere --to csv", "nowhere is no run folder"),
        ("export run --to word", "'word' is not one of"),
        ("export run", "Missing option '--to'"),
        ("export run --to csv --out run/results.sqlite", "is among the run's own files"),
        ("export run --to gradescope --out run/results", "is among the run's own files"),
        ("export run --to csv --out run/seed", "is among the run's own files"),
        ("export run --to csv --out nowhere/book.csv", "there is no folder nowhere for book.csv"),
        ("export run --to csv --out theirs", "theirs is a folder; --out names a file"),
        ("export run --to gradescope --out theirs", "theirs holds other files; name a new folder"),
        ("export run --to gradescope --out theirs/note", "is a file; of several submissions"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_lost(
    command: Command, run: Path, tmp_path: Path, arguments: str, words: str
) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "note").write_text("kept")
    results = (run / "results.sqlite").read_bytes()
    code, out, err = command(arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("assay: ")
    assert words in line
    assert (run / "results.sqlite").read_bytes() == results
    assert (tmp_path / "theirs" / "note").read_text() == "kept"
