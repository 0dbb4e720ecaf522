"""What the accelerator does for a question: waited for, and timed by its own events, as a diagnostic.

Where torch is loaded and has a CUDA context, an event goes into the current stream before and after the calls
of a question, and the device is synchronized before the reply is encoded: so nothing of an honest question
runs on when its answer goes. Where torch is not loaded it costs a look into a dictionary.

The submission may have put anything in place of torch. Whatever that does or raises, the time is 0 then, and
what the question came to stays as it was.
"""

from __future__ import annotations

import sys
from typing import Any

from grader import wire


def begin() -> Any:
    """An event on the current stream; None where there is no live CUDA context."""
    try:
        torch = sys.modules.get("torch")
        return _mark(torch) if torch is not None and torch.cuda.is_initialized() else None
    except BaseException:
        return None


def end(began: Any) -> int:
    """Wait until the device is idle: the microseconds since `began` by its clock, 0 where they are unknown.

    They hold the work of the current stream and the pauses in it, not what other streams do after that.
    """
    try:
        torch = sys.modules.get("torch")
        if torch is None or not torch.cuda.is_initialized():
            return 0
        try:
            ended = _mark(torch) if began is not None else None
        finally:
            torch.cuda.synchronize()  # also where the context came with this question
        return 0 if began is None else _microseconds(began.elapsed_time(ended))
    except BaseException:
        return 0


def _mark(torch: Any) -> Any:
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event


def _microseconds(milliseconds: Any) -> int:
    whole = int(1e3 * float(milliseconds))
    return whole if 0 < whole <= wire.MAX_DEVICE_US else 0
