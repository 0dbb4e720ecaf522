"""A run written for other programs: where each format goes, and what of the run it is made of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from assay.errors import AssayError
from assay.progress import SILENT, Progress, one_by_one
from assay.runs import info_of
from grader.likeness import alike
from grader.record import Record, RunInfo
from grader.store import Store
from reports.exports.document import document
from reports.exports.junit import junit
from reports.exports.parquet import write_parquet
from reports.files import checked, dumps, put, sweep, whole
from reports.gradebook import gradebook
from reports.gradescope import results_data
from reports.remarks import remarked
from reports.summary import Summary

FOLDER = "export"  # in the run folder

Text = Callable[[RunInfo, Iterable[Record]], Iterable[str]]


@dataclass(frozen=True)
class Exported:
    """What was written, and of what."""

    path: Path
    info: RunInfo


def _gradebook(info: RunInfo, records: Iterable[Record]) -> Iterable[str]:
    summary = Summary(info)
    for record in records:
        summary.add(record)
    return [gradebook(info, summary.ordered())]


# Each with the name of its file, where none is given.
_TEXTS: Mapping[str, tuple[str, Text]] = MappingProxyType(
    {
        "csv": ("gradebook.csv", _gradebook),
        "json": ("run.json", document),
        "junit": ("junit.xml", junit),
    }
)


def export(run: Path, to: str, out: Path | None = None, progress: Progress = SILENT) -> Exported:
    """Write a run in one of the formats that need nothing else; the file appears whole or not at all."""
    with opened(run) as (store, info):
        progress.say("Writing the export")
        records = one_by_one(_records(store), sum(info.counts.values()), progress)
        if to == "gradescope":
            return Exported(_gradescope(run, out, store, info, records), info)
        if to == "parquet":
            path = target(run, out, "findings.parquet")
            with whole(path) as file:
                write_parquet(file, info, records)
            return Exported(path, info)
        name, text = _TEXTS[to]
        path = target(run, out, name)
        with whole(path) as file:
            _write(file, text(info, records))
    return Exported(path, info)


@contextmanager
def opened(run: Path) -> Iterator[tuple[Store, RunInfo]]:
    """The results of a run, and what run.json says with the counts as they are now."""
    info = info_of(run)
    with Store(run / "results.sqlite", create=False) as store:
        yield store, replace(info, counts=store.counts())


def target(run: Path, out: Path | None, name: str) -> Path:
    """The file to write: `out`, or else RUN/export/NAME."""
    if out is not None:
        return checked_file(run, out)
    folder = run / FOLDER
    folder.mkdir(exist_ok=True)
    return folder / name


def checked_file(run: Path, out: Path) -> Path:
    """The file that --out names, if a file can be there and it is none of the run's own."""
    if out.is_dir():
        raise AssayError(f"{out} is a folder; --out names a file")
    _check_place(run, out)
    return out


def _check_place(run: Path, out: Path) -> None:
    if not out.parent.is_dir():
        raise AssayError(f"there is no folder {out.parent} for {out.name}")
    place, home = out.resolve(), run.resolve()
    if place.is_relative_to(home) and not place.is_relative_to(home / FOLDER):
        raise AssayError(f"{out} is among the run's own files; --out names a place outside, or in {FOLDER}/")


def _records(store: Store) -> Iterator[Record]:
    """The records one by one, with the remarks that the instructor's pages have."""
    likes = alike(store.likenesses())
    for record in store.latest():
        yield remarked(record, likes)


def _write(file: BinaryIO, pieces: Iterable[str]) -> None:
    for piece in pieces:
        file.write(piece.encode("utf-8"))


def _gradescope(run: Path, out: Path | None, store: Store, info: RunInfo, records: Iterable[Record]) -> Path:
    """Gradescope's file where the run has one submission, else a folder with one a student."""
    slugs = set(store.slugs().values())
    if len(slugs) == 1:
        path = target(run, out, "results.json")
        for record in records:
            put(path, dumps(results_data(info, record)))
        return path
    folder = _folder(run, out, {f"{slug}.json" for slug in slugs})
    for record in records:
        put(folder / f"{checked(record.slug)}.json", dumps(results_data(info, record)))
    return folder


def _folder(run: Path, out: Path | None, names: set[str]) -> Path:
    """The folder for files of these names, made and without others."""
    if out is None:
        folder = run / FOLDER / "gradescope"
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder, ".json", {name.removesuffix(".json") for name in names})
        return folder
    _check_place(run, out)
    if out.exists() and not out.is_dir():
        raise AssayError(f"{out} is a file; of several submissions --out names a folder")
    out.mkdir(exist_ok=True)
    if {entry.name for entry in out.iterdir()} - names:
        raise AssayError(f"{out} holds other files; name a new folder")
    return out
