"""How a conversation ends early, and what a sandbox died of."""

from __future__ import annotations

import signal

from grader.sandbox.types import Exit, Limits
from suites.types import Verdict

MAX_CAUSE = 200


class BrokenError(Exception):
    """The line cannot be used any more. `ended`: the far side hung up, so its exit says why."""

    def __init__(
        self,
        verdict: Verdict,
        cause: str,
        seconds: float = 0.0,
        *,
        ended: bool = False,
        late: bool = False,
        whole: bool = False,
    ) -> None:
        super().__init__(cause)
        self.verdict, self.cause, self.seconds = verdict, cause, seconds
        self.ended, self.late, self.whole = ended, late, whole


def autopsy(ended: Exit, limits: Limits) -> tuple[Verdict, str]:
    """What a process died of that hung up without being asked to."""
    cpu = (Verdict.TIMEOUT, f"used more than {limits.cpu_s:g} s of CPU")
    if "memory" in ended.cause:
        return Verdict.MEMORY, ended.cause[:MAX_CAUSE]
    if "cpu" in ended.cause.lower() or ended.signal == _signal("SIGXCPU"):
        return cpu
    if ended.signal == _signal("SIGKILL") and ended.cpu_s >= 0.95 * limits.cpu_s:
        return cpu  # past the hard limit the kernel says no more than this
    if ended.code is None and ended.signal is None:
        return Verdict.INFRASTRUCTURE, ended.cause[:MAX_CAUSE] or "the sandbox was lost"
    if ended.signal is None:
        return Verdict.CRASH, f"the process ended itself (exit code {ended.code})"
    if ended.killed and ended.signal == _signal("SIGKILL"):
        return Verdict.CRASH, "closed its connection"
    return Verdict.CRASH, f"the process died ({_signal_name(ended.signal)})"


def _signal(name: str) -> int | None:
    return getattr(signal, name, None)  # Windows has few of them


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
