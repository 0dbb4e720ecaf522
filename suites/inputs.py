"""What kinds of input share: the same numbers in single precision, or laid out otherwise in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from suites.types import Array, Value

Drawn = Mapping[str, Value]


def single(drawn: Drawn) -> dict[str, Value]:
    """The same arguments with their float arrays in float32."""
    return _each(drawn, lambda a: a.astype(np.float32) if a.dtype.kind == "f" else a)


def views(drawn: Drawn) -> dict[str, Value]:
    """The same numbers, not next to each other: every other entry of arrays that are twice as long."""
    return _each(drawn, lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a)


def with_channels_last(drawn: Drawn) -> dict[str, Value]:
    """The same images and kernels (N, C, H, W), in memory as (N, H, W, C); other arrays are left alone."""
    return _each(drawn, lambda a: _last(a) if a.ndim == 4 else a)


def _last(images: Array) -> Array:
    return np.moveaxis(np.moveaxis(images, 1, -1).copy(), -1, 1)


def _each(drawn: Drawn, changed: Callable[[Array], Array]) -> dict[str, Value]:
    return {name: changed(v) if isinstance(v, np.ndarray) else v for name, v in drawn.items()}
