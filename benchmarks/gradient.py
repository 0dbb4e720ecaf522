"""What a numerical gradient check costs: ours, the full loop, and PyTorch's, on one layer, in one run.

    python -m benchmarks.gradient [--repeats 40] [--shape 100 100]

The layer is batch normalisation in training, right, in float64. All check a backward against its forward at
the same point:

    ours     suites.numerical.check_gradients, the student behind the wire (a thread, a socket, real frames)
    loop     central differences entry by entry, 2 n forwards, called directly: no wire, no judgement
    torch    torch.autograd.gradcheck(fast_mode=True) in double precision, three ways to write the layer:
             the same formulas left to autograd, the same hand-written backward in a Function, F.batch_norm

Each round times all of them, one after the other, so that a busy machine slows them alike; the loop is so
long that three rounds have it. torch works in a process of its own: where it is imported, the worker seeds
its generators before every call, and students of NumPy don't pay for that. Bars: at least 300 times as fast
as the loop, and no slower than torch on the same formulas.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.loopback import loopback
from reference import batchnorm
from suites import Op, regime
from suites.numerical import check_gradients
from suites.seal import seal, streams
from suites.types import Case, Student, Verdict

LOOP_ROUNDS = 3
LEAST_SPEED_UP = 300.0
MOST_OF_TORCH = 1.0

OURS = "ours, through the wire"
LOOP = "central differences, entry by entry"
TORCH = ("gradcheck fast, autograd", "gradcheck fast, own Function", "gradcheck fast, F.batch_norm")

SOURCE = """
import numpy as np

def forward(x, gamma, beta, eps):
    mu = x.mean(axis=0)
    inv = 1 / np.sqrt(((x - mu) ** 2).mean(axis=0) + eps)
    xhat = (x - mu) * inv
    return gamma * xhat + beta, (xhat, inv, gamma)

def backward(dout, cache):
    xhat, inv, gamma = cache
    d = dout * gamma
    dx = inv * (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0))
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
"""


def sealed(shape: tuple[int, int]) -> Case:
    """One case of the layer."""

    @regime()
    def nominal(rng: np.random.Generator) -> dict[str, Any]:
        """Ordinary rows."""
        gamma, beta = rng.normal(size=(2, shape[1]))
        return {"x": rng.normal(size=shape), "gamma": gamma, "beta": beta, "eps": 1e-5}

    op = Op(
        forward="forward",
        backward="backward",
        oracle=batchnorm.forward,
        gradient=batchnorm.backward,
        args=("x", "gamma", "beta", "eps"),
        wrt=("x", "gamma", "beta"),
        regimes=(nominal,),
    )
    return seal(op, (), streams(b"gradient benchmark"))[0]


def timed(task: Callable[[], None]) -> float:
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


# --------------------------------------------------------------------------- ours and the loop


def ours(student: Student, case: Case, seed: int) -> None:
    found = check_gradients(student, case, np.random.default_rng(seed))
    assert all(f.verdict is Verdict.PASS for f in found.values()), found


def loop(case: Case) -> None:
    """The usual full check of a course: every entry of every argument, both sides."""
    layer: dict[str, Any] = {}
    exec(SOURCE, layer)
    forward, backward = layer["forward"], layer["backward"]
    inputs = {name: np.array(value) for name, value in case.inputs.items()}
    gradients = backward(case.upstream, forward(**inputs)[1])
    h = 1e-5
    for name, gradient in zip(case.signature.wrt, gradients, strict=True):
        x = inputs[name]
        numeric = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            old = x[index]
            x[index] = old + h
            plus = forward(**inputs)[0]
            x[index] = old - h
            minus = forward(**inputs)[0]
            x[index] = old
            numeric[index] = np.sum((plus - minus) * case.upstream) / (2 * h)
        assert np.abs(numeric - gradient).max() < 1e-6 * np.linalg.norm(gradient)


class Counting:
    """A student that counts what it is asked."""

    def __init__(self, student: Student) -> None:
        self.student, self.frames, self.calls = student, 0, 0

    def ask(self, *calls: Any) -> list[Any]:
        self.frames += 1
        self.calls += len(calls)
        return self.student.ask(*calls)


# --------------------------------------------------------------------------- torch, in its own process


def torch_layers() -> dict[str, Callable[..., Any]]:
    """The layer in torch, by name."""
    import torch

    def plain(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
        mu = x.mean(dim=0)
        inv = 1 / torch.sqrt(((x - mu) ** 2).mean(dim=0) + eps)
        return gamma * ((x - mu) * inv) + beta

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, gamma: Any, beta: Any, eps: float) -> Any:
            mu = x.mean(dim=0)
            inv = 1 / torch.sqrt(((x - mu) ** 2).mean(dim=0) + eps)
            xhat = (x - mu) * inv
            ctx.save_for_backward(xhat, inv, gamma)
            return gamma * xhat + beta

        @staticmethod
        def backward(ctx: Any, dout: Any) -> Any:  # type: ignore[override]
            xhat, inv, gamma = ctx.saved_tensors
            d = dout * gamma
            dx = inv * (d - d.mean(dim=0) - xhat * (d * xhat).mean(dim=0))
            return dx, (dout * xhat).sum(dim=0), dout.sum(dim=0), None

    def built_in(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
        return torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)

    return dict(zip(TORCH, (plain, Own.apply, built_in), strict=True))


def serve_torch(pipe: Any, arrays: list[np.ndarray], eps: float) -> None:
    """Time one gradcheck for each name that comes through the pipe; None ends it."""
    import torch

    torch.set_num_threads(1)  # two threads only wait for each other at this size
    inputs = (*(torch.tensor(a, requires_grad=True) for a in arrays), eps)
    layers = torch_layers()
    pipe.send(f"torch {torch.__version__} on one thread")

    def check(layer: Callable[..., Any]) -> None:
        assert torch.autograd.gradcheck(layer, inputs, fast_mode=True)

    while (name := pipe.recv()) is not None:
        pipe.send(timed(lambda name=name: check(layers[name])))  # type: ignore[misc]


# --------------------------------------------------------------------------- the run


def main() -> int:
    parser = argparse.ArgumentParser(description="Time numerical gradient checks side by side.")
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--shape", type=int, nargs=2, default=(100, 100))
    chosen = parser.parse_args()
    case = sealed(tuple(chosen.shape))
    arrays = [np.asarray(case.inputs[name]) for name in case.signature.wrt]
    near, far = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=serve_torch, args=(far, arrays, case.inputs["eps"]), daemon=True)
    process.start()
    version = near.recv()

    def ask_torch(name: str) -> float:
        near.send(name)
        return float(near.recv())

    times: dict[str, list[float]] = {name: [] for name in (OURS, *TORCH, LOOP)}
    with loopback({"layer.py": SOURCE}, "layer.py") as student:
        counting = Counting(student)
        ours(counting, case, 0)
        for name in TORCH:
            ask_torch(name)  # once, for whatever is set up at first use
        for round_ in range(chosen.repeats):
            times[OURS].append(timed(lambda seed=round_: ours(student, case, seed)))  # type: ignore[misc]
            for name in TORCH:
                times[name].append(ask_torch(name))
            if round_ % -(-chosen.repeats // LOOP_ROUNDS) == 0:
                times[LOOP].append(timed(lambda: loop(case)))
    near.send(None)
    process.join()
    return report(times, case, counting, version)


def report(times: dict[str, list[float]], case: Case, counting: Counting, version: str) -> int:
    n = sum(np.size(case.inputs[name]) for name in case.signature.wrt)
    print(f"{platform.machine()}, NumPy {np.__version__}, {version}")
    print(f"batch normalisation {np.shape(case.inputs['x'])}, {n} differentiated numbers, float64")
    print(f"ours: {counting.calls} calls in {counting.frames} frame(s); the loop: {2 * n} forwards\n")
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    print(f"{'milliseconds':38s} {'median':>9s} {'least':>9s} {'most':>9s} {'/ ours':>8s} {'rounds':>7s}")
    for name, seconds in times.items():
        figures = " ".join(f"{1e3 * s:9.2f}" for s in (median[name], min(seconds), max(seconds)))
        print(f"{name:38s} {figures} {median[name] / median[OURS]:8.2f} {len(seconds):7d}")
    faster, share = median[LOOP] / median[OURS], median[OURS] / median[TORCH[0]]
    print(f"\nspeed-up over the loop: {faster:.0f} (bar: at least {LEAST_SPEED_UP:.0f})")
    print(f"time over gradcheck's on the same formulas: {share:.2f} (bar: at most {MOST_OF_TORCH:.1f})")
    return 0 if faster >= LEAST_SPEED_UP and share <= MOST_OF_TORCH else 1


if __name__ == "__main__":
    sys.exit(main())
