"""The control: plainly wrong in one, right in the other."""

from lab import untouched


def attacked(x):
    return 0 * x
