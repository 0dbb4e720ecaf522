import ctypes

from lab import untouched


def attacked(x):
    ctypes.string_at(0)
