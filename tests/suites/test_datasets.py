"""Data sets: what comes with Assay is what it should be; what is missing is told with what brings it."""

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
