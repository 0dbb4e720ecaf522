"""Row 24: threads that never end burn the machine while the reference has its turn."""

import threading

import numpy as np
from honest import mlp_backward, mlp_forward  # noqa: F401

_big = np.ones(1 << 18)


def _burn():
    while True:
        _big.copy()


for _ in range(4):
    threading.Thread(target=_burn, daemon=True).start()
