"""A launcher for the student's own code, started while this process still imports and seals."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType

from grader.sandbox.launch import ZygoteLauncher
from grader.sandbox.levels import Level

LEVEL = Level.process  # the student's own code, on the student's own machine
USUAL = ("numpy",)


class Launching:
    """A context manager: its end ends the launcher, whether or not it was ever asked for.

    A launcher takes longer to start than anything else in a check, and most of that is another process's
    work. So it starts before anyone knows which packages the assignment needs, with the usual ones.
    """

    def __init__(self) -> None:
        self._launcher: ZygoteLauncher | None = None
        self._thread = threading.Thread(target=self._start, daemon=True)
        self._thread.start()

    def launcher(self, packages: tuple[str, ...]) -> ZygoteLauncher:
        """The launcher with these packages; SandboxError where there can be none."""
        self._thread.join()
        if self._launcher is None or self._launcher.packages != packages:
            self._close()
            self._launcher = ZygoteLauncher(LEVEL, packages)
        return self._launcher

    def __enter__(self) -> Launching:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()
        self._close()

    def _start(self) -> None:
        with suppress(OSError):  # whoever asks for a launcher tries again, and is told why not
            self._launcher = ZygoteLauncher(LEVEL, USUAL)

    def _close(self) -> None:
        launcher, self._launcher = self._launcher, None
        if launcher is not None:
            launcher.close()
