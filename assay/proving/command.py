"""The command `assay validate`: proves an assignment, for people or for programs."""

import json
import shutil
import sys

from assay.errors import DONE, INTERRUPTED, AssayError
from assay.progress import counted
from assay.proving.prove import SEEDS, prove
from assay.proving.telling import lines, plain

SHORT = 1  # something falls short


def validate(
    assignment: str, *, jobs: int, seeds: int = SEEDS, with_mutants: bool = True, as_json: bool = False
) -> int:
    """Prove an assignment, say what was found, and return the exit code."""
    if jobs < 1 or seeds < 1:
        raise AssayError(f"--{'jobs' if jobs < 1 else 'seeds'} is {min(jobs, seeds)}; at least one is needed")
    try:
        with counted() as steps:
            proof = prove(assignment, jobs=jobs, seeds=seeds, with_mutants=with_mutants, steps=steps)
    except KeyboardInterrupt:
        print("assay: interrupted; the same command goes on where it stopped", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    if as_json:
        print(json.dumps(plain(proof), indent=2))
    else:
        width = min(shutil.get_terminal_size((110, 24)).columns, 110)
        for line in lines(proof, width):
            print(line)
    return DONE if proof.holds else SHORT
