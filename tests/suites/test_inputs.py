"""What kinds of input share: the numbers stay, and what was not meant is left alone."""

from typing import Any

import numpy as np
import pytest

from suites import single, views, with_channels_last

RNG = np.random.default_rng(0)
DRAWN: dict[str, Any] = {
    "x": RNG.normal(size=(2, 3, 4, 5)),
    "w": RNG.normal(size=(3, 6)),
    "y": np.arange(4),
    "mask": np.arange(4) > 1,
    "eps": 0.1,
    "mode": "train",
    "sizes": [3, 5],
    "t": np.full((), 0.25),
}


@pytest.mark.parametrize("made", [views, with_channels_last])
def test_the_numbers_stay_and_lie_elsewhere(made: Any) -> None:
    other = made(DRAWN)
    assert list(other) == list(DRAWN)
    for name, value in DRAWN.items():
        assert np.array_equal(other[name], value)
        assert type(other[name]) is type(value)
    assert not other["x"].flags.c_contiguous
    assert DRAWN["x"].flags.c_contiguous


def test_views_lie_apart_and_so_do_labels() -> None:
    other = views(DRAWN)
    assert not any(other[name].flags.forc for name in ("x", "w", "y", "mask"))


def test_only_images_have_channels() -> None:
    other = with_channels_last(DRAWN)
    assert other["x"].transpose(0, 2, 3, 1).flags.c_contiguous
    assert other["w"] is DRAWN["w"]


def test_single_is_for_floats_in_arrays() -> None:
    other = single(DRAWN)
    assert {n for n, v in other.items() if getattr(v, "dtype", None) == np.float32} == {"x", "w", "t"}
    assert all(other[name] is DRAWN[name] for name in ("y", "mask", "eps", "mode", "sizes"))
    np.testing.assert_array_equal(other["x"], np.float32(DRAWN["x"]))
