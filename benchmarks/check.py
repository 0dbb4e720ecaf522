"""What a student waits for: `assay check` of the whole of batchnorm, cold, in a new process each time.

Beside it `import numpy` in a new process, which no check of NumPy code can do without, and the bar. They take
turns. A machine that does other work makes everything slower, so the fastest run stands beside the median.
Bytecode is written first, as an installation does.

    python -m benchmarks.check [rounds]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.batch import write_bytecode

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "assignments" / "batchnorm"
RIGHT = FOLDER / "solutions" / "closed_form.py"
WRONG = FOLDER / "class" / "felix_braun.py"
BAR_S = 0.6

_CHECK = (sys.executable, "-m", "assay", "check", "--assignment", "batchnorm")
COMMANDS: dict[str, tuple[Sequence[str], int]] = {
    "import numpy": ((sys.executable, "-c", "import numpy"), 0),
    "check, right": ((*_CHECK, str(RIGHT)), 0),
    "check, wrong": ((*_CHECK, str(WRONG)), 1),
    "check, a part": ((*_CHECK, str(RIGHT), "--part", "inference"), 0),
}


def seconds(command: Sequence[str], code: int) -> float:
    """Wall time of one command, which must end as it should."""
    started = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, check=False)
    elapsed = time.perf_counter() - started
    assert ended.returncode == code, ended.stderr.decode()
    return elapsed


def main(rounds: int) -> None:
    write_bytecode()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, (command, code) in COMMANDS.items():
            times[name].append(seconds(command, code))
    print(f"{rounds} rounds; seconds")
    print(f"{'':14} {'median':>7} {'least':>7} {'most':>7}")
    for name, taken in times.items():
        print(f"{name:14} {statistics.median(taken):7.3f} {min(taken):7.3f} {max(taken):7.3f}")
    least = min(times["check, right"])
    print(f"cold check: {least:.3f} s, bar {BAR_S} s: {'met' if least <= BAR_S else 'MISSED'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
