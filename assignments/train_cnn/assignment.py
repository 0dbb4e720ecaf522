"""Training a convolutional network on images that are turned, mirrored and filtered, by NumPy or PyTorch."""

from importlib.util import find_spec
from pathlib import Path

from suites import Assignment
from suites.problems import Oriented
from suites.terms import Budget, Terms
from suites.training import Level, Training

here = Path(__file__).parent

images = Terms(
    Oriented("digits", train=4000, test=10_000), budget=Budget(times=4.0, predict_s=10.0, numbers=200_000)
)

assignment = Assignment(
    title="Training a convolutional network",
    submit="train_cnn.py",
    packages=("numpy", "torch") if find_spec("torch") else ("numpy",),
    memory=1 << 30,
    parts=(
        Training(
            "images",
            "A network for images",
            images,
            here,
            levels=(Level("half way", 5, share="1/2"), Level("target", 10)),
            reference="solutions/numpy_columns.py",
            naive="naive/linear.py",
        ),
    ),
)
