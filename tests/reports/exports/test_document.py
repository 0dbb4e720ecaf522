import json
from pathlib import Path

from grader.record import Record, RunInfo
from reports.exports.document import document
from reports.remarks import remarked


def test_the_document_is_the_run_and_each_submissions_results(
    info: RunInfo, records: list[Record], run: Path, alike: dict[str, tuple[str, ...]]
) -> None:
    told = [remarked(record, alike) for record in records]
    text = "".join(document(info, told))
    assert text.isascii()
    read = json.loads(text)
    assert read["run"]["title"] == info.title
    for record, submission in zip(records, read["submissions"], strict=True):
        assert submission == json.loads((run / "results" / f"{record.slug}.json").read_text())


def test_a_run_of_nobody_is_a_document(info: RunInfo) -> None:
    assert json.loads("".join(document(info, [])))["submissions"] == []
