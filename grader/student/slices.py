"""An answer that is waited for in slices: between them somebody else has the processor."""

from __future__ import annotations

import time
from collections.abc import Callable


class Slices:
    """Each time that so many seconds have passed `pause` is called; how long it takes counts for no limit.

    ends  when the slice that runs is over, by the monotonic clock.
    """

    def __init__(self, every_s: float, pause: Callable[[], None]) -> None:
        self._every_s, self._pause = every_s, pause
        self.ends = time.monotonic() + every_s

    def pause_if_over(self) -> float:
        """Pause where the slice is over: the seconds that this took, or 0."""
        began = time.monotonic()
        if began < self.ends:
            return 0.0
        self._pause()
        now = time.monotonic()
        self.ends = now + self._every_s
        return now - began
