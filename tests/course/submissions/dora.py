import numpy as np


def predict(known, labels, points):
    return np.zeros(len(points), dtype=int)
