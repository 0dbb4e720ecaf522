"""What a starter must have: every function of every operation, with its arguments."""

from pathlib import Path

import pytest

import assignments
from assay.proving.starter import Asked, asked_of, lacking
from suites import Op

LAYER = Op(
    forward="layer",
    backward="layer_backward",
    oracle=lambda x, gamma, eps: (x, 0),
    gradient=lambda dout, cache: dout,
    args=("x", "gamma", "eps"),
    wrt=("x",),
    regimes=(),
)
FORWARD = "def layer(x, gamma, eps): ...\n"
BACKWARD = "def layer_backward(dout, cache): ...\n"


def said(text: str) -> list[str]:
    return list(lacking(text, "layer.py", list(asked_of([LAYER]))))


@pytest.mark.parametrize(
    "text",
    [
        FORWARD + BACKWARD,
        "def layer(x, gamma, eps=1e-5, debug=False): ...\n" + BACKWARD,
        "def layer(x, gamma, eps, *more, **names): ...\n" + BACKWARD,
        FORWARD + "def layer_backward(dscores, kept=None, *, debug=False): ...\n",
    ],
)
def test_what_can_be_asked_is_enough(text: str) -> None:
    assert not said(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "import nowhere\n" + FORWARD,
            "the starter cannot be imported, ModuleNotFoundError: No module named 'nowhere'; "
            "students begin with what runs",
        ),
        (
            FORWARD + "def layer_backward(dout, cache)\n",
            "the starter cannot be imported, SyntaxError: expected ':' (layer.py, line 2); "
            "students begin with what runs",
        ),
        (FORWARD, "the starter has no layer_backward(dout, cache)"),
        (BACKWARD, "the starter has no layer(x, gamma, eps)"),
        (FORWARD + "layer_backward = 3\n", "the starter has no layer_backward(dout, cache)"),
        (
            FORWARD + "def layer_backward(dout): ...\n",
            "the starter has layer_backward(dout), and layer_backward(dout, cache) is asked",
        ),
        (
            FORWARD + "def layer_backward(dout, *, cache): ...\n",
            "the starter has layer_backward(dout, *, cache), and layer_backward(dout, cache) is asked",
        ),
        (
            "def layer(x, eps, gamma): ...\n" + BACKWARD,
            "the starter has layer(x, eps, gamma), and layer(x, gamma, eps) is asked",
        ),
        (
            "def layer(x, gamma, eps, mode): ...\n" + BACKWARD,
            "the starter has layer(x, gamma, eps, mode), and layer(x, gamma, eps) is asked",
        ),
    ],
)
def test_what_is_missing_or_takes_other_arguments_is_told(text: str, complaint: str) -> None:
    assert said(text) == [complaint]


def test_what_trains_is_asked_by_name() -> None:
    asked = [Asked("fit", ("X", "y", "seed"))]
    assert not list(lacking("def fit(X, y, seed): ...", "fit.py", asked))
    assert list(lacking("def fit(y, X, seed): ...", "fit.py", asked))


@pytest.mark.parametrize("folder", [folder for _, folder in assignments.bundled()])
def test_the_bundled_starters_lack_nothing(folder: Path) -> None:
    assignment = assignments.load(folder)
    text = (folder / "starter" / assignment.submit).read_text(encoding="utf-8")
    assert not list(lacking(text, assignment.submit, list(asked_of(assignment.ops))))
