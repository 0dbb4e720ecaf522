"""One JSON document of a run: what `run.json` says, and of each submission what `results/SLUG.json` says."""

from collections.abc import Iterable, Iterator

from grader.record import Record, RunInfo, to_plain
from reports.files import dumps
from reports.gradescope import results_data


def document(info: RunInfo, records: Iterable[Record]) -> Iterator[str]:
    """The document in pieces, `{"run": {...}, "submissions": [{...}, ...]}`: strict JSON in ASCII."""
    yield f'{{\n"run": {dumps(to_plain(info)).rstrip()},\n"submissions": ['
    between = "\n"
    for record in records:
        yield between + dumps(results_data(info, record)).rstrip()
        between = ",\n"
    yield "\n]\n}\n"
