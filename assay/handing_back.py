"""Grades and feedback go back to the platform that the submissions came from, in the forms that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from assay.errors import AssayError
from assay.exporting import checked_file, opened, target
from assay.progress import SILENT, Progress, one_by_one
from grader.intake.platforms import Platform
from grader.record import RunInfo
from reports.exports import canvas, moodle
from reports.exports.feedback_zip import Published, write_zip
from reports.exports.filling import Filled, filled
from reports.exports.layout import Layout
from reports.exports.sheet import Sheet, read_sheet
from reports.files import put, whole

PLATFORMS: Mapping[str, Platform] = MappingProxyType({"canvas": "canvas", "moodle": "moodle"})
_LARGEST = 64 << 20  # bytes of a sheet


@dataclass(frozen=True)
class Handed:
    """A sheet that was written: where, of which run, and what is in it."""

    path: Path
    info: RunInfo
    sheet: Filled


def fill(
    run: Path,
    platform: Platform,
    sheet: Path | None,
    out: Path | None = None,
    *,
    column: str | None = None,
    scale: bool = False,
    progress: Progress = SILENT,
) -> Handed:
    """Write a copy of a platform's sheet with the scores of a run in it; the sheet itself is left alone."""
    if sheet is None:
        raise AssayError(f"--to {platform} fills in a sheet: name the one you downloaded with --into")
    with opened(run) as (store, info):
        read = _read(sheet, canvas.KNOWN if platform == "canvas" else moodle.KNOWN)
        path = target(run, out, f"{platform}.csv")
        if path.exists() and path.samefile(sheet):
            raise AssayError(f"{path} is the sheet that is filled in; --out names another file")
        layout = _layout(platform, read, info, column)
        progress.say("Filling in the sheet")
        done = filled(read, layout, info, store.latest(), platform, scale=scale)
    put(path, done.text)
    return Handed(path, info, done)


def publish(
    run: Path, platform: Platform, out: Path, progress: Progress = SILENT
) -> tuple[RunInfo, Published]:
    """Write the archive of feedback pages that the platform hands out, whole or not at all."""
    with opened(run) as (store, info):
        path = checked_file(run, out)
        progress.say("Writing the feedback")
        records = one_by_one(store.latest(), sum(info.counts.values()), progress)
        with whole(path) as file:
            return info, write_zip(file, info, records, platform)


def _layout(platform: Platform, sheet: Sheet, info: RunInfo, column: str | None) -> Layout:
    return canvas.layout(sheet, info, column) if platform == "canvas" else moodle.layout(sheet, column)


def _read(path: Path, known: tuple[str, ...]) -> Sheet:
    if path.stat().st_size > _LARGEST:
        raise AssayError(f"{path} is larger than {_LARGEST >> 20} MiB and no sheet of grades")
    return read_sheet(path.read_bytes(), str(path), known)
