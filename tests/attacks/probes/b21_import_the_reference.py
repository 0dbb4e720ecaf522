import importlib
import sys

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    found = []
    sys.path += FACTS["installed"]
    for name in ("oracle", "reference", "suites", "grader.judge", "grader.plan", "assignments", "assay"):
        try:
            found.append(importlib.import_module(name))
        except (ImportError, OSError):
            pass
    return found
