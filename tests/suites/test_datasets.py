"""Data sets: what comes with Assay is what it should be; what is missing is told with what brings it."""

import gzip
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from suites import AuthoringError, datasets


@pytest.fixture
def afresh():
    datasets._read.cache_clear()
    yield
    datasets._read.cache_clear()


def test_the_digits_are_whole_and_split_evenly():
    split = datasets.load("digits")
    assert split.train.pixels.shape == (4000, 28, 28)
    assert split.test.pixels.shape == (1000, 28, 28)
    assert split.train.pixels.dtype == np.uint8
    assert np.bincount(split.test.labels).tolist() == [100] * 10


def test_no_test_image_is_a_training_image():
    split = datasets.load("digits")
    known = {image.tobytes() for image in split.train.pixels}
    assert not any(image.tobytes() in known for image in split.test.pixels)


def test_a_missing_one_is_told_with_the_command_that_brings_it(tmp_path: Path, monkeypatch, afresh):
    monkeypatch.setattr(datasets, "FASHION", tmp_path / "nowhere")
    with pytest.raises(AuthoringError, match="apt-get install dataset-fashion-mnist"):
        datasets.load("fashion-mnist")
    assert "fashion-mnist cannot be read" in datasets.missing("fashion-mnist")
    assert datasets.missing("digits") == ""


def test_another_one_under_the_same_name_is_refused(tmp_path: Path, monkeypatch, afresh):
    split = datasets._digits()
    np.savez(tmp_path / "digits.npz", pixels=np.zeros((50, 28, 28), np.uint8), labels=split.train.labels[:50])
    monkeypatch.setattr(datasets, "HERE", tmp_path)
    with pytest.raises(AuthoringError, match="is not the one that is known here"):
        datasets.load("digits")


def test_an_unknown_name_is_told_with_those_that_are_known():
    with pytest.raises(AuthoringError, match="use one of digits, fashion-mnist"):
        datasets.load("imagenet")


@pytest.mark.skipif(not datasets.FASHION.is_dir(), reason="needs Debian's dataset-fashion-mnist")
def test_fashion_mnist_is_whole():
    split = datasets.load("fashion-mnist")
    assert split.train.pixels.shape == (60_000, 28, 28)
    assert np.bincount(split.test.labels).tolist() == [1000] * 10


def idx(path: Path, array: np.ndarray, kind: int = 8) -> None:
    """Write an array in the IDX format."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(head + array.tobytes()))


def test_the_idx_format_is_read_as_it_is_written(tmp_path: Path):
    for shape in ((5,), (2, 3), (2, 3, 300), (0, 4)):
        array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
        idx(tmp_path / "array.gz", array)
        found = datasets._idx(tmp_path / "array.gz")
        assert found.dtype == np.uint8
        assert np.array_equal(found, array)
        assert found.shape == shape
    idx(tmp_path / "floats.gz", array, kind=13)
    with pytest.raises(ValueError, match=r"floats\.gz holds no bytes"):
        datasets._idx(tmp_path / "floats.gz")


def test_fashion_mnist_is_split_as_its_files_are(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(datasets, "FASHION", tmp_path)
    for number, what in enumerate(("train", "t10k")):
        idx(tmp_path / f"{what}-images-idx3-ubyte.gz", np.full((2, 28, 28), number, np.uint8))
        idx(tmp_path / f"{what}-labels-idx1-ubyte.gz", np.full(2, 5 + number, np.uint8))
    split = datasets._fashion()
    for images, number in ((split.train, 0), (split.test, 1)):
        assert np.array_equal(images.pixels, np.full((2, 28, 28), number))
        assert images.labels.tolist() == [5 + number] * 2


def test_a_hash_is_over_pixels_and_labels_of_both():
    split = datasets.load("digits")
    others = [
        datasets.Split(replace(split.train, labels=split.train.labels[::-1].copy()), split.test),
        datasets.Split(split.train, replace(split.test, labels=split.test.labels[::-1].copy())),
        datasets.Split(replace(split.train, pixels=255 - split.train.pixels), split.test),
        datasets.Split(split.train, replace(split.test, pixels=255 - split.test.pixels)),
    ]
    assert len({each.sha256 for each in (split, *others)}) == 5
