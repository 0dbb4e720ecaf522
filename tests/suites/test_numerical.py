"""A backward against the student's own forward: right passes, wrong fails, the rest is undecided."""

from dataclasses import replace

import numpy as np
import pytest

from suites.grid import BITS_OF_DIRECTION, BITS_OF_POINT, direction, on_grid, scale_of
from suites.ladder import DOUBLE_ARITHMETIC, Point, climb
from suites.numerical import (
    _along,
    _confirmed,
    _jittered,
    _size,
    _trial,
    _with_new_upstream,
    check_gradients,
)
from suites.types import Verdict

AFFINE = """
def forward(x, w, b):
    return x @ w + b, (x, w)

def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)
"""

RELU = """
import numpy as np

def forward(x):
    return np.maximum(x, 0), x

def backward(dout, x):
    return dout * (x > 0)
"""

LOSS = """
import numpy as np

def forward(z, y):
    shifted = z - z.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logp[np.arange(len(y)), y].mean(), (logp, y)

def backward(dout, cache):
    logp, y = cache
    dz = np.exp(logp)
    dz[np.arange(len(y)), y] -= 1
    return dout * dz / len(y)
"""

STABILISED = """
import numpy as np

def forward(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y] + 1e-8).mean(), (p, y)

def backward(dout, cache):
    p, y = cache
    dz = p.copy()
    dz[np.arange(len(y)), y] -= 1
    return dout * dz / len(y)
"""

BATCHNORM = """
import numpy as np

def forward(x, gamma, beta):
    mu = x.mean(0)
    inv = 1 / np.sqrt(((x - mu) ** 2).mean(0) + 1e-5)
    xhat = (x - mu) * inv
    return gamma * xhat + beta, (xhat, inv, gamma)

def backward(dout, cache):
    xhat, inv, gamma = cache
    d = dout * gamma
    dx = inv * (d - d.mean(0) - xhat * (d * xhat).mean(0))
    return dx, (dout * xhat).sum(0), dout.sum(0)
"""

TWO_LAYERS = """
import numpy as np

def forward(x, w, v):
    a = x @ w
    h = np.maximum(a, 0)
    return h @ v, (x, w, v, a, h)

def backward(dout, cache):
    x, w, v, a, h = cache
    da = (dout @ v.T) * (a > 0)
    return da @ w.T, x.T @ da, h.T @ dout
"""


def draw(name, seed=0, dtype=np.float64):
    """Arguments of one of the layers: what is differentiated, the shape of out, the inputs."""
    rng = np.random.default_rng(seed + 1)

    def normal(*shape):
        return rng.normal(size=shape).astype(dtype)

    if name == "affine":
        return "x w b", (4, 3), {"x": normal(4, 5), "w": normal(5, 3), "b": normal(3)}
    if name == "relu":
        x = normal(6, 5)
        return "x", (6, 5), {"x": (np.sign(x) * (0.25 + np.abs(x))).astype(dtype)}
    if name == "loss":
        return "z", (), {"z": normal(5, 4), "y": rng.integers(0, 4, 5)}
    if name == "batchnorm":
        return "x gamma beta", (7, 4), {"x": 3 + normal(7, 4), "gamma": normal(4), "beta": normal(4)}
    return "x w v", (6, 2), {"x": normal(6, 5), "w": normal(5, 7), "v": normal(7, 2)}


LAYERS = {
    "affine": AFFINE,
    "relu": RELU,
    "loss": LOSS,
    "batchnorm": BATCHNORM,
    "two layers": TWO_LAYERS,
}


def check(student, case, seed=0):
    return check_gradients(student, case, np.random.default_rng(seed))


def verdicts(found):
    return {name: str(numerical.verdict) for name, numerical in found.items()}


# --------------------------------------------------------------------------- right layers


@pytest.mark.parametrize("name", LAYERS)
def test_a_right_layer_passes_in_float64(name, student_of, point):
    student = student_of(LAYERS[name])
    for seed in range(8):
        wrt, out, inputs = draw(name, seed)
        found = check(student, point(wrt, out, seed=seed, **inputs), seed)
        assert set(verdicts(found).values()) == {"pass"}, (seed, found)


@pytest.mark.parametrize("name", LAYERS)
def test_a_right_layer_is_never_convicted_in_float32(name, student_of, point):
    student = student_of(LAYERS[name])
    found = []
    for seed in range(8):
        wrt, out, inputs = draw(name, seed, np.float32)
        found += verdicts(check(student, point(wrt, out, seed=seed, **inputs), seed)).values()
    assert "fail" not in found
    assert found.count("pass") >= 0.9 * len(found)


def test_code_that_computes_in_float32_is_judged_as_float32(student_of, point):
    narrow = AFFINE.replace(
        "return x @ w", "x, w, b = x.astype('f4'), w.astype('f4'), b.astype('f4')\n    return x @ w"
    )
    wrt, out, inputs = draw("affine")
    assert set(verdicts(check(student_of(narrow), point(wrt, out, **inputs))).values()) == {"pass"}


def test_a_bias_in_front_of_batchnorm_has_gradient_zero_and_passes(student_of, point):
    source = """
def forward(x, b):
    out = x + b
    return out - out.mean(0), None

def backward(dout, cache):
    return dout - dout.mean(0), 0 * dout[0]
"""
    rng = np.random.default_rng(0)
    case = point("x b", (6, 3), x=rng.normal(size=(6, 3)), b=rng.normal(size=3))
    assert set(verdicts(check(student_of(source), case)).values()) == {"pass"}


@pytest.mark.parametrize("seed", range(6))
def test_a_stabiliser_is_not_convicted(seed, student_of, point):
    wrt, out, inputs = draw("loss", seed)
    found = check(student_of(STABILISED), point(wrt, out, seed=seed, **inputs), seed)
    assert found["z"].verdict is not Verdict.FAIL


# --------------------------------------------------------------------------- bugs


def bugs():
    """(layer, argument, what is wrong, the right line, the wrong one)."""
    dx = "dx = inv * (d - d.mean(0) - xhat * (d * xhat).mean(0))"
    yield "affine", "w", "a factor", "x.T @ dout", "x.T @ dout / len(x)"
    yield "affine", "b", "mean for sum", "dout.sum(0)", "dout.mean(0)"
    yield "affine", "x", "the sign", "return dout @ w.T", "return -dout @ w.T"
    yield "batchnorm", "x", "no mean term", dx, "dx = inv * (d - xhat * (d * xhat).mean(0))"
    yield "batchnorm", "x", "no variance term", dx, "dx = inv * (d - d.mean(0))"
    yield "batchnorm", "x", "no gamma", "d = dout * gamma", "d = dout"
    yield "batchnorm", "gamma", "raw x", "(dout * xhat).sum(0)", "(dout * xhat / inv).sum(0)"
    yield "loss", "z", "no division by N", "dz / len(y)", "dz"
    yield "two layers", "w", "threshold", "(a > 0)", "(a > 0.3)"
    yield "two layers", "x", "no mask", "* (a > 0)", ""


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("layer", "argument", "right", "wrong"), [(a, b, d, e) for a, b, _, d, e in bugs()])
def test_a_bug_is_convicted(layer, argument, right, wrong, dtype, student_of, point):
    assert right in LAYERS[layer]
    student = student_of(LAYERS[layer].replace(right, wrong))
    for seed in range(3):
        wrt, out, inputs = draw(layer, seed, dtype)
        found = check(student, point(wrt, out, seed=seed, **inputs), seed)
        assert found[argument].verdict is Verdict.FAIL, (seed, found)


def test_only_the_wrong_argument_is_convicted(student_of, point):
    wrt, out, inputs = draw("affine")
    student = student_of(AFFINE.replace("dout.sum(0)", "dout.mean(0)"))
    assert verdicts(check(student, point(wrt, out, **inputs))) == {"x": "pass", "w": "pass", "b": "fail"}


@pytest.mark.parametrize(("change", "seeds"), [("= 0", 6), ("*= 1.01", 6), ("*= -1", 3)])
def test_a_single_wrong_entry_is_convicted_and_located(change, seeds, student_of, point):
    wrong = AFFINE.replace(
        "return dout @ w.T, x.T @ dout,",
        f"dw = x.T @ dout\n    dw[7, 3] {change}\n    return dout @ w.T, dw,",
    )
    student = student_of(wrong)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        inputs = {"x": rng.normal(size=(9, 20)), "w": rng.normal(size=(20, 11)), "b": rng.normal(size=11)}
        found = check(student, point("x w b", (9, 11), seed=seed, **inputs), seed)["w"]
        assert found.verdict is Verdict.FAIL
        assert not found.located.dense
        assert found.located.entries == ((7, 3),)


def test_a_factor_is_found(student_of, point):
    wrt, out, inputs = draw("affine")
    found = check(student_of(AFFINE.replace("x.T @ dout,", "x.T @ dout * 3,")), point(wrt, out, **inputs))[
        "w"
    ]
    assert found.located.dense
    assert found.located.factor == pytest.approx(3, rel=1e-6)


@pytest.mark.parametrize("value", ["np.nan", "np.inf", "-np.inf"])
def test_a_gradient_that_is_not_finite_is_convicted(value, student_of, point):
    wrong = RELU.replace(
        "return dout * (x > 0)", f"dx = dout * (x > 0)\n    dx[1, 2] = {value}\n    return dx"
    )
    wrt, out, inputs = draw("relu")
    assert check(student_of(wrong), point(wrt, out, **inputs))["x"].verdict is Verdict.FAIL


def test_a_gradient_whose_square_overflows_does_not_pass(student_of, point):
    wrt, out, inputs = draw("relu")
    wrong = RELU.replace("dout * (x > 0)", "1e200 * dout * (x > 0)")
    assert check(student_of(wrong), point(wrt, out, **inputs))["x"].verdict is Verdict.FAIL


# --------------------------------------------------------------------------- kinks


CONVENTIONS = ["x > 0", "x >= 0", "np.where(x == 0, 0.5, x > 0)"]


def at_zero(point, seed=0, dtype=np.float64, kinked=True):
    """A case of ReLU in which a third of the entries is exactly 0; the oracle takes the slope 0 there."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(6, 5)).astype(dtype)
    x[rng.random(x.shape) < 0.3] = 0.0
    return point("x", (6, 5), kinked, seed, lambda upstream: {"dx": upstream * (x > 0.0)}, x=x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("convention", CONVENTIONS[1:])
@pytest.mark.parametrize("seed", range(4))
def test_at_a_kink_of_the_oracle_any_subgradient_passes(convention, seed, dtype, student_of, point):
    student = student_of(RELU.replace("x > 0)", f"({convention}))"))
    found = check(student, at_zero(point, seed, dtype), seed)["x"]
    assert found.verdict is Verdict.PASS
    assert found.kink


@pytest.mark.parametrize("small", [1e-2, 1e-4])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_kink_is_seen_where_the_upstream_gradient_is_small(small, dtype, student_of, point):
    """The rounding of all other outputs is no part of what one entry does: it hid one tie in sixty."""
    case = at_zero(point, dtype=dtype)
    upstream = np.array(case.upstream)
    upstream[tuple(np.argwhere(case.inputs["x"] == 0)[0])] = small
    expected = {"dx": upstream.astype(np.float64) * (case.inputs["x"] > 0)}
    found = check(
        student_of(RELU.replace("x > 0)", "x >= 0)")), replace(case, upstream=upstream, expected=expected)
    )
    assert found["x"].kink


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_at_a_kink_that_the_oracle_has_not_nothing_is_decided(convention, student_of, point):
    student = student_of(RELU.replace("x > 0)", f"({convention}))"))
    found = check(student, at_zero(point, kinked=False))["x"]
    assert found.verdict is not Verdict.FAIL
    assert not found.kink


@pytest.mark.parametrize("slope", ["5.0", "-0.1", "1.1", "np.nan"])
def test_a_slope_beyond_both_sides_is_no_subgradient(slope, student_of, point):
    student = student_of(RELU.replace("dout * (x > 0)", f"dout * np.where(x == 0, {slope}, x > 0)"))
    assert not check(student, at_zero(point))["x"].kink


def test_a_wrong_entry_beside_the_kinks_is_no_subgradient(student_of, point):
    student = student_of(RELU.replace("dout * (x > 0)", "dout * np.where(x > 1, 0.9, x >= 0)"))
    assert not check(student, at_zero(point))["x"].kink


def test_ties_of_a_maximum_may_be_split_in_any_way(student_of, point):
    source = """
import numpy as np

def forward(x):
    return x.max(1), x

def backward(dout, x):
    top = x == x.max(1, keepdims=True)
    return dout[:, None] * (top / top.sum(1, keepdims=True))
"""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, size=(5, 6)).astype(float)
    first = np.arange(6) == x.argmax(1)[:, None]
    case = point("x", (5,), True, 0, lambda upstream: {"dx": upstream[:, None] * first}, x=x)
    assert check(student_of(source), case)["x"].kink


@pytest.mark.parametrize("kinked", [True, False])
@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0])
def test_a_noisy_forward_never_passes(size, kinked, student_of, point):
    noisy = f"""
import numpy as np

calls = [0]

def forward(x):
    calls[0] += 1
    return x * x + {size} * np.random.default_rng(calls[0]).normal(size=x.shape), x

def backward(dout, x):
    return 0.9 * dout * x
"""
    rng = np.random.default_rng(3)
    for seed in range(4):
        x = rng.normal(size=(6, 5))
        case = point("x", (6, 5), kinked, seed, lambda upstream, x=x: {"dx": 2 * upstream * x}, x=x)
        found = check(student_of(noisy), case, seed)["x"]
        assert found.verdict is not Verdict.PASS
        assert not found.kink


# --------------------------------------------------------------------------- undecided, and what it costs


def test_a_forward_that_is_another_each_time_decides_nothing(student_of, point):
    noise = "0.01 * np.random.default_rng(calls[0]).normal(size=(4, 3))"
    counted = "import numpy as np\ncalls = [0]\ndef forward(x, w, b):\n    calls[0] += 1"
    source = AFFINE.replace("def forward(x, w, b):", counted).replace("x @ w + b", f"x @ w + b + {noise}")
    wrt, out, inputs = draw("affine")
    assert set(verdicts(check(student_of(source), point(wrt, out, **inputs))).values()) == {"inconclusive"}


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        (
            AFFINE.replace("return x @ w + b", "raise ValueError('no')\n    return x @ w + b"),
            "raised ValueError: no",
        ),
        (AFFINE.replace("dout.sum(0)", "dout.sum()"), "shape (), expected (3,)"),
        (AFFINE.replace("def backward", "def backwards"), "there is no function backward"),
    ],
)
def test_no_answer_decides_nothing(source, cause, student_of, point):
    wrt, out, inputs = draw("affine")
    found = check(student_of(source), point(wrt, out, **inputs))
    assert verdicts(found) == dict.fromkeys(("x", "w", "b"), "inconclusive")
    assert found["b"].note == cause


def test_a_right_layer_costs_the_same_at_any_size(student_of, point):
    student = student_of(BATCHNORM)
    costs = []
    for n, d in ((7, 4), (60, 50)):
        rng = np.random.default_rng(n)
        student.asked.clear()
        case = point(
            "x gamma beta",
            (n, d),
            x=rng.normal(size=(n, d)),
            gamma=rng.normal(size=d),
            beta=rng.normal(size=d),
        )
        check(student, case)
        costs.append((student.asked.count("forward"), student.asked.count("backward")))
    assert costs == [(3, 1), (3, 1)]


def test_a_right_layer_beside_large_numbers_costs_no_more(double, point):
    """Their rounding is allowed for, in what a difference makes of it."""
    student = double(forward=lambda x: (x + 1e6, x), backward=lambda dout, x: dout)
    assert check(student, point("x", (6, 5), x=draw("relu")[2]["x"]))["x"].verdict is Verdict.PASS
    assert student.asked.count("forward") == 3


def test_a_right_layer_in_float32_costs_a_difference_a_trial(double, point):
    """Three forwards show the arithmetic, one is at the point, and two trials take two each."""
    for seed in range(4):
        student = double(forward=lambda x: (x**3, x), backward=lambda dout, x: 3 * dout * x**2)
        x = np.random.default_rng(seed).uniform(0.5, 2, (6, 5)).astype(np.float32)
        assert check(student, point("x", (6, 5), seed=seed, x=x))["x"].verdict is Verdict.PASS
        assert student.asked.count("forward") == 3 + 1 + 2 * 2


def test_a_wrong_entry_costs_the_logarithm_of_the_size(student_of, point):
    wrong = RELU.replace("return dout * (x > 0)", "dx = dout * (x > 0)\n    dx[0, 0] += 1\n    return dx")
    costs = []
    for n in (8, 64):
        student = student_of(wrong)
        x = np.random.default_rng(n).choice([-1.0, 1.0], size=(n, n))
        found = check(student, point("x", (n, n), x=x))["x"]
        assert found.located.entries == ((0, 0),)
        costs.append(student.asked.count("forward"))
    assert costs[1] < costs[0] + 60
    assert costs[1] < 0.1 * 2 * 64 * 64


def test_the_same_generator_asks_the_same_questions(student_of, point):
    wrt, out, inputs = draw("two layers")
    case = point(wrt, out, **inputs)
    student = student_of(TWO_LAYERS.replace("(a > 0)", "(a > 0.3)"))
    assert check(student, case, 5) == check(student, case, 5)


# --------------------------------------------------------------------------- the grid


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 37.0])
def test_steps_on_the_grid_are_exact(dtype, scale):
    rng = np.random.default_rng(0)
    x = on_grid((scale * rng.normal(size=200)).astype(dtype))
    u = direction(rng, x)
    h = 2.0**-14 if dtype is np.float64 else 2.0**-7
    moved = (x + h * u).astype(dtype)
    small = np.abs(x) < scale_of(x)  # entries of the scale's own size have the bits for it
    np.testing.assert_array_equal((moved.astype(float) - x)[small], (h * u)[small])


@pytest.mark.parametrize("bits", [BITS_OF_DIRECTION, BITS_OF_POINT])
def test_a_direction_passes_over_no_entry(bits):
    u = direction(np.random.default_rng(0), np.ones(100_000), bits)
    assert np.all(u != 0)
    assert abs(u.mean()) < 0.02
    assert abs(u.std() - 1) < 0.02


def test_the_grid_keeps_layout_and_dtype():
    x = np.asfortranarray(np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32))
    snapped = on_grid(x)
    assert snapped.flags.f_contiguous
    assert snapped.dtype == np.float32
    assert scale_of(np.zeros(3)) == 1.0
    assert scale_of(np.zeros((0, 3))) == 1.0


# --------------------------------------------------------------------------- between the thresholds


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1 + 1e-10, "pass"), (1 + 1e-6, "pass"), (1 - 3e-5, "pass"), (1 + 2e-3, "fail"), (1 - 2e-3, "fail")],
)
def test_a_factor_is_forgiven_or_convicted_by_its_size(factor, verdict, student_of, point):
    student = student_of(AFFINE.replace("x.T @ dout,", f"{factor!r} * (x.T @ dout),"))
    for seed in range(3):
        wrt, out, inputs = draw("affine", seed)
        found = check(student, point(wrt, out, seed=seed, **inputs), seed)
        assert verdicts(found) == {"x": "pass", "w": verdict, "b": "pass"}


@pytest.mark.parametrize("seed", range(3))
def test_a_little_on_some_entries_is_neither_forgiven_nor_convicted(seed, student_of, point):
    """Too few for a stabiliser, and none is off by a part in a thousand."""
    some = "np.where(np.arange(5)[:, None] == 2, 1 + 2e-5, 1)"
    source = "import numpy as np\n" + AFFINE.replace("x.T @ dout,", f"(x.T @ dout) * {some},")
    wrt, out, inputs = draw("affine", seed)
    found = check(student_of(source), point(wrt, out, seed=seed, **inputs), seed)["w"]
    assert found.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_scale_of_the_loss_hides_or_makes_a_mistake(size, dtype, double, point):
    """Nor does a kink that the oracle has not count for more or less."""
    size = dtype(size)
    x = np.random.default_rng(0).uniform(0.5, 2, (6, 5)).astype(dtype)
    beside = np.where(np.arange(5) == 2, 0, x)

    def relu_with(slope):
        return double(
            forward=lambda x: (size * np.maximum(x, 0), x),
            backward=lambda dout, x: size * dout * np.where(x > 0, slope, 0),
        )

    for at, slope, verdict in (
        (x, 1.0, Verdict.PASS),
        (x, 1.5, Verdict.FAIL),
        (x, 0.0, Verdict.FAIL),
        (beside, 1.0, Verdict.PASS),
    ):
        assert check(relu_with(dtype(slope)), point("x", (6, 5), x=at))["x"].verdict is verdict


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_noise_is_none_of_the_loss_at_any_scale(scale, double, point):
    """Whatever a slope that is not known is compared with would agree."""
    noise = np.random.default_rng(7)
    student = double(
        forward=lambda x: (scale * (x * x + 1e-3 * noise.normal(size=x.shape)), x),
        backward=lambda dout, x: scale * 0.9 * dout * x,
    )
    for seed in range(4):
        x = np.random.default_rng(seed).normal(size=(6, 5))
        assert check(student, point("x", (6, 5), seed=seed, x=x), seed)["x"].verdict is not Verdict.PASS


def test_one_conviction_is_not_enough(double, point):
    """A gradient that is wrong where it is asked first and right from then on."""
    asked = []

    def backward(dout, x):
        asked.append(x)
        return dout * (2 if len(asked) <= 2 else 1)  # the joint check and one attempt

    found = check(double(forward=lambda x: (x, x), backward=backward), point("x", (4,), x=np.ones(4)))["x"]
    assert (found.verdict, found.note) == (Verdict.INCONCLUSIVE, "convicted only once")


def test_an_entry_that_is_off_a_lot_is_convicted_though_the_norm_hides_it(student_of, point):
    """It is a hundred-thousandth of the gradient: only the search by entries tells it from a stabiliser."""
    wrong = AFFINE.replace("x.T @ dout,", "dw,").replace(
        "x, w = cache\n    return",
        "x, w = cache\n    dw = x.T @ dout\n    dw[4, 1] += 1e-5 * (dw**2).sum() ** 0.5\n    return",
    )
    student = student_of(wrong)
    for seed in range(4):
        wrt, out, inputs = draw("affine", seed)
        found = check(student, point(wrt, out, seed=seed, **inputs), seed)["w"]
        assert found.verdict is not Verdict.PASS


def test_opposite_errors_of_two_arguments_do_not_hide_each_other(student_of, point):
    wrong = AFFINE.replace(
        "return dout @ w.T, x.T @ dout,", "return 1.01 * (dout @ w.T), 0.99 * (x.T @ dout),"
    )
    for seed in range(3):
        wrt, out, inputs = draw("affine", seed)
        found = check(student_of(wrong), point(wrt, out, seed=seed, **inputs), seed)
        assert verdicts(found) == {"x": "fail", "w": "fail", "b": "pass"}


def test_a_forward_that_ends_nearby_decides_nothing(student_of, point):
    source = RELU.replace("np.maximum(x, 0)", "np.where(x < 0, np.nan, np.abs(x) ** 0.5)").replace(
        "dout * (x > 0)", "dout * 1.0"
    )
    found = check(student_of(source), point("x", (3, 2), x=np.zeros((3, 2))))["x"]
    assert (found.verdict, found.note) == (Verdict.INCONCLUSIVE, "the forward is not finite nearby")


def test_a_point_at_a_kink_is_left_for_another(student_of, point):
    """The oracle has none there, so nothing is excused: beside the kink the gradient is right."""
    for convention in CONVENTIONS:
        student = student_of(RELU.replace("x > 0)", f"({convention}))"))
        assert check(student, at_zero(point, kinked=False))["x"].verdict is Verdict.PASS


# --------------------------------------------------------------------------- what it is made of


@pytest.fixture
def here(double, point):
    """A point with arguments of the scales 4 and 1, and one that is not differentiated."""
    inputs = {"x": 4.0 * np.array([1.0, -1.0]), "w": np.array([[1.0, -1.0, 1.0]]), "n": np.ones(2)}
    case = point("x w", (2,), **inputs)
    student = double(forward=lambda x, w, n: (x**3 * w.sum(), None))
    return Point(student, case, case.inputs, case.upstream, DOUBLE_ARITHMETIC)


def test_the_size_of_a_gradient_is_in_units_of_its_arguments(here):
    x, w = np.array([3.0, 0.0]), np.array([[0.0, 4.0, 3.0]])
    assert _size(here, {"x": x}) == 12
    assert _size(here, {"w": w}) == 5
    assert _size(here, {"x": x, "w": w}) == 13
    assert _size(here, {"x": x / 16, "w": w / 16}) == 13 / 16
    assert _size(here, {"x": 1e200 * x, "w": 1e200 * w}) == pytest.approx(13e200)
    assert _size(here, {"x": 0 * x}) == _size(here, {"x": np.zeros(0)}) == 0
    assert _size(here, {"x": np.array([np.inf, 1.0])}) == np.inf
    assert np.isnan(_size(here, {"x": np.array([np.nan, 1.0])}))


def test_along_several_arguments_at_once(here):
    grads = {"x": np.array([3.0, 1.0]), "w": np.array([[0.0, 4.0, 3.0]])}
    assert _along(grads, {"x": np.array([1.0, -1.0])}) == 2
    assert _along(grads, {"x": np.array([1.0, -1.0]), "w": np.array([[1.0, 2.0, 1.0]])}) == 13


def test_another_attempt_moves_all_that_is_differentiated_a_little(here):
    moved = _jittered(here, np.random.default_rng(0))
    assert moved.inputs["n"] is here.inputs["n"]
    for name, scale in (("x", 4.0), ("w", 1.0)):
        step = np.abs(moved.inputs[name] - here.inputs[name])
        assert np.all((step > 0) & (step < scale / 2))
        assert np.array_equal(moved.inputs[name], on_grid(moved.inputs[name]))
    assert moved.upstream is here.upstream


def test_another_attempt_has_another_upstream(here):
    other = _with_new_upstream(here, np.random.default_rng(0))
    assert other.inputs is here.inputs
    assert other.upstream.shape == here.upstream.shape
    assert not np.any(other.upstream == here.upstream)
    assert np.array_equal(other.upstream, on_grid(other.upstream, bits=6))


def test_a_conviction_is_confirmed_by_a_second_step(here):
    out = here.outputs([({}, 0.0)])[0]
    u = {"x": np.array([1.0, 1.0])}
    slope = float(np.sum(here.upstream * 3 * here.inputs["x"] ** 2))
    step = here.arithmetic.step
    assert _confirmed(here, out, u, step, slope, gap=0.1 * abs(slope))
    assert not _confirmed(here, out, u, step, 1.02 * slope, gap=0.1 * abs(slope))  # the two steps disagree
    assert not _confirmed(
        here, out, u, step, slope, gap=1e-12 * abs(slope)
    )  # less than the bar of the second
    other = climb(here, out, u, step * here.arithmetic.second_scale)
    assert not _confirmed(here, out, u, step, other.value, gap=9 * other.error)
    assert _confirmed(here, out, u, step, other.value, gap=11 * other.error)


def test_a_gap_within_twenty_bars_is_asked_at_another_step(double, point):
    """Of exp the first ladder is off by a part in a million at a step of 1/4; the second is not."""
    case = point("x", (3,), x=np.array([0.5, 1.0, -0.5]))
    student = double(forward=lambda x: (np.exp(x), None))
    wide = replace(DOUBLE_ARITHMETIC, step=2.0**-2)
    here = Point(student, case, case.inputs, np.ones(3), wide)
    x = case.inputs["x"]
    u = direction(np.random.default_rng(0), x)
    bar = climb(here, np.exp(x), {"x": u}, wide.step).error
    assert bar < 1e-4 * float(np.linalg.norm(np.exp(x)))
    for bars, step in ((10, wide.step * wide.other_scales[1]), (200, wide.step)):
        off = np.exp(x) + bars * bar * u / float(np.sum(u * u))
        trial = _trial(here, np.exp(x), {"x": off}, "x", np.random.default_rng(0))
        assert trial.step == step
        assert trial.verdict is not Verdict.PASS
