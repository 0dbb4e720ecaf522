"""A watch on a GPU's clock: what it runs at, of what it could, and what of the machine belongs to a record.

A GPU that is hot, or at the limit of its power, lowers its clock by itself. While nothing runs it lowers it,
too: so it is asked for while the device works or just after.
"""

from __future__ import annotations

from grader.nvidia_smi import asked

_NUMBERS = {
    "power.limit": "power_limit_w",
    "clocks.sm": "sm_mhz",
    "clocks.max.sm": "sm_max_mhz",
    "clocks.mem": "memory_mhz",
    "clocks.max.mem": "memory_max_mhz",
}


def clock_share(gpu: str) -> float | None:
    """The present clock of a GPU's multiprocessors, by its id, as a share of their highest.

    None where it is not known: a driver may not tell, or not answer, and what cannot be watched is no error.
    """
    try:
        ((now, most),) = asked("clocks.sm", "clocks.max.sm", gpu=gpu)
    except (OSError, ValueError):
        return None
    share, highest = _number(now), _number(most)
    return share / highest if share is not None and highest else None


def described(gpu: str) -> dict[str, str | float]:
    """Driver, limit of power (W) and clocks (MHz) of a GPU, by its id; OSError where it cannot be asked.

    driver, power_limit_w, sm_mhz, sm_max_mhz, memory_mhz, memory_max_mhz: without those that are not known.
    """
    ((driver, *texts),) = asked("driver_version", *_NUMBERS, gpu=gpu)
    numbers = dict(zip(_NUMBERS.values(), map(_number, texts), strict=True))
    return {"driver": driver, **{name: value for name, value in numbers.items() if value is not None}}


def _number(text: str) -> float | None:
    """None for "[N/A]", and for whatever else stands in place of a number."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
