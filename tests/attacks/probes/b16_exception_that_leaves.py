import os

from lab import untouched


class Leaving(Exception):
    def __str__(self):
        os._exit(0)

    __repr__ = __str__


def attacked(x):
    raise Leaving
