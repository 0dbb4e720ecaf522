import sys

import numpy as np
from lab import untouched

np.canary = sys.canary = True
np.sum = np.multiply = lambda *args, **options: 7
sys.modules["statistics"] = sys


def attacked(x):
    return 0 * x
