import sys

from lab import untouched


def attacked(x):
    return 0 * x


sys.exit(0)
