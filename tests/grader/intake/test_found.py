"""Finding the submissions of a class, and the names we make for students."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.intake import Unreadable, discover, left_out
from grader.intake.slug import LONGEST, slugs

SUBMIT = "layer.py"


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def students(path: Path) -> list[str]:
    return [found.student for found in discover(path, SUBMIT)]


def test_one_file_is_one_submission(tmp_path: Path) -> None:
    touch(tmp_path / "anything.py")
    (found,) = discover(tmp_path / "anything.py", SUBMIT)
    assert (found.student, found.name, found.slug) == ("anything", "anything.py", "anything")


def test_a_folder_of_files(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("bob.py", "alice.py", ".hidden.py", "roster.csv", "README")))
    (tmp_path / "__pycache__").mkdir()
    assert students(tmp_path) == ["alice", "bob"]
    assert left_out(tmp_path, SUBMIT) == ["README", "roster.csv"]


def test_a_folder_of_folders(tmp_path: Path) -> None:
    touch(tmp_path / "bob" / SUBMIT, tmp_path / "alice" / "x.py", tmp_path / "carol.x" / "y.py")
    assert students(tmp_path) == ["alice", "bob", "carol.x"]


def test_a_folder_with_the_file_itself_is_one_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "me" / SUBMIT, tmp_path / "me" / "more.py")
    assert students(tmp_path / "me") == ["me"]
    assert left_out(tmp_path / "me", SUBMIT) == []
    monkeypatch.chdir(tmp_path / "me")
    assert students(Path(".")) == ["me"]


def test_the_instructors_own_link_to_a_class_is_followed(tmp_path: Path) -> None:
    touch(tmp_path / "class" / "a.py")
    (tmp_path / "today").symlink_to("class")
    assert students(tmp_path / "today") == ["a"]


def test_nobody_is_passed_over_in_silence(tmp_path: Path) -> None:
    touch(tmp_path / "alice.py", tmp_path / "dave.zip", tmp_path / "erin.tar.gz", tmp_path / "fay.ipynb")
    (tmp_path / "bob.py").symlink_to("alice.py")
    os.mkfifo(tmp_path / "carol.py")
    touch(tmp_path / "gil.rar", tmp_path / "hal.tar.xz")
    found = discover(tmp_path, SUBMIT)
    assert [each.student for each in found] == ["alice", "bob", "carol", "dave", "erin", "fay", "gil", "hal"]
    for each in found[1:]:
        with pytest.raises(Unreadable):
            each.read(SUBMIT)


def test_who_hands_in_twice_is_one_student_and_nothing_is_guessed(tmp_path: Path) -> None:
    touch(tmp_path / "alice.py", tmp_path / "alice" / SUBMIT, tmp_path / "bob.py")
    alice, bob = discover(tmp_path, SUBMIT)
    assert (alice.student, alice.name, alice.slug) == ("alice", "alice.py and alice", "alice")
    assert alice.read(SUBMIT).name == "alice.py and alice"  # an archive that the instructor unpacked
    (tmp_path / "alice.py").write_text("x = 2\n")
    with pytest.raises(Unreadable, match=r"^alice.py and alice are by one student and differ; keep the one"):
        alice.read(SUBMIT)
    assert bob.read(SUBMIT).student == "bob"


def test_an_accent_is_part_of_its_letter_whatever_wrote_the_name(tmp_path: Path) -> None:
    touch(tmp_path / "Zoe\u0308.py", tmp_path / "Zo\u00eb" / SUBMIT, tmp_path / "Rene\u0301.py")
    rene, zoe = discover(tmp_path, SUBMIT)
    assert (rene.student, rene.name, rene.read(SUBMIT).student) == ("Ren\u00e9", "Ren\u00e9.py", "Ren\u00e9")
    assert (zoe.student, zoe.name) == ("Zo\u00eb", "Zo\u00eb.py and Zo\u00eb")


@pytest.mark.parametrize("name", ["zoe.zip", "zoe.tar", "zoe.tar.gz", "zoe.tgz", "zoe.ipynb", "ZOE.TAR.GZ"])
def test_ids_lose_the_whole_ending(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)
    (found,) = discover(tmp_path, SUBMIT)
    assert (found.student.lower(), found.name, found.slug) == ("zoe", name, "zoe")


def test_students_who_would_share_a_slug_stay_apart(tmp_path: Path) -> None:
    touch(tmp_path / "a_b.zip", tmp_path / "a b.py", tmp_path / "A-B" / "x.py")
    found = discover(tmp_path, SUBMIT)
    assert {each.student for each in found} == {"a_b", "a b", "A-B"}
    assert len({each.slug for each in found}) == 3


def test_a_folder_with_the_notebook_of_that_name_is_one_submission(tmp_path: Path) -> None:
    touch(tmp_path / "me" / "layer.ipynb", tmp_path / "me" / "more.py")
    assert students(tmp_path / "me") == ["me"]
    assert left_out(tmp_path / "me", SUBMIT) == []


def test_ids_are_text_whatever_the_bytes_of_the_name(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.py", "w") as file:
        file.write("x = 1\n")
    touch(tmp_path / "\\xff.py", tmp_path / "a\nb.py")
    found = discover(tmp_path, SUBMIT)
    assert [each.student for each in found] == ["\\xff", "\\xff.py", "a\nb"]
    assert [each.read(SUBMIT).student for each in found] == [each.student for each in found]
    for each in found:
        each.student.encode()


def test_an_empty_folder_holds_nobody(tmp_path: Path) -> None:
    assert discover(tmp_path, SUBMIT) == []


# --------------------------------------------------------------------------- slugs


def test_slugs_are_plain_words_where_they_can_be() -> None:
    assert slugs(["alice", "Bob Miller", "Zoë"]) == {
        "alice": "alice",
        "Bob Miller": "bob-miller",
        "Zoë": "zoe",
    }


def test_those_who_would_share_a_slug_get_a_suffix() -> None:
    made = slugs(["a_b", "a b", "a-b"])
    assert made["a-b"] == "a-b"
    assert re.fullmatch("a-b-[0-9a-f]{8}", made["a_b"])
    assert len(set(made.values())) == 3
    assert slugs(["a b", "a_b"])["a_b"] == made["a_b"]  # whoever else hands in


@pytest.mark.parametrize(
    "student", ["", "..", "../../alice", "con", "NUL", "index", "小明", "-", "a" * 5000, "\n"]
)
def test_hostile_ids_make_harmless_slugs(student: str) -> None:
    slug = slugs([student])[student]
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", slug)
    assert len(slug) <= LONGEST + 9
    assert slug not in ("con", "nul", "index")


@given(st.lists(st.text(max_size=60) | st.text("aA_- .", max_size=4), max_size=30))
def test_slugs_are_safe_unique_and_the_same_in_any_order(ids: list[str]) -> None:
    made = slugs(ids)
    assert set(made) == set(ids)
    assert len(set(made.values())) == len(made)
    for slug in made.values():
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", slug)
    assert slugs(reversed(ids)) == made
