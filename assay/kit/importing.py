"""Where the process that judges imports from: Python and what is installed, not the folder of the work."""

from __future__ import annotations

import os
import sys


def shut_out_work() -> None:
    """Take this folder and that of the archive off `sys.path`; what else PYTHONPATH names comes last.

    An empty part of PYTHONPATH is enough to name this folder. A student's `random.py` would then be taken for
    Python's, and run where it is judged. NumPy may lie where PYTHONPATH says, so not all of it is dropped.
    """
    archive, *folders = sys.path
    library = os.path.dirname(os.__file__)
    named = folders[: folders.index(library)] if library in folders else []
    work = {os.path.realpath(folder) for folder in (os.curdir, os.path.dirname(archive))}
    others = [folder for folder in named if os.path.realpath(folder) not in work]
    sys.path[:] = [archive, *folders[len(named) :], *others]
