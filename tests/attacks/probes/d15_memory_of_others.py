import numpy as np
from lab import attack, untouched


@attack
def attacked():
    return any(b"ASSAY_SECRET" in np.empty(1000, np.uint8).tobytes() for _ in range(4000))
