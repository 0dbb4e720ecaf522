from lab import untouched


def attacked(x):
    return {"__proto__": 1, **{str(n): n for n in range(100_000)}}
