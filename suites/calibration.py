"""What reference and naive baseline reach at a training part: measured once, kept beside the assignment.

`calibration.toml` holds a table a part: the accuracies of all runs, in percent, and the CPU time of the
reference's. Target and spread follow from them, so that nobody can set them by hand unseen.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suites.assignment import AuthoringError

FILE = "calibration.toml"
BELOW = 1.5  # the target lies that many standard deviations below the reference's median
Z = 1.96  # 95 %, two-sided
_HEAD = """# Written by `assay calibrate`: accuracies in percent, seconds of CPU time. `of` says of which
# declaration, reference and baseline this was measured; `assay validate` complains when they have changed.
"""


@dataclass(frozen=True)
class Calibration:
    """Final accuracies of reference and naive runs, in percent; `reference_cpu_s` is the median of a run."""

    of: str
    reference: tuple[float, ...]
    naive: tuple[float, ...]
    reference_cpu_s: float

    @property
    def sigma(self) -> float:
        """Standard deviation of one reference run."""
        return statistics.stdev(self.reference)

    @property
    def target(self) -> float:
        """What passes: the reference's median with a margin for luck."""
        return statistics.median(self.reference) - BELOW * self.sigma

    @property
    def naive_mean(self) -> float:
        """What the naive baseline reaches."""
        return statistics.fmean(self.naive)


def interval(values: tuple[float, ...], least_sd: float = 0.0) -> tuple[float, float, float]:
    """Mean and the ends of its 95 % interval; the spread is taken to be `least_sd` at least."""
    mean = statistics.fmean(values)
    half = Z * standard_error(values, least_sd)
    return mean, mean - half, mean + half


def standard_error(values: tuple[float, ...], least_sd: float = 0.0) -> float:
    """Of the mean. Few values show their spread badly, so it is never taken to be below `least_sd`."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return float(max(spread, least_sd) / len(values) ** 0.5)


def read(folder: Path, part: str) -> Calibration:
    """The calibration of a part; AuthoringError, with the command that makes it, where there is none."""
    tables = read_all(folder)
    try:
        table = tables[part]
        return Calibration(
            of=str(table["of"]),
            reference=tuple(float(value) for value in table["reference"]),
            naive=tuple(float(value) for value in table["naive"]),
            reference_cpu_s=float(table["reference_cpu_s"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AuthoringError(
            f"{folder / FILE} says nothing usable of the part {part!r}; run: assay calibrate {folder.name}"
        ) from error


def read_all(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """All tables of the file; none where there is no file."""
    import tomllib  # not in Python 3.9, which never seals

    file = folder / FILE
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AuthoringError(f"{file} cannot be read: {error}; run: assay calibrate {folder.name}") from error


def write(folder: Path, calibrations: Mapping[str, Calibration]) -> Path:
    """Write the file anew, a table a part."""
    file = folder / FILE
    file.write_text("\n".join([_HEAD, *(_table(*each) for each in calibrations.items())]), encoding="utf-8")
    return file


def _table(part: str, calibration: Calibration) -> str:
    def numbers(values: tuple[float, ...]) -> str:
        rows = [values[i : i + 10] for i in range(0, len(values), 10)]
        return "[\n" + "".join("    " + ", ".join(f"{v:.2f}" for v in row) + ",\n" for row in rows) + "]"

    return (
        f'["{part}"]\nof = "{calibration.of}"\nreference = {numbers(calibration.reference)}\n'
        f"naive = {numbers(calibration.naive)}\nreference_cpu_s = {calibration.reference_cpu_s:.3f}\n"
    )
