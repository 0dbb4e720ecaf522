"""How long a command takes to answer at all: `assay --help` beside a bare python.

    python -m benchmarks.startup [--runs 15]

Bar: at most 150 ms, the median.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

MOST_MS = 150.0


def wall_ms(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return 1e3 * (time.perf_counter() - started)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    commands = {
        "assay --help": [str(Path(sys.executable).with_name("assay")), "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):  # in turn: a busy machine slows both
        for name, command in commands.items():
            times[name].append(wall_ms(command))
    print(f"{'wall milliseconds':20}{'median':>9}{'min':>9}{'max':>9}")
    for name, ms in times.items():
        print(f"{name:20}{statistics.median(ms):9.1f}{min(ms):9.1f}{max(ms):9.1f}")
    ours, bare = (statistics.median(times[name]) for name in commands)
    print(f"ratio {ours / bare:.1f}; bar {MOST_MS:g} ms")
    return 0 if ours <= MOST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
