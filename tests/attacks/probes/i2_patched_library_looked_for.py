import statistics
import sys

import numpy as np
from lab import attack, untouched

attacked = attack(lambda: hasattr(np, "canary") or hasattr(sys, "canary") or statistics is sys)
