import os

from lab import untouched


def attacked(x):
    os.close(3)
    while True:
        pass
