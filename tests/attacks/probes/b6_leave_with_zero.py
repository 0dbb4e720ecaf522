import atexit
import os

from lab import untouched

atexit.register(os._exit, 0)


def attacked(x):
    os._exit(0)
