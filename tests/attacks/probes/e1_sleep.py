import time

from lab import untouched


def attacked(x):
    time.sleep(600)
