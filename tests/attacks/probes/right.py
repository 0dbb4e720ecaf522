"""The control: right in both."""

from lab import untouched


def attacked(x):
    return x * x + 1
