import os

from lab import untouched


def attacked(x):
    while True:
        os.write(1, b"x" * 65536)
