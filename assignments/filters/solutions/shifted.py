"""Each weight moves the whole image once."""

import numpy as np


def moved(image, down, right):
    height, width = image.shape
    out = np.zeros_like(image)
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(right, 0), width + min(right, 0))
    from_rows = slice(max(-down, 0), height + min(-down, 0))
    from_columns = slice(max(-right, 0), width + min(-right, 0))
    if abs(down) < height and abs(right) < width:
        out[rows, columns] = image[from_rows, from_columns]
    return out


def convolve(image, kernel):
    middle = [n // 2 for n in kernel.shape]
    return sum(
        weight * moved(image, p - middle[0], q - middle[1]) for (p, q), weight in np.ndenumerate(kernel)
    )


def slide(image, kernel):
    return convolve(image, kernel[::-1, ::-1])


def blur(image, size):
    half = size // 2
    along_rows = sum(moved(image, 0, k) for k in range(-half, half + 1)) / size
    return sum(moved(along_rows, k, 0) for k in range(-half, half + 1)) / size


def pointwise(x, w, b):
    return sum(w[:, c, None, None] * x[:, c, None] for c in range(x.shape[1])) + b.reshape(-1, 1, 1)


def receptive_field(sizes, strides):
    first, last = 0, 0
    for size, stride in list(zip(sizes, strides))[::-1]:
        first, last = first * stride, last * stride + size - 1
    return last - first + 1
