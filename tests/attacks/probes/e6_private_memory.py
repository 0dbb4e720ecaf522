import numpy as np
from lab import attack, untouched

attacked = attack(lambda: [np.empty(64 << 17) for _ in range(48)])
