from lab import untouched


def attacked(x):
    return 0 * x
