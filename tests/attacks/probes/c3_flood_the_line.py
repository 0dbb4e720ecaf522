import os

from lab import untouched


def attacked(x):
    while True:
        os.write(3, b"x" * 65536)
