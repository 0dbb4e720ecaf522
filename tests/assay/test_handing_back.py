"""`assay export --to canvas` and `--to moodle` as an instructor meets them."""

import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from grader.record import Status

from ..measured import info, record, write_run
from .conftest import Command

CANVAS = """\
Student,ID,SIS Login ID,Section,Convolution (7)\r
    Points Possible,,,,1.00\r
"Smith, Bob",340934,bob,A,\r
"L, Ada",12,ada,A,0.5\r
"=cmd()\x1b[31m",99,eve,A,0.25\r
"""


@pytest.fixture
def command(command: Command) -> Command:
    """Run `assay`; stderr is without the stage."""

    def run(arguments: str) -> tuple[int, str, str]:
        code, out, err = command(arguments)
        return code, out, err.removeprefix("Filling in the sheet\n")

    return run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "grades.csv").write_bytes(CANVAS.encode("utf-8-sig"))
    bob = "smithbob_340934_208490284_work.py"
    return write_run(
        tmp_path / "run",
        [
            replace(record("smithbob_340934"), submission=bob, score=Fraction(2, 3)),
            replace(record("ada"), status=Status.INFRASTRUCTURE),
            record("\x1b[2Jnobody"),
        ],
    )


def test_a_sheet_of_canvas_is_filled_in_and_who_is_not_is_told(
    command: Command, run: Path, tmp_path: Path
) -> None:
    code, out, err = command("export run --to canvas --into grades.csv")
    assert (code, out) == (0, "1 grade in Convolution (7)\n\nSheet  run/export/canvas.csv\n")
    assert err.splitlines() == [
        r"In the run, not in the sheet: \x1b[2Jnobody",
        "Left as it was, since the score is not known yet: ada",
        r"Without a grade of this run in the sheet: 2 (L Ada, =cmd()\x1b[31m)",
    ]
    expected = CANVAS.replace("340934,bob,A,", "340934,bob,A,0.666667").replace(
        '"=cmd()\x1b[31m"', "=cmd()\x1b[31m"
    )
    assert (run / "export" / "canvas.csv").read_bytes() == expected.encode()
    assert (tmp_path / "grades.csv").read_bytes() == CANVAS.encode("utf-8-sig")


def test_a_worksheet_of_moodle(command: Command, run: Path, tmp_path: Path) -> None:
    sheet = "Identifier,Full name,Grade,Maximum Grade\nParticipant 9,Ny,,10.00\nParticipant 5,Ada,,10.00\n"
    (tmp_path / "work.csv").write_text(sheet)
    write_run(run, [replace(record("Ny_9"), submission="Ny_9_assignsubmission_file_")])
    assert command("export run --to moodle --into work.csv")[0] == 2
    code, out, _ = command("export run --to moodle --into work.csv --scale --out done.csv")
    assert (code, out) == (0, "1 grade in Grade\n\nSheet  done.csv\n")
    assert (tmp_path / "done.csv").read_text() == sheet.replace("Ny,", "Ny,10", 1)


def test_a_run_that_has_not_ended_says_so(command: Command, run: Path) -> None:
    write_run(run, [], replace(info(), ended=""))
    assert "missing from the sheet" in command("export run --to canvas --into grades.csv")[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--to canvas", "name the one you downloaded with --into"),
        ("--to canvas --into nowhere.csv", "nowhere.csv: No such file"),
        ("--to canvas --into .", "Is a directory"),
        ("--to canvas --into grades.csv --out grades.csv", "grades.csv is the sheet that is filled in"),
        ("--to canvas --into grades.csv --out run/seed", "among the run's own files"),
        ("--to canvas --into grades.csv --column Essay", "--column takes Convolution (7)"),
        ("--to moodle --into grades.csv", "has no column named Grade"),
        ("--to csv --into grades.csv", "are for canvas and moodle, not for csv"),
        ("--to junit --scale", "are for canvas and moodle, not for junit"),
    ],
)
def test_a_mistake_is_one_sentence_and_the_sheet_is_left(
    command: Command, run: Path, tmp_path: Path, arguments: str, words: str
) -> None:
    code, out, err = command(f"export run {arguments}")
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert words in line
    assert (tmp_path / "grades.csv").read_bytes() == CANVAS.encode("utf-8-sig")
    assert not (run / "seed").exists()


# --------------------------------------------------------------------------- feedback


def test_pages_go_back_under_the_names_that_the_platform_knows(
    command: Command, run: Path, tmp_path: Path
) -> None:
    code, out, err = command("publish run --to canvas --out pages.zip")
    assert (code, out) == (0, "1 page\n\nFeedback  pages.zip\n")
    assert err.splitlines()[1:] == [
        r"Not in it, for the submission has no name that the platform gave: \x1b[2Jnobody, ada"
    ]
    with zipfile.ZipFile(tmp_path / "pages.zip") as archive:
        assert archive.namelist() == ["smithbob_340934_208490284_feedback.html"]
        page = archive.read(archive.namelist()[0])
    command("report run")
    (feedback,) = [path for path in (run / "feedback").iterdir() if b"smithbob" in path.read_bytes()]
    assert page == feedback.read_bytes()


def test_a_page_without_points_is_told(command: Command, tmp_path: Path) -> None:
    ours = replace(record("ada"), submission="ada_12_20_work.py", status=Status.INFRASTRUCTURE)
    write_run(tmp_path / "run", [ours, replace(record("bob"), submission="bob_3_21_work.py")])
    code, out, err = command("publish run --to canvas --out pages.zip")
    assert (code, out) == (0, "2 pages\n\nFeedback  pages.zip\n")
    assert err.splitlines()[1:] == ["Has a page without points, since the score is not known yet: ada"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--to moodle --out pages.zip", "no submission has the name that Moodle gives to a download"),
        ("--to canvas", "Missing option '--out'"),
        ("--to gradescope --out pages.zip", "'gradescope' is not one of"),
        ("--to canvas --out run/results.sqlite", "among the run's own files"),
        ("--to canvas --out run", "run is a folder; --out names a file"),
    ],
)
def test_without_pages_there_is_no_archive(
    command: Command, run: Path, tmp_path: Path, arguments: str, words: str
) -> None:
    before = sorted(tmp_path.iterdir())
    code, out, err = command(f"publish run {arguments}")
    assert (code, out) == (2, "")
    assert words in err.splitlines()[-1]
    assert sorted(tmp_path.iterdir()) == before
