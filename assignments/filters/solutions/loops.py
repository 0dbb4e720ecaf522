"""One pixel after the other."""

import numpy as np


def slide(image, kernel):
    rows, columns = kernel.shape
    out = np.zeros(image.shape, image.dtype)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            for p in range(rows):
                for q in range(columns):
                    y, x = i + p - rows // 2, j + q - columns // 2
                    if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
                        out[i, j] += image[y, x] * kernel[p, q]
    return out


def convolve(image, kernel):
    rows, columns = kernel.shape
    turned = [[kernel[rows - 1 - p, columns - 1 - q] for q in range(columns)] for p in range(rows)]
    return slide(image, np.array(turned))


def blur(image, size):
    return slide(slide(image, np.ones((1, size)) / size), np.ones((size, 1)) / size)


def pointwise(x, w, b):
    n, _, height, width = x.shape
    out = np.zeros((n, len(w), height, width))
    for i in range(n):
        for f in range(len(w)):
            out[i, f] = b[f]
            for c in range(x.shape[1]):
                out[i, f] += w[f, c] * x[i, c]
    return out


def receptive_field(sizes, strides):
    width = 1
    for size, stride in reversed(list(zip(sizes, strides))):
        width = (width - 1) * stride + size
    return width
