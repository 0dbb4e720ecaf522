"""What is peculiar to the assignment `gradcheck`: checkers as students write them, and what passes them."""

import re
from math import comb

import numpy as np
import pytest

from grader.sitting import SandboxSitting
from suites import OwnTests
from suites.subjects import Subject, remade
from suites.types import Finding, Verdict

from .proving import proof, score

PROOF = proof("gradcheck")
BASE = PROOF.solution("course_style")

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def missed(findings: list[Finding], part: str) -> set[str]:
    return {f.tensor for f in findings if f.part == part and f.verdict is not Verdict.PASS}


def earned(findings: list[Finding], part: str) -> float:
    return float(score([f for f in findings if f.part == part]))


CHECKERS = {
    "compares sizes": (
        "return bool(relative_error(abs(gradient(x)), abs(numerical_gradient(f, x))) < 1e-2)",
        {"wrong sign"},
    ),
    "compares norms": (
        "a, n = np.linalg.norm(gradient(x)), np.linalg.norm(numerical_gradient(f, x))\n"
        "    return bool(abs(a - n) <= 1e-2 * a)",
        {"wrong sign", "transposed", "changed places"},
    ),
    "an absolute tolerance": (
        "return np.allclose(gradient(x), numerical_gradient(f, x), rtol=0, atol=1e-3)",
        {"wrong and small"},
    ),
    "one side only": (
        "return bool(np.all(gradient(x) - numerical_gradient(f, x) <= 1e-2 * np.abs(gradient(x)).max()))",
        set(),
    ),
    "the first entry": (
        "a, n = gradient(x).ravel()[0], numerical_gradient(f, x).ravel()[0]\n"
        "    return bool(abs(a - n) <= 1e-2 * abs(a))",
        {"one entry", "transposed", "where negative"},
    ),
    "relative to each entry": (
        "a, n = gradient(x), numerical_gradient(f, x)\n"
        "    return bool(np.all(np.abs(a - n) / np.abs(a) < 1e-2))",
        {"right with zeros", "right with kinks", "right at a minimum"},
    ),
    "a crude tolerance": (
        "return bool(relative_error(gradient(x), numerical_gradient(f, x)) < 0.4)",
        {"one percent"},
    ),
}


@pytest.mark.parametrize("name", CHECKERS)
def test_what_gets_past_a_checker_is_said(name: str) -> None:
    body, expected = CHECKERS[name]
    findings = PROOF.graded(f"{BASE}\n\ndef check_gradient(f, gradient, x):\n    {body}\n")
    assert missed(findings, "checker") >= expected
    assert (earned(findings, "numerical"), earned(findings, "test")) == (3, 3)
    assert earned(findings, "checker") < 4
    for f in findings:
        if f.verdict is Verdict.FAIL:
            assert f.diagnosis is not None
            assert f.diagnosis.says.startswith("Your checker ")


@pytest.mark.parametrize(
    "body",
    ["return True", "return False", "return np.random.random() < 0.5", "return 'yes'", "f(x); return None"],
)
def test_who_does_not_look_earns_nothing(body: str) -> None:
    text = f"{BASE}\n\ndef check_gradient(f, gradient, x):\n    {body}\n"
    assert earned(PROOF.graded(text), "checker") <= 0.1


def test_the_handout_says_what_guessing_earns() -> None:
    """Who passes each trial with the same probability, on average: at a half, and at the best of odds."""
    text = (PROOF.folder / "handout.md").read_text(encoding="utf-8")
    half, best = [], []
    for part in PROOF.assignment.parts[1:]:
        half.append(round(by_chance(part, 0.5), 2))
        best.append(max(by_chance(part, k / 100) for k in range(101)))
    assert f"earns {half[0]:g} of the checker's 4 points and {half[1]:g} of the test's 3 on average" in text
    said = [float(n) for n in re.search(r"more than (\S+) and (\S+)\.\n", text).groups()]
    assert all(most - 0.01 < earned <= most for earned, most in zip(best, said, strict=True))


def by_chance(part: OwnTests, passes: float) -> float:
    """The mean points of who passes each trial with a probability."""
    right = [s for s in part.kinds if s.right and s.tier == "ordinary"]
    both = passes**2
    trust = sum(
        comb(len(right), k) * both**k * (1 - both) ** (len(right) - k) * max(0, 2 * k / len(right) - 1)
        for k in range(len(right) + 1)
    )
    # What is caught and what is passed are drawn apart: means multiply.
    earns = {True: both * (1 - passes), False: trust * (1 - passes)}
    return sum(float(part.shares[s.name]) * earns[s.right] for s in part.kinds)


def test_who_counts_calls_or_looks_at_the_functions_learns_nothing() -> None:
    text = (
        f"{BASE}\n\nimport re, zlib\n\nCOUNT = []\n\n"
        "def check_gradient(f, gradient, x):\n    COUNT.append(x)\n"
        "    told = gradient.__closure__, gradient.__code__.co_consts, gradient.__name__, gradient.__doc__\n"
        "    told = re.sub('0x[0-9a-f]+', '', str(told))  # addresses differ by process\n"
        "    return zlib.crc32(told.encode()) % 2 == len(COUNT) % 2\n"
    )
    assert earned(PROOF.graded(text), "checker") <= 0.4


TESTS = {
    "nothing is asked": ("pass", 0),
    "all are refused": ("assert False", 0),
    "only what agrees": ("assert close(np.ones(3), np.ones(3))", None),
    "what is between is asked": (
        "a = np.arange(1.0, 5.0)\n    assert not close(a, a * (1 + 1e-5))\n    assert close(a, a)",
        None,
    ),
}


@pytest.mark.parametrize("name", TESTS)
def test_a_test_is_graded_by_what_it_tells_apart(name: str) -> None:
    body, points = TESTS[name]
    findings = PROOF.graded(f"{BASE}\n\ndef test_close(close):\n    {body}\n")
    assert earned(findings, "test") < 1
    assert points is None or earned(findings, "test") == points


ESTIMATES = {
    "numgrad.not-halved": "return 2 * old(f, x)",
    "numgrad.halved": "return old(f, x) / 2",
    "numgrad.sign": "return -old(f, x)",
    "numgrad.whole-step": "h = 1e-6 * abs(x).max(); return 0 * x + (f(x + h) - f(x - h)) / (2 * h)",
}


@pytest.mark.parametrize("id", ESTIMATES)
def test_a_wrong_estimate_is_named(id: str) -> None:
    text = f"{BASE}\n\ndef numerical_gradient(f, x, old=numerical_gradient):\n    {ESTIMATES[id]}\n"
    findings = [f for f in PROOF.graded(text) if f.part == "numerical"]
    assert {f.diagnosis.id for f in findings if f.diagnosis and f.tier == "ordinary"} == {id}


def test_a_step_that_fits_no_scale_loses_only_that() -> None:
    text = (
        f"{BASE}\n\ndef numerical_gradient(f, x):\n    h = 1e-5\n    g = np.zeros(x.shape)\n"
        "    for i in np.ndindex(x.shape):\n        e = np.zeros(x.shape)\n        e[i] = h\n"
        "        g[i] = (f(x + e) - f(x - e)) / (2 * h)\n    return g\n"
    )
    assert missed(PROOF.graded(text), "numerical") == {"small values"}


def test_an_error_is_an_error() -> None:
    text = f"{BASE}\n\ndef check_gradient(f, gradient, x):\n    return f(x.ravel()[:1]) > 0\n"
    found = [f for f in PROOF.graded(text) if f.part == "checker"]
    assert {f.verdict for f in found} == {Verdict.ERROR}
    assert "the function that you were given takes the shape" in found[0].cause
    assert not any(f.score for f in found)


def test_all_parts_ask_in_one_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    usual = SandboxSitting.open
    monkeypatch.setattr(SandboxSitting, "open", lambda *args: opened.append(args) or usual(*args))
    assert earned(PROOF.graded(BASE), "numerical") == 3
    assert len(opened) == 1


def test_every_subject_can_be_drawn_whatever_the_seed() -> None:
    """A mistake is drawn until it shows, so none may be of a kind that never does."""
    names = remade((PROOF.folder / "subjects.py").read_text(encoding="utf-8"))
    subjects = [subject for subject in names.values() if isinstance(subject, Subject)]
    assert len(subjects) > 40
    for seed in range(500):
        for subject in subjects:
            assert subject.draw(np.random.default_rng(seed))


def test_the_same_seed_draws_the_same() -> None:
    again, other = (PROOF.plan.__wrapped__(PROOF, seed) for seed in (b"one", b"two"))
    assert again.fingerprint == PROOF.plan(b"one").fingerprint != other.fingerprint
