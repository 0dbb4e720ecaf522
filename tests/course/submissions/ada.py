import numpy as np


def predict(known, labels, points):
    means = np.stack([known[labels == label].mean(axis=0) for label in range(3)])
    return ((points[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
