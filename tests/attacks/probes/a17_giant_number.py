from lab import untouched


def attacked(x):
    return int("9" * 4000) ** 30
