"""What the naive judge compares with."""


def attacked(x):
    return x * x + 1


def untouched(x):
    return 2 * x
