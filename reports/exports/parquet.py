"""A long table in Parquet, for the analysis of a class: a row a finding, with the submission's columns."""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any, BinaryIO

from grader.record import Record, RunInfo
from reports.exports import ExportError
from reports.summary import known_score
from reports.text import inert, number
from suites.types import Finding

BATCH = 8_192  # rows that are written at once, and held until then

_TEXT, _NUMBER, _TIME = "string", "float64", "timestamp"
_SUBMISSION = {
    "assignment": _TEXT,
    "student": _TEXT,
    "submission": _TEXT,
    "slug": _TEXT,
    "status": _TEXT,
    "reason": _TEXT,
    "score": _NUMBER,
    "max_score": _NUMBER,
    "graded_at": _TIME,
}
_FINDING = {
    "part": _TEXT,
    "check": _TEXT,
    "tensor": _TEXT,
    "tier": _TEXT,
    "verdict": _TEXT,
    "cause": _TEXT,
    "mistake": _TEXT,  # the id of the diagnosis
    "credit": _NUMBER,
    "points": _NUMBER,
    "seconds": _NUMBER,
    "value": _NUMBER,  # what was measured, with its interval
    "low": _NUMBER,
    "high": _NUMBER,
    "unit": _TEXT,
}
COLUMNS = _SUBMISSION | _FINDING
_NO_FINDING: dict[str, Any] = dict.fromkeys(_FINDING)

Row = dict[str, Any]


def write_parquet(file: BinaryIO, info: RunInfo, records: Iterable[Record]) -> None:
    """Write the table into `file`. Raises ExportError where pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise ExportError("Parquet needs pyarrow: pip install 'assay[parquet]'") from error
    types = {_TEXT: pa.string(), _NUMBER: pa.float64(), _TIME: pa.timestamp("s", tz="UTC")}
    schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _batches(rows(info, records)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def rows(info: RunInfo, records: Iterable[Record]) -> Iterator[Row]:
    """The rows in the order of the records; a submission without findings has one, too."""
    for record in records:
        own = _submission(info, record)
        for finding in record.findings:
            yield own | _finding(finding)
        if not record.findings:
            yield own | _NO_FINDING


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _submission(info: RunInfo, record: Record) -> Row:
    return {
        "assignment": inert(info.assignment),
        "student": inert(record.student),
        "submission": inert(record.submission),
        "slug": record.slug,
        "status": str(record.status),
        "reason": inert(record.reason),
        "score": _points(known_score(record)),
        "max_score": _points(record.max_score),
        "graded_at": datetime.fromisoformat(record.graded_at) if record.graded_at else None,
    }


def _finding(finding: Finding) -> Row:
    measured = finding.measurement
    return {
        "part": inert(finding.part),
        "check": inert(finding.check),
        "tensor": inert(finding.tensor),
        "tier": inert(finding.tier),
        "verdict": str(finding.verdict),
        "cause": inert(finding.cause),
        "mistake": inert(finding.diagnosis.id) if finding.diagnosis and finding.diagnosis.id else None,
        "credit": _points(finding.credit),
        "points": _points(finding.points),
        "seconds": finding.seconds,
        "value": _finite(measured.value) if measured else None,
        "low": _finite(measured.low) if measured else None,
        "high": _finite(measured.high) if measured else None,
        "unit": inert(measured.unit) if measured else None,
    }


def _points(value: Fraction | None) -> float | None:
    return None if value is None else number(value)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
