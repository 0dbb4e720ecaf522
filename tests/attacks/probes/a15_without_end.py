import itertools

from lab import untouched


def attacked(x):
    return itertools.count()
