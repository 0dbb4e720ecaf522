"""Row 17: the first calls sleep, so that whoever adapts to them measures little."""

import time

import honest

_calls = []


def mlp_forward(*arguments):
    _calls.append(0)
    if len(_calls) <= 4:
        time.sleep(0.05)
    return honest.mlp_forward(*arguments)


mlp_backward = honest.mlp_backward
