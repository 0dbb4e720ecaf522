"""How long a proof takes, and how many mutants it kills: every bundled assignment, from nothing.

    python -m benchmarks.validate [ASSIGNMENT...]

Wall time in as many processes as there are cores. Bars: batchnorm in 60 s on 2 cores, 99 % of the mutants of
each assignment, nothing that falls short. Exit status 1 if one is missed.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import assignments
from assay.proving.prove import prove
from assay.proving.verdicts import BAR

BAR_S = {"batchnorm": 60.0}


def main(names: Sequence[str]) -> int:
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, NumPy {np.__version__}, {platform.machine()}\n")
    print(
        "| assignment | students | mutants | equivalent | killed | seconds | |\n|---|---|---|---|---|---|---|"
    )
    missed, mutants, killed = 0, 0, 0
    for name in names or [name for name, _ in assignments.bundled()]:
        with tempfile.TemporaryDirectory() as fresh:
            proof = prove(name, jobs=cores, place=Path(fresh) / "cache")
        found = proof.mutants
        assert found is not None
        judged = found.total - found.equivalent
        mutants, killed = mutants + judged, killed + found.killed
        late = proof.seconds > BAR_S.get(name, np.inf)
        missed += late or not proof.holds
        verdict = "too slow" if late else "" if proof.holds else "falls short"
        students = sum(check.proved for check in proof.checks)
        share = f"{found.killed} of {judged}, {100 * found.rate:.1f} %"
        row = (name, students, found.total, found.equivalent, share, f"{proof.seconds:.1f}", verdict)
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
    print(f"\n{killed} of {mutants} killed: {100 * killed / max(1, mutants):.2f} %, bar {100 * BAR:g} %")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
