"""What Canvas and Moodle let an instructor download is taken apart by student, and nobody is merged."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.intake import Found, Submission, Unreadable, discover, files, left_out, read_submission, strays

from .packing import notebook, zipped

SUBMIT = "layer.py"
SOURCE = b"import helper\n\ndef forward(x):\n    return x\n"
HELPER = b"HELP = 1\n"
BOB = "smithbob_340934_"
MOODLE = "Bob Smith_1234567_assignsubmission_"


@pytest.fixture
def class_(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    return folder


def write(folder: Path, *names: str, data: bytes = SOURCE) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def students(folder: Path) -> list[str]:
    return [found.student for found in discover(folder, SUBMIT)]


def read(folder: Path, student: str) -> Submission:
    return of(folder, student).read(SUBMIT)


def of(folder: Path, student: str) -> Found:
    (found,) = [each for each in discover(folder, SUBMIT) if each.student == student]
    return found


def refusal(folder: Path, student: str) -> str:
    with pytest.raises(Unreadable) as caught:
        read(folder, student)
    return str(caught.value)


# --------------------------------------------------------------------------- Canvas


def test_the_files_of_one_student_are_one_submission(class_: Path) -> None:
    write(class_, BOB + "208490284_layer.py", "wellslane_334244_394803489_layer.py")
    write(class_, BOB + "208490285_helper.py", data=HELPER)
    bob = of(class_, "smithbob_340934")
    assert bob.name == "smithbob_340934_208490284_layer.py and smithbob_340934_208490285_helper.py"
    submission = bob.read(SUBMIT)
    assert dict(submission.files) == {"helper.py": HELPER.decode(), SUBMIT: SOURCE.decode()}
    assert (submission.student, submission.name, submission.notes) == (bob.student, bob.name, ())
    assert students(class_) == ["smithbob_340934", "wellslane_334244"]


def test_it_is_the_same_content_as_a_folder_with_these_files(class_: Path, tmp_path: Path) -> None:
    for name, data in ((SUBMIT, SOURCE), ("helper.py", HELPER), ("notes.pdf", b"%PDF"), (".hidden.py", b"")):
        write(class_, f"{BOB}1_{name}", f"lane_1_9_{name}", data=data)
        write(tmp_path, f"folder/{name}", data=data)
    folder = read_submission(tmp_path / "folder", SUBMIT)
    assert read(class_, "smithbob_340934").content == folder.content == read(class_, "lane_1").content
    assert read(class_, "lane_1").notes == folder.notes != ()


def test_namesakes_are_two_students(class_: Path) -> None:
    write(class_, "smithbob_1_10_layer.py", "smithbob_2_11_layer.py")
    assert students(class_) == ["smithbob_1", "smithbob_2"]


def test_of_a_file_that_is_handed_in_again_the_last_counts(class_: Path) -> None:
    write(class_, BOB + "1_layer.py", BOB + "3_layer-2.py", data=b"old = 1\n")
    write(class_, BOB + "2_layer-10.py")
    submission = read(class_, "smithbob_340934")
    assert dict(submission.files) == {SUBMIT: SOURCE.decode()}
    told = "layer.py was handed in more than once: the last counts, layer-10.py for layer.py"
    assert submission.notes == (told,)
    write(class_, BOB + "4_helper.py", BOB + "5_helper-1.py", BOB + "6_a.pdf", BOB + "7_a-1.pdf")
    notes = read(class_, "smithbob_340934").notes
    assert notes[0] == "2 files were handed in more than once: the last counts, helper-1.py for helper.py"
    assert len(notes) == 2


def test_what_is_asked_for_may_end_in_a_number(class_: Path) -> None:
    write(class_, "ann_1_1_hw-2.py", "ann_1_2_helper.py", "bob_2_3_hw-2.py", data=HELPER)
    write(class_, "bob_2_4_hw-2-1.py", "bob_2_5_helper.py")
    ann, bob = (found.read("hw-2.py") for found in discover(class_, "hw-2.py"))
    assert ann.files["hw-2.py"] == HELPER.decode()
    assert bob.files["hw-2.py"] == SOURCE.decode()
    assert bob.notes == ("hw-2.py was handed in more than once: the last counts, hw-2-1.py for hw-2.py",)


def test_late_is_no_part_of_the_student_nor_of_the_content(class_: Path) -> None:
    write(class_, "smithbob_LATE_340934_5_layer-1.py", "lane_3_4_layer.py")
    bob = of(class_, "smithbob_340934")
    assert bob.name == "smithbob_LATE_340934_5_layer-1.py"
    assert bob.read(SUBMIT).content == read(class_, "lane_3").content


def test_archives_notebooks_and_folders_are_taken_as_in_a_folder(class_: Path) -> None:
    write(class_, "a_1_1_work.zip", data=zipped({"work/layer.py": SOURCE}))
    write(class_, "b_2_2_layer.ipynb", data=notebook("x = 1"))
    write(class_, "c_3_3_work/hw/layer.py", "d_4_4_mine.py")
    assert students(class_) == ["a_1", "b_2", "c_3", "d_4"]
    for student in students(class_):
        assert list(read(class_, student).files) == [SUBMIT]
    assert read(class_, "d_4").content == read(class_, "c_3").content


def test_who_handed_in_no_code_is_unreadable_not_passed_over(class_: Path) -> None:
    write(class_, BOB + "1_layer.py", "lane_2_3_report.pdf", "fay_4_text.html", "gil_LATE_5_link.html")
    write(class_, "roster.csv", "Bob_7_assignsubmission_file_a.pdf")
    assert students(class_) == ["fay_4", "gil_5", "lane_2", "smithbob_340934"]
    assert left_out(class_, SUBMIT) == ["Bob_7_assignsubmission_file_a.pdf", "roster.csv"]
    for student in ("fay_4", "gil_5", "lane_2"):
        assert refusal(class_, student) == "there is no Python file; layer.py was expected"


# --------------------------------------------------------------------------- nobody is merged


@pytest.mark.parametrize("stray", ["notes.py", "old/", "Bob_7_assignsubmission_file_layer.py"])
def test_a_stray_name_makes_all_names_mean_what_they_mean_elsewhere(class_: Path, stray: str) -> None:
    write(class_, BOB + "1_layer.py", BOB + "2_helper.py", "lane_2_3_layer.py")
    write(class_, f"{stray}x.py" if stray.endswith("/") else stray)
    assert len(students(class_)) == 4
    assert "smithbob_340934_1_layer" in students(class_)
    assert strays(class_, SUBMIT) == ([stray.strip("/")] if "_" not in stray else [])


def test_a_class_that_only_looks_like_canvas_is_no_download(class_: Path, tmp_path: Path) -> None:
    write(class_, "hw_1_340934_layer.py", "hw_1_340935_layer.py")  # a homework, a student's number
    assert students(class_) == ["hw_1_340934_layer", "hw_1_340935_layer"]
    write(tmp_path, "other/ann_1_2_a.py", "other/bob_1_3_b.py")  # Canvas has one name for a number
    assert students(tmp_path / "other") == ["ann_1_2_a", "bob_1_3_b"]


def test_an_ordinary_class_has_no_strays(class_: Path) -> None:
    write(class_, "ann.py", "bob/layer.py", "carl_1_2_layer.py")
    assert students(class_) == ["ann", "bob", "carl_1_2_layer"]
    assert strays(class_, SUBMIT) == strays(class_ / "bob", SUBMIT) == []


def test_a_run_that_is_kept_there_is_no_stray(class_: Path) -> None:
    write(class_, BOB + "1_layer.py", "run/results.sqlite")
    assert [found.student for found in discover(class_, SUBMIT, class_ / "run")] == ["smithbob_340934"]
    assert left_out(class_, SUBMIT, class_ / "run") == strays(class_, SUBMIT, class_ / "run") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.sets(
        st.tuples(
            st.sampled_from(["ann", "bob"]), st.integers(1, 4), st.sampled_from(["a.py", "b.py", "b-1.py"])
        )
    )
)
def test_a_file_belongs_to_exactly_one_student(
    tmp_path_factory: pytest.TempPathFactory, handed_in: set[tuple[str, int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("class")
    for at, (name, number, original) in enumerate(sorted(handed_in)):
        write(folder, f"{name}_{number}_{at}_{original}")
    found = discover(folder, SUBMIT)
    paths = [path for each in found for path in (each.path, *each.also)]
    assert sorted(paths) == sorted(folder.iterdir())
    for each in found:
        if each.platform:
            assert all(path.name.startswith(each.student + "_") for path in (each.path, *each.also))


# --------------------------------------------------------------------------- Moodle


def test_the_folders_of_moodle(class_: Path) -> None:
    write(
        class_, MOODLE + "file_/layer.py", MOODLE + "file_/helper.py", MOODLE + "onlinetext_/onlinetext.html"
    )
    write(class_, "Zoe\u0308 O'Hara_77_assignsubmission_onlinetext_/onlinetext.html")
    assert students(class_) == ["Bob Smith_1234567", "Zo\u00eb O'Hara_77"]
    submission = read(class_, "Bob Smith_1234567")
    assert list(submission.files) == ["helper.py", "layer.py"]
    assert submission.name == MOODLE + "file_ and " + MOODLE + "onlinetext_"
    assert "1 file was left out (onlinetext.html)" in submission.notes[0]
    assert refusal(class_, "Zo\u00eb O'Hara_77") == "there is no Python file; layer.py was expected"


def test_the_flat_files_of_moodle(class_: Path) -> None:
    write(class_, MOODLE + "file_layer.py", MOODLE + "file_helper.py", MOODLE + "onlinetext_onlinetext.html")
    write(class_, "Ann_7_assignsubmission_file_layer-1.py")  # Moodle numbers nothing: it is her own name
    assert students(class_) == ["Ann_7", "Bob Smith_1234567"]
    assert list(read(class_, "Bob Smith_1234567").files) == ["helper.py", "layer.py"]
    assert list(read(class_, "Ann_7").files) == [SUBMIT]


def test_nothing_is_guessed_between_a_folder_and_a_file_beside_it(class_: Path) -> None:
    write(class_, MOODLE + "file_/layer.py", MOODLE + "file_layer.py")
    twice = "layer.py is there twice, by one student; keep the one that counts"
    assert refusal(class_, "Bob Smith_1234567") == twice


# --------------------------------------------------------------------------- bounds, hostile names


def test_the_bounds_of_a_folder_hold_for_files_that_are_put_together(
    class_: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(class_, *(f"many_1_{at}_m{at}.py" for at in range(files.FILES + 1)))
    write(class_, *(f"large_2_{at}_m{at}.py" for at in range(9)), data=b"#" * files.FILE_BYTES)
    write(class_, "large_2_9_layer.py", "one_3_3_layer.py", "one_3_4_b.py", "one_3_5_c/d.py")
    assert "more than 200 .py files" in refusal(class_, "many_1")
    assert "larger than 8 MiB together" in refusal(class_, "large_2")
    assert len(read(class_, "one_3").files) == 3
    monkeypatch.setattr("grader.intake.downloads.ENTRIES", 2)
    assert refusal(class_, "one_3") == "one student has more than 2 files; hand in your own alone"


@pytest.mark.parametrize("original", ["x_9_assignsubmission_file_layer.py", "assignsubmission_file_layer.py"])
def test_no_student_of_canvas_makes_it_look_like_moodle(class_: Path, original: str) -> None:
    write(class_, BOB + "1_" + original, "lane_3_4_layer.py", "lane_3_5_helper.py")
    assert students(class_) == ["lane_3", "smithbob_340934"]
    assert of(class_, "lane_3").platform == "canvas"
    assert len(read(class_, "lane_3").files) == 2


@pytest.mark.parametrize("original", ["..", ".layer.py", "a\nb.txt", "\x1b[2J.txt"])
def test_hostile_originals_that_are_not_read(class_: Path, original: str) -> None:
    write(class_, BOB + "1_layer.py", BOB + "2_" + original)
    submission = read(class_, "smithbob_340934")
    assert list(submission.files) == [SUBMIT]
    assert all(note.isprintable() for note in submission.notes)


@pytest.mark.parametrize("original", ["\\..\\x.py", "a\nb.py", "\x1b[2J.py", "x\u202ey.py"])
def test_hostile_originals_that_would_be_sent(class_: Path, original: str) -> None:
    write(class_, BOB + "1_layer.py", BOB + "2_" + original, "lane_3_4_layer.py")
    refused = refusal(class_, "smithbob_340934")
    assert refused.isprintable()
    assert refused.endswith("has a name with odd characters; rename it")
    assert list(read(class_, "lane_3").files) == [SUBMIT]


def test_links_are_not_followed(class_: Path, tmp_path: Path) -> None:
    write(tmp_path, "secret/layer.py", "secret.txt")
    write(class_, "ann_1_1_layer.py")
    (class_ / "ann_1_2_data.txt").symlink_to(tmp_path / "secret.txt")
    (class_ / "bob_2_3_layer.py").symlink_to(tmp_path / "secret" / "layer.py")
    (class_ / "carl_3_4_work").symlink_to(tmp_path / "secret")
    os.mkfifo(class_ / "dan_4_5_layer.py")
    assert read(class_, "ann_1").notes == ("data.txt was left out: links are not followed",)
    assert refusal(class_, "bob_2") == "bob_2_3_layer.py is a link; hand in the file itself"
    assert refusal(class_, "carl_3") == "there is no Python file; layer.py was expected"
    assert "named pipe" in refusal(class_, "dan_4")
