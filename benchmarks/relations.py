"""Ten mistakes that are in no list: what do the general relations say of them?

    python -m benchmarks.relations [--seeds 10]

Each is a right solution with one function replaced. A mistake counts as explained where, for every seed, the
symptom of the tensor says the true thing that stands beside it, and no variant is named. The list was drawn
up before it was run; what is not explained stays in it. Bar: at least seven of ten.
"""

import argparse
import sys
from dataclasses import dataclass

import assignments
from grader.judge import judge_answers
from grader.loopback import loopback
from grader.plan import make_plan
from grader.planned import Plan
from suites.questions import ask_cases
from suites.types import Verdict

LEAST = 7


@dataclass(frozen=True)
class Mistake:
    """`code` replaces a function of a right solution; `says` is what would be true to say of `tensor`."""

    name: str
    assignment: str
    code: str
    tensor: str  # part/tensor
    says: str


BACKWARD = (
    "def batchnorm_backward(dout, cache, right=batchnorm_backward):\n"
    "    dx, dgamma, dbeta = right(dout, cache)\n"
)
AFFINE = "def affine_backward(dout, cache, right=affine_backward):\n    dx, dw, db = right(dout, cache)\n"

MISTAKES = (
    Mistake(
        "the loop stops one example early",
        "batchnorm",
        BACKWARD + "    dx[-1] = 0\n    return dx, dgamma, dbeta",
        "backward/dx",
        "only the last slice of dx along axis 0 is off",
    ),
    Mistake(
        "dx is halved",
        "batchnorm",
        BACKWARD + "    return dx / 2, dgamma, dbeta",
        "backward/dx",
        "every entry of dx is off by the same factor: 0.5",
    ),
    Mistake(
        "dgamma with the other sign",
        "batchnorm",
        BACKWARD + "    return dx, -dgamma, dbeta",
        "backward/dgamma",
        "dgamma has the opposite sign",
    ),
    Mistake(
        "the batch comes back in reverse",
        "batchnorm",
        "def batchnorm_inference(x, gamma, beta, mean, var, eps, right=batchnorm_inference):\n"
        "    return right(x, gamma, beta, mean, var, eps)[::-1]",
        "inference/out",
        "out is reversed along axis 0",
    ),
    Mistake(
        "the running mean goes through a logarithm",
        "batchnorm",
        "def running_statistics(x, running_mean, running_var, momentum, right=running_statistics):\n"
        "    mean, var = right(x, running_mean, running_var, momentum)\n"
        "    return np.exp(np.log(mean)), var",
        "running/running_mean",
        "running_mean holds NaN: somewhere 0/0, inf - inf or the root of a negative number",
    ),
    Mistake(
        "one weight is skipped",
        "mlp",
        AFFINE + "    dw[0, 0] = 0\n    return dx, dw, db",
        "affine backward/dw",
        "a single entry of dw is off",
    ),
    Mistake(
        "dw is filled column by column",
        "mlp",
        AFFINE + "    return dx, dw.ravel(order='F').reshape(dw.shape), db",
        "affine backward/dw",
        "dw has the right numbers in another order: check a reshape",
    ),
    Mistake(
        "db is off by one place",
        "mlp",
        AFFINE + "    return dx, dw, np.roll(db, 1)",
        "affine backward/db",
        "db is shifted by one along axis 0",
    ),
    Mistake(
        "one is added to every score",
        "mlp",
        "def affine_forward(x, w, b, right=affine_forward):\n    out, cache = right(x, w, b)\n"
        "    return out + 1, cache",
        "affine forward/out",
        "out is off by the same number everywhere: an additive term is missing or extra",
    ),
    Mistake(
        "the gradient is clipped to [-1, 1]",
        "mlp",
        AFFINE + "    return np.clip(dx, -1, 1), dw, db",
        "affine backward/dx",
        "dx is clipped",  # no relation looks for it
    ),
)


def symptoms(mistake: Mistake, plan: Plan, source: str) -> tuple[str, str]:
    """The symptom of the tensor in its ordinary tier, and the id of a variant if one was named."""
    code = f"{source}\nimport numpy as np\n\n{mistake.code}\n"
    with loopback({plan.submit: code}, plan.submit) as student:
        findings = judge_answers(plan, ask_cases(student, plan.all_cases), student)
    part, tensor = mistake.tensor.split("/")
    found = next(f for f in findings if (f.part, f.tensor, f.tier) == (part, tensor, "ordinary") and f.points)
    assert found.verdict is not Verdict.PASS, mistake.name
    return (found.diagnosis.symptom, found.diagnosis.id) if found.diagnosis else ("", "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = [f"relations {i}".encode().ljust(32) for i in range(parser.parse_args().seeds)]
    explained = 0
    print(f"{'mistake':44} explained  what is said")
    for mistake in MISTAKES:
        folder = assignments.find(mistake.assignment)
        style = {"batchnorm": "closed_form.py", "mlp": "course_style.py"}[mistake.assignment]
        source = (folder / "solutions" / style).read_text(encoding="utf-8")
        said = [symptoms(mistake, make_plan(folder, seed), source) for seed in seeds]
        right = sum(symptom == mistake.says and not id for symptom, id in said)
        explained += right == len(seeds)
        print(f"{mistake.name:44} {right:3}/{len(seeds):<4}  {said[0][0] or said[0][1] or '-'}")
    print(f"\nexplained: {explained} of {len(MISTAKES)} (bar: {LEAST})")
    return 0 if explained >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
