import os

from lab import untouched


def attacked(x):
    os.abort()
