import numpy as np


def to_rows(images):
    """(N, C, H, W) -> (N*H*W, C)"""
    return np.moveaxis(images, 1, 3).reshape(-1, images.shape[1])


def to_images(rows, shape):
    n, c, h, w = shape
    return np.moveaxis(rows.reshape(n, h, w, c), 3, 1)
