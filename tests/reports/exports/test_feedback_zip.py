"""The archive that goes back to students: whose page, under which name, and nothing that is not theirs."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.intake.platforms import Platform, named
from grader.record import Record, RunInfo
from reports.exports import ExportError
from reports.exports.feedback_zip import Published, write_zip
from reports.pages import feedback_page


def handed_in(record: Record, submission: str, student: str = "") -> Record:
    return replace(record, submission=submission, student=student or record.student)


def written(
    info: RunInfo, records: Sequence[Record], platform: Platform
) -> tuple[dict[str, bytes], Published, bytes]:
    file = io.BytesIO()
    published = write_zip(file, info, records, platform)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        pages = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        assert len(pages) == len(archive.infolist())
        assert {entry.date_time for entry in archive.infolist()} <= {(1980, 1, 1, 0, 0, 0)}
    return pages, published, file.getvalue()


@pytest.mark.parametrize(
    ("platform", "submission", "place"),
    [
        ("canvas", "smithbob_340934_208490284_work.py", "smithbob_340934_208490284_feedback.html"),
        ("canvas", "smithbob_LATE_3_20_work-1.tar.gz", "smithbob_LATE_3_20_feedback.html"),
        ("canvas", "notes.py and bob_3_20_a.py and bob_3_21_b.py", "bob_3_20_feedback.html"),
        ("canvas", "bob_3_text.html and bob_3_21_b.py", "bob_3_21_feedback.html"),
        ("moodle", "Bob M_123_assignsubmission_file_", "Bob M_123_assignsubmission_file_/feedback.html"),
        (
            "moodle",
            "Zo\u00e9_7_assignsubmission_file_a.py",
            "Zo\u00e9_7_assignsubmission_file_/feedback.html",
        ),
        ("moodle", "B_9_assignsubmission_onlinetext_", "B_9_assignsubmission_file_/feedback.html"),
        ("canvas", "c:\\..\\x_1_2_a.py", "c--..-x_1_2_feedback.html"),
        ("moodle", "../../x_1_assignsubmission_file_", "..-..-x_1_assignsubmission_file_/feedback.html"),
        ("canvas", "\x1b\u202ex_1_2_a.py", "-x1b-u202ex_1_2_feedback.html"),
    ],
)
def test_the_platform_knows_the_name_again(
    info: RunInfo, records: list[Record], platform: Platform, submission: str, place: str
) -> None:
    record = handed_in(records[0], submission)
    pages, published, _ = written(info, [record, records[1]], platform)
    assert pages == {place: feedback_page(info, record).encode()}
    assert published == Published(1, (records[1].student,), ())


def test_nothing_hidden_is_in_it(info: RunInfo, records: list[Record]) -> None:
    named_all = [handed_in(each, f"x_{n}_{n}_work.py") for n, each in enumerate(records)]
    pages, published, _ = written(info, named_all, "canvas")
    assert published.pages == len(records) == len(pages)
    for page in pages.values():
        assert b"SECRET" not in page


def test_the_same_pages_give_the_same_archive(info: RunInfo, records: list[Record]) -> None:
    some = [handed_in(each, f"x_{n}_{n}_work.py") for n, each in enumerate(records[:3])]
    assert written(info, some, "canvas")[2] == written(info, some, "canvas")[2]


def test_one_student_of_the_platform_gets_one_page(info: RunInfo, records: list[Record]) -> None:
    first, second = (handed_in(each, "bob_3_20_a.py") for each in records[:2])
    pages, published, _ = written(info, [first, second], "canvas")
    assert published == Published(1, (), (second.student,))
    assert list(pages.values()) == [feedback_page(info, first).encode()]


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_where_no_name_is_known_there_is_no_archive(
    info: RunInfo, records: list[Record], platform: Platform
) -> None:
    with pytest.raises(ExportError, match=r"no submission has the name that .* gives to a download"):
        write_zip(io.BytesIO(), info, records, platform)
    with pytest.raises(ExportError, match="no submission has the name"):
        write_zip(io.BytesIO(), info, [], platform)


@given(st.text(st.characters(exclude_characters="_"), min_size=1, max_size=20))
def test_a_name_leads_nowhere_and_its_number_stays(name: str) -> None:
    from ..conftest import PARTS, record

    info = RunInfo(*["x"] * 11, record("x").max_score, PARTS)
    about = replace(record("x"), submission=f"{name}_1_2_a.py")
    (place,), *_ = written(info, [about], "canvas")
    assert not set(place) & set('/\\:*?"<>|\x00')
    assert (again := named(place)) is not None
    assert (again.number, again.original) == ("1", "feedback.html")
