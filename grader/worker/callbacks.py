"""Functions of the trusted side as callables: a call of one is a frame, and its value comes in another."""

from __future__ import annotations

from typing import Any, Callable, Optional

from grader import wire

Frame = Optional["tuple[wire.Header, Any]"]


class Callbacks:
    """The functions that one call is given. They end with it: kept for later, they answer no more.

    send  a frame to the trusted side; hear: its next one, None where the stream has ended.
    """

    def __init__(self, header: wire.Header, send: Callable[[bytes], None], hear: Callable[[], Frame]) -> None:
        self._header, self._send, self._hear = header, send, hear
        self._open = True

    def function(self, number: int) -> Callable[..., Any]:
        """The function of that number."""

        def given(*args: Any) -> Any:
            if not self._open:
                raise RuntimeError("a function that a call was given ends with that call")
            try:
                asked = self._frame((number, *args))
            except wire.WireError as error:
                raise ValueError(str(error)) from None
            self._send(asked)
            return self._returned(self._hear())

        return given

    def close(self) -> None:
        """The call has ended."""
        self._open = False

    def _frame(self, value: Any) -> bytes:
        return wire.frame(wire.CALLBACK, self._header.seq, self._header.nonce, value, wire.ARGUMENTS)

    @staticmethod
    def _returned(heard: Frame) -> Any:
        if heard is None:
            raise SystemExit
        header, value = heard
        if header.kind != wire.RETURNED:
            raise wire.WireError("this frame is no value of a function")
        if type(value) is str:
            raise ValueError(value)
        return value
