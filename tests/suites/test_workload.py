"""What a workload asks is what its oracle answers; what the peers of the bundled ones answer, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assignments
from grader.loopback import loopback
from suites import Assignment, AuthoringError, Op, Workload, regime
from suites.types import Call, Ref, Reply
from suites.yardstick import relative_error, right_enough

BUNDLED = [
    (name, workload) for name, _ in assignments.bundled() for workload in assignments.load(name).workloads
]
SMALL = {"batchnorm": 12, "mlp": 6, "convolution": 2, "descent": 5}
PEERS = [
    (name, workload, peer)
    for name, workload in BUNDLED
    for peer in ("reference", "naive", "torch")
    if getattr(workload, peer)
]


def answered(source: str, workload: Workload, inputs, depth: int):
    with loopback({"work.py": source}, "work.py") as student:
        answer = student.chain(*workload.calls(inputs, depth))
    assert isinstance(answer, Reply), answer
    return [*answer.values]


@pytest.mark.parametrize(
    ("name", "workload", "peer"), PEERS, ids=[f"{name}-{peer}" for name, _, peer in PEERS]
)
@pytest.mark.parametrize("depth", [1, 3])
def test_whoever_is_compared_with_answers_what_the_oracle_does(name, workload, depth, peer):
    if peer == "torch" or workload.on == "cuda":
        pytest.importorskip("torch", reason="PyTorch is not installed")
    inputs = workload.inputs(np.random.default_rng(0), SMALL[name])
    source = (assignments.find(name) / getattr(workload, peer)).read_text(encoding="utf-8")
    wanted = workload.answers(inputs, depth)
    for got, want in zip(answered(source, workload, inputs, depth), wanted, strict=True):
        if workload.on == "cuda":
            assert np.asarray(got).dtype == np.float32
        else:
            np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-9)
        assert relative_error([got], [want]) < right_enough(workload)


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
TWO_STEPS = Op(
    forward="walk",
    oracle=lambda x, steps: (x + steps, 2 * x),
    args=("x", "steps"),
    outputs=("sum", "twice"),
    regimes=(numbers,),
)
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


# --------------------------------------------------------------------------- what a question holds


def scaled(x, w):
    return x * w, (x, w)


def scaled_back(dout, cache):
    x, w = cache
    return dout * w, (dout * x).sum(axis=0)


SCALED = Op(
    *("scale", scaled, ("x", "w"), (numbers,)),
    backward="scale_back",
    gradient=scaled_back,
    wrt=("x", "w"),
)
CHAIN = Workload(
    *("chain", SCALED, lambda rng, n: {"x": rng.normal(size=(n, n)), "w": rng.normal(size=n)}, 3, float, ""),
    depth=2,
    between="transpose",
)


def test_the_calls_of_a_chain_by_hand():
    """Only the first input and what is asked for cross the pipe; the rest stays on the other side."""
    x, w = np.eye(2), np.ones(2)
    at = [Ref(name, "transpose") for name in ("out0", "out1", "gradient1")]
    assert CHAIN.calls({"x": x, "w": w}, 2) == (
        Call("scale", (x, w), (at[0], Ref("cache0"))),
        Call("scale", (at[0], w), (at[1], Ref("cache1"))),
        Call("scale_back", (at[1], Ref("cache1")), (at[2], None)),
        Call("scale_back", (at[2], Ref("cache0")), (None, None)),
    )


def test_the_answers_of_a_chain_are_the_gradients_of_half_the_sum_of_squares():
    """Against differences, which are exact but for rounding where a loss is quadratic in one weight."""
    rng = np.random.default_rng(0)
    inputs = CHAIN.inputs(rng)
    work = replace(CHAIN, between="")

    def loss(x, *ws):
        out = x
        for w in ws:
            out = scaled(out, w)[0]
        return 0.5 * (out**2).sum()

    x, w = inputs["x"], inputs["w"]
    dw_last, dx, dw_first = work.answers(inputs, 2)
    for got, slope in (
        (dx, lambda step: (loss(x + step, w, w) - loss(x - step, w, w)) / 2),
        (dw_first, lambda step: (loss(x, w + step, w) - loss(x, w - step, w)) / 2),
        (dw_last, lambda step: (loss(x, w, w + step) - loss(x, w, w - step)) / 2),
    ):
        v = rng.normal(size=got.shape)
        assert (got * v).sum() == pytest.approx(slope(v))


def test_a_layer_that_is_moved_is_moved_on_both_sides():
    source = (
        "def scale(x, w):\n    return x * w, (x, w)\n\n"
        "def scale_back(dout, cache):\n    x, w = cache\n    return dout * w, (dout * x).sum(axis=0)\n"
    )
    inputs = CHAIN.inputs(np.random.default_rng(0))
    for depth in (1, 2, 3):
        wanted = CHAIN.answers(inputs, depth)
        assert len(wanted) == depth + 1
        for got, want in zip(answered(source, CHAIN, inputs, depth), wanted, strict=True):
            np.testing.assert_allclose(got, want)


def test_a_null_submission_holds_ones_of_the_right_kind():
    x = np.zeros((2, 3), np.float32)
    assert small(ALONE).null_source({"x": x}) == (
        "import numpy as np\n\n_soft = (np.ones((2, 3), 'float32'))\n\n\n"
        "def soft(*arguments):\n    return _soft\n\n\n"
    )
    inputs = {"x": np.eye(3), "w": np.ones(3)}
    space: dict[str, Any] = {}
    exec(CHAIN.null_source(inputs), space)
    out, cache = space["scale"](1, 2)
    dx, dw = space["scale_back"](3)
    assert (out.tolist(), cache) == (np.ones((3, 3)).tolist(), None)
    assert (dx.shape, dw.shape) == ((3, 3), (3,))
    assert space["scale"](1, 2)[0] is out  # made once: only the pipe costs anything
    exec(small(TWO).null_source({"x": np.zeros(4)}), space)
    assert [np.shape(value) for value in space["pair"]()] == [(), (4,)]


def test_sizes_are_parts_of_the_size_and_hold_something():
    work = replace(small(ALONE), size=400)
    assert work.sizes == [100, 200, 400]
    assert replace(work, size=1).sizes == [1, 1, 1]
    assert replace(work, size=6, growth=(0.25, 0.6)).sizes == [2, 4]
    rng = np.random.default_rng(0)
    assert [len(work.inputs(rng, size)["x"]) for size in (7, None)] == [7, 400]


@pytest.mark.parametrize(
    "changes", [{"gradient": None}, {"outputs": ("out", "more")}, {"gradient": None, "outputs": ("a", "b")}]
)
def test_a_backward_is_timed_where_the_oracle_knows_its_answer(changes):
    with pytest.raises(AuthoringError, match="scale_back is timed where there is one output"):
        small(replace(SCALED, **changes))


def test_a_chain_needs_a_gradient_of_its_first_argument():
    with pytest.raises(AuthoringError, match="make no chain"):
        small(replace(SCALED, wrt=("w", "x")), depth=2)
    small(replace(SCALED, wrt=("w", "x")), depth=1)


def test_a_draw_that_forgets_an_argument_is_refused():
    workload = Workload("small", ALONE, lambda rng, n: {}, 4, float, "")
    with pytest.raises(AuthoringError, match="gives no x"):
        workload.inputs(np.random.default_rng(0))


def test_sizes_below_one_are_refused():
    with pytest.raises(AuthoringError, match="at least 1"):
        small(ALONE, depth=0)


def test_what_goes_in_steps_may_be_lengthened_whatever_it_returns():
    workload = replace(small(TWO_STEPS, steps="steps"), depth=4)
    inputs = workload.inputs(np.random.default_rng(0))
    source = "def walk(x, steps):\n    return x + steps, 2 * x\n"
    (call,) = workload.calls(inputs, 4)
    assert call.args[1] == 4
    for got, want in zip(answered(source, workload, inputs, 4), workload.answers(inputs, 4), strict=True):
        np.testing.assert_array_equal(got, want)
    for _, bundled in BUNDLED:
        if bundled.steps:
            assert replace(bundled, depth=256).depth == 256


def test_bundled_files_are_there():
    for name, workload, peer in PEERS:
        folder: Path = assignments.find(name)
        assert (folder / getattr(workload, peer)).is_file()
    assert isinstance(assignments.load("mlp"), Assignment)
