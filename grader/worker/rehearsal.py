"""What the zygote does once so that no run need do it again: answer a few calls.

The interpreter specialises bytecode where it runs, NumPy looks its loops up at the first use, and memory is
touched: in a fork all of it would be done anew, page by page copied, for every submission.
"""

from __future__ import annotations

import linecache
import random

import numpy as np

from grader import wire
from grader.worker.serving import serve

_TIMES = 40  # the interpreter specialises after 8 calls, and some code needs as many again
_MAIN = "rehearsal.py"
_SOURCE = """
import numpy as np


def forward(x, w, b, scale=2, name="", options=None):
    mean, var = x.mean(axis=0), np.var(x, axis=0)
    out = (x - mean) / np.sqrt(var + 1e-5)
    out = np.maximum(np.dot(out.reshape(out.shape[0], -1), w) + b, 0)
    exps = np.exp(out - np.max(out, axis=1, keepdims=True))
    p = exps / np.sum(exps, axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(len(p)), p.argmax(axis=1)])) / len(p)
    return loss, p, (x, w, p, mean)


def backward(dout, cache):
    x, w, p, mean = cache
    dx = np.zeros_like(x)
    dx += (dout * p * (p > 0)).dot(w.T) * 0.5
    dw = x.T @ dout
    return dx, np.where(dw < 0, -dw, dw), np.sum(dout, axis=0)
"""


class _Tape:
    """A stream that has been written in full; nobody hears what comes back."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, count: int, /) -> bytes:
        piece, self._data = self._data[:count], self._data[count:]
        return piece

    def recv_into(self, buffer: memoryview, /) -> int:
        piece = self.recv(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def sendall(self, data: bytes | memoryview, /) -> None:
        pass


def rehearse() -> None:
    """Load a submission of ours and answer calls to it; nothing of it is left."""
    files = {_MAIN: _SOURCE}
    nonce = bytes(wire.NONCE_BYTES)
    load = {"files": files, "main": _MAIN, "reply_bytes": wire.REPLY.size}
    frames = [wire.frame(wire.LOAD, 1, nonce, load, wire.REQUEST)]
    x, w, b = np.linspace(-1.0, 1.0, 12).reshape(4, 3), np.ones((3, 3)), np.ones(3)
    forward = ("forward", [(x,), (w.T,), (b,), (2,), ("",), ({"eps": 1e-5},)], [None, None, "c"], [0], None)
    backward = ("backward", [(x,), "c"], [None] * 3, [0], 0)
    calls = [wire.frame(wire.ASK, 2, nonce, call, wire.REQUEST) for call in enumerate((forward, backward))]
    state = random.getstate(), np.random.get_state()
    for _ in range(2):
        tape = _Tape(b"".join(frames + _TIMES * calls))
        serve(tape)
    linecache.cache.pop(_MAIN, None)
    random.setstate(state[0])
    np.random.set_state(state[1])
