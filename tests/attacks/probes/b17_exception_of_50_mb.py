from lab import untouched


def attacked(x):
    raise ValueError("\ud800" + "x" * (50 << 20))
