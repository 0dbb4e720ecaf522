import sys

from lab import untouched

sys.setrecursionlimit(1 << 30)


def deeper(x):
    return sorted([x, x], key=deeper)


def attacked(x):
    return deeper(x)
