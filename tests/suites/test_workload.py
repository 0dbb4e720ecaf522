"""What a workload asks is what its oracle answers; what the peers of the bundled ones answer, too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import assignments
from grader.loopback import loopback
from suites import Assignment, AuthoringError, Op, Workload, regime
from suites.types import Ref, Reply

BUNDLED = [
    (name, workload) for name, _ in assignments.bundled() for workload in assignments.load(name).workloads
]
SMALL = {"batchnorm": 12, "mlp": 6, "convolution": 2}


def answered(source: str, workload: Workload, inputs, depth: int):
    with loopback({"work.py": source}, "work.py") as student:
        answers = student.ask(*workload.calls(inputs, depth))
    assert all(isinstance(answer, Reply) for answer in answers), answers
    return [value for answer in answers for value in answer.values]


@pytest.mark.parametrize(("name", "workload"), BUNDLED, ids=[name for name, _ in BUNDLED])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("peer", ["reference", "naive", "torch"])
def test_whoever_is_compared_with_answers_what_the_oracle_does(name, workload, depth, peer):
    if peer == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed")
    inputs = workload.inputs(np.random.default_rng(0), SMALL[name])
    source = (assignments.find(name) / getattr(workload, peer)).read_text(encoding="utf-8")
    wanted = workload.answers(inputs, depth)
    for got, want in zip(answered(source, workload, inputs, depth), wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("name", "workload"), BUNDLED, ids=[name for name, _ in BUNDLED])
def test_the_null_submission_has_the_right_shapes(name, workload):
    inputs = workload.inputs(np.random.default_rng(0), SMALL[name])
    got = answered(workload.null_source(inputs), workload, inputs, 2)
    assert [np.shape(g) for g in got] == [np.shape(a) for a in workload.answers(inputs, 2)]


@regime(public=True)
def numbers(rng):
    """Numbers."""
    return {"x": rng.normal(size=3)}


def softened(x):
    return x / (1 + abs(x))


def pair(x):
    return x.sum(), 2 * x


ALONE = Op(forward="soft", oracle=softened, args=("x",), regimes=(numbers,))
TWO = Op(forward="pair", oracle=pair, args=("x",), outputs=("sum", "twice"), regimes=(numbers,))


def small(op, **options):
    return Workload(
        "small", op, lambda rng, n: {"x": rng.normal(size=n)}, 4, lambda n: 1.0 * n, "", **options
    )


def test_a_function_without_a_backward_makes_a_chain_of_forwards():
    workload = small(ALONE, depth=3)
    inputs = workload.inputs(np.random.default_rng(0))
    assert [call.results for call in workload.calls(inputs, 3)] == [(Ref("out0"),), (Ref("out1"),), (None,)]
    source = "def soft(x):\n    return x / (1 + abs(x))\n"
    np.testing.assert_allclose(answered(source, workload, inputs, 3), workload.answers(inputs, 3))
    assert np.shape(answered(workload.null_source(inputs), workload, inputs, 2)[0]) == (4,)


def test_a_function_of_two_outputs_is_asked_once():
    workload = small(TWO)
    inputs = workload.inputs(np.random.default_rng(0))
    source = "def pair(x):\n    return x.sum(), 2 * x\n"
    for got, want in zip(answered(source, workload, inputs, 1), workload.answers(inputs, 1), strict=True):
        np.testing.assert_allclose(got, want)
    with pytest.raises(AuthoringError, match="make no chain"):
        small(TWO, depth=2)


def test_a_draw_that_forgets_an_argument_is_refused():
    workload = Workload("small", ALONE, lambda rng, n: {}, 4, float, "")
    with pytest.raises(AuthoringError, match="gives no x"):
        workload.inputs(np.random.default_rng(0))


def test_sizes_below_one_are_refused():
    with pytest.raises(AuthoringError, match="at least 1"):
        small(ALONE, depth=0)


def test_bundled_files_are_there():
    for name, workload in BUNDLED:
        folder: Path = assignments.find(name)
        for file in (workload.reference, workload.naive, workload.torch):
            assert (folder / file).is_file()
    assert isinstance(assignments.load("mlp"), Assignment)
