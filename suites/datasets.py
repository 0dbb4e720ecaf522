"""Images that nets are trained on: where they come from, proved by their hash, read once a process.

`digits` comes with Assay; others are found where the system's package manager puts them. An image is bytes
(H, W); the split into training and test images is the data set's own, the same for everybody.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Callable

import numpy as np
from numpy.typing import NDArray

from suites.assignment import AuthoringError

HERE = Path(__file__).resolve().parent / "data"
FASHION = Path("/usr/share/datasets/fashion-mnist")
TEST_SHARE = 5  # every fifth of the digits is a test image

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Images:
    """Pixels (N, H, W) from 0 to 255 and labels (N,)."""

    pixels: Bytes
    labels: Bytes


@dataclass(frozen=True)
class Split:
    """The images to train on, and those to test on."""

    train: Images
    test: Images

    @property
    def sha256(self) -> str:
        """Over everything that is in it."""
        digest = hashlib.sha256()
        for images in (self.train, self.test):
            digest.update(images.pixels.tobytes())
            digest.update(images.labels.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Dataset:
    """A data set by name. `bring` says how to get it where `read` finds nothing."""

    name: str
    about: str
    read: Callable[[], Split]
    sha256: str
    bring: str


def load(name: str) -> Split:
    """Read a data set, the first time in this process. AuthoringError where it is missing, or another."""
    if name not in DATASETS:
        raise AuthoringError(f"there is no data set {name!r}; use one of {', '.join(DATASETS)}")
    return _read(name)


def missing(name: str) -> str:
    """Why a data set cannot be read, with what brings it; nothing where it can be."""
    try:
        load(name)
    except AuthoringError as error:
        return str(error)
    return ""


@cache
def _read(name: str) -> Split:
    dataset = DATASETS[name]
    try:
        split = dataset.read()
    except (OSError, EOFError, KeyError, ValueError) as error:
        raise AuthoringError(f"the data set {name} cannot be read ({error}); {dataset.bring}") from error
    if split.sha256 != dataset.sha256:
        raise AuthoringError(f"the data set {name} is not the one that is known here; {dataset.bring}")
    return split


def _digits() -> Split:
    with np.load(HERE / "digits.npz", allow_pickle=False) as file:
        pixels, labels = file["pixels"], file["labels"]
    test = np.arange(len(labels)) % TEST_SHARE == 0
    return Split(Images(pixels[~test], labels[~test]), Images(pixels[test], labels[test]))


def _fashion() -> Split:
    def images(what: str) -> Images:
        return Images(
            _idx(FASHION / f"{what}-images-idx3-ubyte.gz"), _idx(FASHION / f"{what}-labels-idx1-ubyte.gz")
        )

    return Split(images("train"), images("t10k"))


def _idx(path: Path) -> Bytes:
    """An array in the IDX format: two zero bytes, type 8 (bytes), number of axes, sizes, data."""
    with gzip.open(path) as file:
        content = file.read()
    if content[:3] != b"\0\0\x08":
        raise ValueError(f"{path.name} holds no bytes in the IDX format")
    axes = content[3]
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", axes, 4))
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


DATASETS: dict[str, Dataset] = {
    each.name: each
    for each in (
        Dataset(
            name="digits",
            about="5,000 handwritten digits of MNIST, 28 x 28; 4,000 to train on",
            read=_digits,
            sha256="ff64daa8eeca9b50c456bf4274e71acea21222992fd1284556a6a26993a2d38e",
            bring="it comes with Assay: install Assay again",
        ),
        Dataset(
            name="fashion-mnist",
            about="70,000 pictures of clothes, 28 x 28; 60,000 to train on",
            read=_fashion,
            sha256="ca3ab2a37f845e1b8ae23cab1b51749a3011ba3bf1d9016176d75cbaabac376f",
            bring="on Debian or Ubuntu: apt-get install dataset-fashion-mnist",
        ),
    )
}
