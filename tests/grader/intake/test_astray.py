"""Who points beside a class is told in one sentence what to name; whoever hands in alone is not refused."""

from pathlib import Path

import pytest

from grader.intake import Unreadable, discover, left_out

from .packing import zipped

SUBMIT = "layer.py"
SOURCE = b"x = 1\n"


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SOURCE)


def refusal(path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        discover(path, SUBMIT)
    return str(caught.value)


def students(path: Path) -> list[str]:
    return [found.student for found in discover(path, SUBMIT)]


# --------------------------------------------------------------------------- archives


@pytest.mark.parametrize(
    "names",
    [
        ("smithbob_1_2_layer.py", "lane_3_4_layer.py", "lane_3_5_report.pdf"),
        ("Bob Smith_1_assignsubmission_file_/layer.py", "Ann_2_assignsubmission_file_/layer.py"),
        ("submissions/smithbob_1_2_layer.py", "submissions/lane_3_4_layer.py", "__MACOSX/x"),
    ],
    ids=["canvas", "moodle", "in a folder"],
)
def test_the_archive_of_a_class_is_to_be_unpacked(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tmp_path / "submissions.zip"
    path.write_bytes(zipped(dict.fromkeys(names, SOURCE)))
    told = "submissions.zip holds the submissions of 2 students; unpack it and name the folder"
    assert refusal(path) == told
    (tmp_path / "roster.csv").write_text("student\n")
    assert refusal(tmp_path) == told  # rather than one student who can't be read


@pytest.mark.parametrize(
    "names",
    [
        ("layer.py", "helper.py"),
        ("smithbob_1_2_layer.py", "smithbob_1_3_helper.py"),  # what a student has downloaded again
        ("smithbob_1_2_layer.py", "lane_3_4_layer.py", "layer.py"),
        (),
    ],
    ids=["plain", "one", "mixed", "empty"],
)
def test_a_students_own_archive_is_a_submission(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tmp_path / "me.zip"
    path.write_bytes(zipped(dict.fromkeys(names, SOURCE)))
    assert students(path) == ["me"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x05\x06",
        b"PK\x05\x06" + b"\xff" * 18,
        b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + bytes(18),
        b"x" * 70000,
    ],
)
def test_what_is_no_archive_is_left_to_who_reads_it(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "me.zip").write_bytes(data)
    (found,) = discover(tmp_path / "me.zip", SUBMIT)
    with pytest.raises(Unreadable):
        found.read(SUBMIT)


def test_a_large_table_of_contents_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "me.zip"
    path.write_bytes(zipped({f"bob_{at}_2_layer.py": SOURCE for at in range(20)}))
    assert "20 students" in refusal(path)
    monkeypatch.setattr("grader.intake.zips.CONTENTS", 1000)
    assert students(path) == ["me"]
    path.write_bytes(
        path.read_bytes()[:-6] + b"PK\x05\x06\x00\x00"
    )  # within the end, which says another size
    assert students(path) == ["me"]


# --------------------------------------------------------------------------- nbgrader


def test_around_and_within_what_nbgrader_has_collected(tmp_path: Path) -> None:
    course = tmp_path / "course"
    write(course, "nbgrader_config.py", "gradebook.db", "source/ps1/layer.ipynb")
    for student in ("alice", "bob"):
        write(
            course, *(f"submitted/{student}/{ps}/{name}" for ps, name in (("ps1", SUBMIT), ("ps2", "a.py")))
        )
        write(course, *(f"submitted/{student}/{ps}/timestamp.txt" for ps in ("ps1", "ps2")))
    assert refusal(course) == f"{course} is a course of nbgrader; name {course}/submitted"
    alice = course / "submitted" / "alice"
    assert refusal(alice) == f"{alice} is one student's folder of nbgrader; name the folder that it lies in"
    assert students(course / "submitted") == ["alice", "bob"]
    found = discover(course / "submitted", SUBMIT)[0].read(SUBMIT)
    assert (list(found.files), found.notes) == (
        [SUBMIT],
        ("only ps1/ was taken: what is asked for lies there",),
    )
    (course / "submitted" / "bob" / "ps1" / "timestamp.txt").unlink()
    assert students(course / "submitted") == ["alice", "bob"]


def test_where_students_hand_in_to_nbgrader_is_a_class(tmp_path: Path) -> None:
    inbound = [f"{student}+ps1+2026-11-28 10:00:00 UTC" for student in ("alice", "bob")]
    write(tmp_path, *(f"{folder}/{name}" for folder in inbound for name in (SUBMIT, "timestamp.txt")))
    assert students(tmp_path) == inbound


def test_a_student_may_be_called_submitted(tmp_path: Path) -> None:
    write(tmp_path, "submitted/layer.py", "alice/layer.py")
    assert students(tmp_path) == ["alice", "submitted"]


def test_a_class_of_one_that_nbgrader_has_collected(tmp_path: Path) -> None:
    write(tmp_path, *(f"alice/{ps}/{name}" for ps in ("ps1", "ps2") for name in (SUBMIT, "timestamp.txt")))
    (found,) = discover(tmp_path, SUBMIT)
    with pytest.raises(Unreadable, match=r"^layer.py or its notebook is in 2 folders \(ps1, ps2\); hand in"):
        found.read(SUBMIT)


# --------------------------------------------------------------------------- a folder around the class


@pytest.mark.parametrize(
    "names",
    [
        ("smithbob_1_2_layer.py", "lane_3_4_layer.py"),
        ("submission_1/layer.py", "submission_2/layer.py", "submission_metadata.yml"),
        ("bn-alice/src/layer.py", "bn-bob/layer.py", "bn-bob/tests/layer.py"),
    ],
    ids=["canvas", "gradescope", "classroom"],
)
def test_a_lone_folder_with_a_class_in_it(tmp_path: Path, names: tuple[str, ...]) -> None:
    write(tmp_path / "class", *names)
    told = f"{tmp_path} holds a folder with a class in it and nothing else; name {tmp_path}/class"
    assert refusal(tmp_path) == told
    assert len(students(tmp_path / "class")) == 2


@pytest.mark.parametrize(
    "names",
    [
        ("layer.py", "old/layer.py"),
        ("src/layer.py", "tests/layer.py"),
        ("hw/layer.py",),
        ("one.py", "two.py"),
        ("Bob_1_assignsubmission_file_/layer.py",),
        (),
    ],
    ids=["plain", "repository", "deeper", "unclear", "download", "empty"],
)
def test_a_class_of_one_is_a_class(tmp_path: Path, names: tuple[str, ...]) -> None:
    (tmp_path / "alice").mkdir()
    write(tmp_path / "alice", *names)
    assert students(tmp_path) == ["alice"]


def test_gradescopes_folders_are_submissions_and_its_list_is_not_strange(tmp_path: Path) -> None:
    write(tmp_path, "submission_1/layer.py", "submission_23/layer.py", "submission_metadata.yml")
    assert students(tmp_path) == ["submission_1", "submission_23"]
    assert left_out(tmp_path, SUBMIT) == []
