import io
import sys
from collections import Counter
from fractions import Fraction

import pyarrow as pa
import pytest
from pyarrow import parquet

from grader.record import Record, RunInfo, Status
from reports.exports import ExportError
from reports.exports import parquet as ours
from reports.exports.parquet import COLUMNS, write_parquet


def written(info: RunInfo, records: list[Record]) -> pa.Table:
    file = io.BytesIO()
    write_parquet(file, info, records)
    return parquet.read_table(io.BytesIO(file.getvalue()))


def test_a_row_a_finding_in_typed_columns(info: RunInfo, records: list[Record]) -> None:
    table = written(info, records)
    assert table.column_names == list(COLUMNS)
    assert table.schema.field("points").type == pa.float64()
    assert table.schema.field("graded_at").type.tz == "UTC"
    rows = table.to_pylist()
    met = Counter(row["slug"] for row in rows)
    assert met == {record.slug: max(len(record.findings), 1) for record in records}
    expected = [f for record in records for f in record.findings]
    found = [row for row in rows if row["part"] is not None]
    assert [row["verdict"] for row in found] == [str(f.verdict) for f in expected]
    assert sum(Fraction(row["points"]).limit_denominator(1000) for row in found) == sum(
        f.points for f in expected
    )


def test_whoever_has_no_findings_has_a_row_and_an_unknown_score_is_none(
    info: RunInfo, records: list[Record]
) -> None:
    rows = {row["status"]: row for row in written(info, records).to_pylist() if row["part"] is None}
    assert rows[Status.UNREADABLE]["score"] == 0
    assert rows[Status.INFRASTRUCTURE]["score"] is None


def test_it_is_written_in_batches(
    info: RunInfo, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = written(info, records)
    monkeypatch.setattr(ours, "BATCH", 7)
    file = io.BytesIO()
    write_parquet(file, info, records)
    assert parquet.ParquetFile(file).num_row_groups == -(-len(whole) // 7)
    assert written(info, records).to_pylist() == whole.to_pylist()


def test_a_run_of_nobody_is_an_empty_table(info: RunInfo) -> None:
    assert written(info, []).column_names == list(COLUMNS)


def test_without_pyarrow_the_sentence_says_how_to_get_it(
    info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r"pip install 'assay\[parquet\]'"):
        write_parquet(io.BytesIO(), info, [])
