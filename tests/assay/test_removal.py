"""`assay forget`: a person is in no byte of the run folder any more, and everybody else is as before."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assay import removal
from assay.grading import write_reports
from grader.admission import admit
from grader.record import Record, Status
from grader.store import Store, read_info

from ..measured import accuracy, found, record, speed, write_opt_in, write_run
from .conftest import Command

ALIKE = "9" * 64
WHO = b"grace-hopper", b"compiler_v2.py"


def grace(**changes: object) -> Record:
    plain = replace(record("grace-hopper", found(speed(0.8))), submission="compiler_v2.py", likeness=ALIKE)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A class of three; Grace was graded twice, her twin handed in the same, another's code is alike."""
    twin = replace(grace(), student="twin", submission="twin.py", slug="twin")
    others = [twin, replace(record("eve", found(accuracy(97.0), "train")), likeness=ALIKE)]
    folder = write_run(tmp_path / "run", [grace(status=Status.INFRASTRUCTURE), *others, grace()])
    write_reports(folder)
    assert all(any(who in path.read_bytes() for path in files(folder)) for who in WHO)
    assert b"grace-hopper" in (folder / "report" / "students" / f"{others[1].slug}.html").read_bytes()
    return folder


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def gone(folder: Path) -> bool:
    paths = list(folder.rglob("*"))
    named = any(grace().slug in path.name for path in paths)
    return not named and not any(who in path.read_bytes() for path in files(folder) for who in WHO)


def test_who_is_removed_is_in_no_byte_of_the_run(command: Command, run: Path) -> None:
    half = run / ".cut-off.part"
    assert command("export run --to csv")[0] == 0
    half.write_bytes(b"grace-hopper")  # a gradebook, say, whose writer was killed
    with Store(run / "results.sqlite") as store:
        before = {each.student: repr(each) for each in store.latest()}
    code, out, err = command("forget run grace-hopper")
    assert (code, out) == (0, "Removed grace-hopper from run: 2 attempts\n")
    assert "the next assay grade of it into run brings them back: remove it, too" in err
    assert "too: assay leaderboard forget STUDENT --board FILE" in err  # the run knows them no more
    assert gone(run)
    with Store(run / "results.sqlite") as store:
        assert {each.student: repr(each) for each in store.latest()} == {
            student: told for student, told in before.items() if student != "grace-hopper"
        }
    with open(run / "gradebook.csv", newline="") as file:
        assert [row["student"] for row in csv.DictReader(file)] == ["eve", "twin"]
    info = read_info(run)
    assert info is not None
    assert (info.counts["graded"], sum(info.counts.values())) == (2, 2)
    assert admit(run).students == {"eve", "twin"}  # the file is ours as before


def test_a_class_of_one_is_empty_afterwards(command: Command, tmp_path: Path) -> None:
    write_run(tmp_path / "run", [grace()])
    assert command("forget run grace-hopper")[0] == 0
    assert gone(tmp_path / "run")
    assert (tmp_path / "run" / "report" / "index.html").is_file()
    code, _, err = command("forget run grace-hopper")
    assert (code, "grace-hopper is not in run" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("run Grace-Hoper", "Grace-Hoper is not in run, and nothing was removed; close to it are: grace-hop"),
        ("run \x1b[31m", "\\x1b[31m is not in run, and nothing was removed; its gradebook.csv lists who is"),
        ("nowhere ada", "nowhere is no run folder: it has no run.json; assay grade makes one"),
        ("run grace-hopper --board b.sqlite", "there is no board at b.sqlite; assay leaderboard add makes"),
    ],
)
def test_a_mistake_changes_nothing(command: Command, run: Path, arguments: str, says: str) -> None:
    before = {path: path.read_bytes() for path in files(run)}
    code, out, err = command(f"forget {arguments}")
    assert (code, out) == (2, "")
    assert err.startswith(f"assay: {says}")
    assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in files(run)} == before


def test_nobody_is_removed_while_a_class_is_graded(command: Command, run: Path) -> None:
    from assay.runs import reopen_run

    with reopen_run(run):
        code, _, err = command("forget run grace-hopper")
    assert code == 2
    assert "another assay is grading into run" in err
    assert not gone(run)


@pytest.mark.parametrize(
    "place", ["grader.store.Store.forget", "assay.removal.write_info", "reports.folder.sweep"]
)
def test_cut_off_anywhere_the_same_command_finishes_it(
    command: Command, run: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(place, killed)
        assert command("forget run grace-hopper")[0] == 130
    assert not gone(run)
    code, _, err = command("forget run eve")  # whoever else is to go waits, so that nobody is left half-way
    assert (code, err) == (
        2,
        "assay: the removal of grace-hopper from run was cut off; finish it first: "
        "assay forget run grace-hopper\n",
    )
    assert command("forget run grace-hopper")[0] == 0
    assert gone(run)
    assert not (run / removal.MARK).exists()


def test_who_was_interrupted_behind_the_results_is_told_what_was_left(command: Command, run: Path) -> None:
    with Store(run / "results.sqlite") as store:
        store.forget("grace-hopper")
    (run / removal.MARK).write_text("grace-hopper")
    _, out, _ = command("forget run grace-hopper")
    assert out == "Removed grace-hopper from run: the rest of a removal that was cut off\n"


def test_a_board_that_is_named_forgets_them_too(command: Command, run: Path, tmp_path: Path) -> None:
    write_opt_in(tmp_path / "opt-in.csv", [("grace-hopper", "Amazing"), ("eve", "")])
    assert command("leaderboard add run --board board.sqlite")[1] == "Added 2 entries of 2 members\n"
    code, out, err = command("forget run grace-hopper --board board.sqlite")
    assert code == 0
    assert out.endswith("Removed grace-hopper from board.sqlite: 1 entry\n")
    assert "A site shows them until it is built again" in err
    assert b"Amazing" not in (tmp_path / "board.sqlite").read_bytes()
    code, out, _ = command("forget run twin --board board.sqlite")
    assert (code, out.splitlines()[-1]) == (
        0,
        "Removed twin from board.sqlite: no entry, for they are not on it",
    )


def test_an_id_is_found_however_its_accents_are_written(command: Command, tmp_path: Path) -> None:
    write_run(tmp_path / "run", [record("zoë")])
    assert command("forget run zoe\u0308")[0] == 0


def test_a_board_with_another_key_loses_nobody_and_neither_does_the_run(
    command: Command, run: Path, tmp_path: Path
) -> None:
    write_opt_in(tmp_path / "opt-in.csv", [("grace-hopper", "")])
    command("leaderboard add run --board board.sqlite")
    shutil.move(tmp_path / "board.sqlite.key", tmp_path / "kept.key")
    assert command("forget run grace-hopper --board board.sqlite")[0] == 2
    assert not gone(run)
