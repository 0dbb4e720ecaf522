"""Assay grades deep-learning coursework: in a sandbox, against oracles, with reasons.

import assay

info = assay.grade("batchnorm", "submissions/", "run")
for record in assay.Store("run/results.sqlite").latest(): ...
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.errors import AssayError
    from assay.grading import grade, write_reports
    from grader.record import Record, RunInfo, Status
    from grader.store import Store

    __version__: str

__all__ = ["AssayError", "Record", "RunInfo", "Status", "Store", "__version__", "grade", "write_reports"]

# Loaded when asked for, so that `import assay` and `assay --help` cost nothing.
_HOMES = {
    "AssayError": "assay.errors",
    "Record": "grader.record",
    "RunInfo": "grader.record",
    "Status": "grader.record",
    "Store": "grader.store",
    "grade": "assay.grading",
    "write_reports": "assay.grading",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("assay")
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'assay' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
