"""Fills a run folder with what people read of it, and keeps nothing there of who has left."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from grader.record import Record, RunInfo
from reports.feedback import student_data
from reports.files import checked, dumps, put, sweep, sweep_halves
from reports.gradebook import gradebook
from reports.gradescope import results_data
from reports.pages import class_page, feedback_page, student_page
from reports.remarks import remarked
from reports.summary import Summary

_NOBODY: Mapping[str, Sequence[str]] = MappingProxyType({})


def write(
    run: Path,
    info: RunInfo,
    records: Iterable[Record],
    alike: Mapping[str, Sequence[str]] = _NOBODY,
) -> None:
    """Write everything that is read of a run, and remove what belongs to students who are no longer in it.

    The records are gone through once and not kept. `alike` names, for a student, the others whose code is
    alike: a note for the instructor. Every file appears whole, and the gradebook and the class page come
    last, when all they link to is there.
    """
    folders = {
        "results": run / "results",
        "student": run / "student",
        "pages": run / "report" / "students",
        "feedback": run / "feedback",
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    summary, slugs = Summary(info), set[str]()
    for each in records:
        record = remarked(each, alike)
        slug = checked(record.slug)
        if slug in slugs:
            raise ValueError(f"two students have the slug {slug!r}")
        slugs.add(slug)
        put(folders["results"] / f"{slug}.json", dumps(results_data(info, record)))
        put(folders["student"] / f"{slug}.json", dumps(student_data(info, record)))
        put(folders["pages"] / f"{slug}.html", student_page(info, record))
        put(folders["feedback"] / f"{slug}.html", feedback_page(info, record))
        summary.add(record)
    put(run / "gradebook.csv", gradebook(info, summary.ordered()))
    put(run / "report" / "index.html", class_page(info, summary))
    for name, folder in folders.items():
        sweep(folder, ".json" if name in ("results", "student") else ".html", slugs)
    for above in (run, run / "report"):
        sweep_halves(above)
