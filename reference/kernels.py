"""Classic kernels, as image processing has chosen them by hand; a network learns its own.

    edges    -1 -1 -1      sharpen    0 -1  0      box blur    1  1 1 1
             -1  8 -1                -1  5 -1                  - 1 1 1
             -1 -1 -1                 0 -1  0                  9 1 1 1

Edges sum to 0, so an even image gives 0; the other two sum to 1 and keep the brightness. Sharpening adds to a
pixel what it differs from its four neighbours.

A box is separable: the n x n mean is the mean along the columns of the means along the rows, which takes
2 n products a pixel instead of n^2.

Images are (H, W) and keep their size: they stand in a border of zeros, which darkens a blur at its edges.

Errors: ValueError if the kernel's size is even, since then no pixel is its centre.

Lectures: 000:630-643; horizontally, then vertically 000:872-881.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference import convolution

Array = NDArray[np.floating[Any]]
Layer = Callable[..., tuple[Array, convolution.Cache]]

EDGES = np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]])
SHARPEN = np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])


def box(height: int, width: int) -> Array:
    """Return the kernel (height, width) that takes the mean."""
    return np.full((height, width), 1 / (height * width))


def apply(kernel: Array, image: Array, layer: Layer = convolution.forward) -> Array:
    """Slide a kernel with odd sizes over an image (H, W); the result has its size.

    `layer` is how: `convolution.true_convolution` turns the kernel by 180 degrees first.
    """
    height, width = kernel.shape
    if height % 2 == 0 or width % 2 == 0:
        raise ValueError(f"a kernel of {height} x {width} has no pixel at its centre")
    x, w = image[np.newaxis, np.newaxis], kernel.astype(image.dtype)[np.newaxis, np.newaxis]
    out, _ = layer(x, w, np.zeros(1, image.dtype), pad=(height // 2, width // 2))
    return np.asarray(out[0, 0])


def blur(image: Array, size: int = 3) -> Array:
    """Blur an image (H, W) along its rows, then the result along its columns."""
    return apply(box(size, 1), apply(box(1, size), image))
