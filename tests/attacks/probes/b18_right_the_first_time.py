from lab import untouched

asked = []


def attacked(x):
    asked.append(x)
    return x * x + 1 if len(asked) == 1 else 0 * x
