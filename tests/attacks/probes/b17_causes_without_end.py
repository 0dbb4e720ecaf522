from lab import untouched


def attacked(x):
    error = ValueError("first")
    for number in range(20_000):
        after = ValueError(str(number))
        after.__cause__ = error
        error = after
    raise error
