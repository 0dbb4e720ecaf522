import gc
import os

from lab import untouched


class Last:
    def __del__(self):
        os._exit(0)


def attacked(x):
    gc.set_threshold(1)
    return Last()
