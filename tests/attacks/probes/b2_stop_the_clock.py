import time

from lab import untouched

now = time.perf_counter
for name in ("time", "monotonic", "perf_counter", "process_time"):
    setattr(time, name, lambda: 0.0)


def attacked(x):
    end = now() + 60
    while now() < end:
        pass
    return x * x + 1
