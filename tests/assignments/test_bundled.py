"""What holds for each bundled assignment that measures nothing; peculiarities stand in files of their own."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assignments
from assay.proving.mistakes import mischarged
from assay.proving.prove import mutants_of
from assay.proving.verdicts import declared_in, key_of
from suites.assignment import Domain, Part, Variant
from suites.direct import Direct, oracles
from suites.handout import refresh
from suites.proof import undeclared
from suites.stubs import stubs
from suites.subjects import Tried
from suites.types import Verdict

from .proving import SEEDS, judged, lost, named, proof, score

POINTS = {"batchnorm": 20, "losses": 20, "mlp": 20}  # all others have 10
NAMES = [  # what is measured, a training or a speed, is proved in tests of its own
    name
    for name, _ in assignments.bundled()
    if all(isinstance(part, (Part, Tried)) for part in proof(name).assignment.parts)
]

# A submission in a thread of this process meets pytest's filter, which makes errors of warnings.
pytestmark = pytest.mark.filterwarnings(
    "ignore::RuntimeWarning", "ignore::DeprecationWarning", "ignore::PendingDeprecationWarning"
)

SOLUTIONS = [
    pytest.param(
        *(n, p),
        id=f"{n}-{p.stem}",
        marks=pytest.mark.skipif(p not in assignments.solutions(proof(n).folder), reason="needs PyTorch"),
    )
    for n in NAMES
    for p in proof(n).solutions
]
IMAGES = (np.ones((2, 3, 4)), np.ones((2, 0, 3, 3)))
BESIDE: dict[str, tuple[Any, ...]] = {  # words of a domain to values beside it
    "(D,), positive": (np.array([0.5, 0.0]), np.array([0.5, -1.0])),
    "(K, L), both odd": (np.ones((3, 2)), np.ones((4, 5))),
    "(N, C, H, W): N images with C channels": IMAGES,
    "(N, D), N at least 3": (np.ones((2, 4)),),
    "(N, D), N greater than D; no feature is a combination of others": (np.eye(3), np.ones((5, 2))),
    "0 <= slope < 1": (-0.1, 1.0),
    "0 <= momentum < 1": (-0.1, 1.0),
    "at least 0: how wide the border of zeros is on each side": (-1,),
    "at least 1, at most H and W: height and width of the window": (0,),
    "at least 1: how far the windows are apart, in both directions": (0,),
    "how many steps, at least 0": (-1,),
    "odd": (0, 2, -3),
    "of the convolution, at least 0": (-1,),
    "of the convolution, at least 1": (0,),
    "positive": (0.0, -1e-5),
    "the probability that a channel is dropped, 0 <= p < 1": (-0.1, 1.0),
    "the probability that an entry is dropped, 0 <= p < 1": (-0.1, 1.0),
}
VARIANTS = [
    pytest.param(n, v, id=f"{n}-{v.id}-{v.of.__module__.split('.')[-1]}.{v.of.__name__}")
    for n in NAMES
    for v in proof(n).variants
]


@pytest.mark.parametrize("name", NAMES)
def test_points(name: str) -> None:
    assert proof(name).plan().max_score == POINTS.get(name, 10)


@pytest.mark.parametrize("name", NAMES)
def test_the_handout_is_fresh(name: str) -> None:
    text = (proof(name).folder / "handout.md").read_text(encoding="utf-8")
    assert refresh(text, proof(name).assignment) == text, f"run: python -m assignments refresh {name}"


@pytest.mark.parametrize("name", [name for name, _ in assignments.bundled()])
def test_students_are_told_of_the_command_that_there_is(name: str) -> None:
    folder = assignments.find(name)
    for file in (folder / "handout.md", *folder.glob("starter/*.py")):
        for command in re.findall(r"`([^`]*\bcheck\b[^`]*)`", file.read_text(encoding="utf-8")):
            assert command == "assay check", file


@pytest.mark.parametrize("name", NAMES)
def test_all_is_declared(name: str) -> None:
    """Domains, public siblings, conventions; and one id has one set of words."""
    assert not list(undeclared(proof(name).assignment))
    words = {v.id: v.words for v in proof(name).variants}
    for v in proof(name).variants:
        assert v.words == words[v.id]
        assert v.words.says.endswith("."), v.id
        assert v.words.hint.endswith(("?", ".")), v.id


def domains(name: str) -> dict[str, Domain]:
    """The domains of an assignment that are tested, by their words."""
    words = [domain for op in proof(name).assignment.ops for domain in op.domains.values()]
    return {str(domain): domain for domain in words if isinstance(domain, Domain)}


@pytest.mark.parametrize("name", NAMES)
def test_a_domain_refuses_what_lies_beside_it(name: str) -> None:
    for words, domain in domains(name).items():
        for value in BESIDE[words]:
            assert not np.all(domain.holds(value)), f"{words}: {value}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_no_two_variants_are_alike(name: str, seed: bytes) -> None:
    assert not list(proof(name).alike(seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "solution"), SOLUTIONS)
def test_solutions_get_full_marks(name: str, solution: Path, seed: bytes) -> None:
    findings = proof(name).graded(solution.read_text(encoding="utf-8"), seed)
    assert {f.verdict for f in findings} == {Verdict.PASS}
    assert lost(findings) == 0


@pytest.mark.parametrize("single", [False, True], ids=["float64", "float32"])
@pytest.mark.parametrize("name", NAMES)
def test_the_oracles_pass_unnamed(name: str, single: bool) -> None:
    findings = judged(proof(name).plan(single=single), Direct(oracles(proof(name).assignment.ops)))
    assert lost(findings) == 0
    assert not named(findings)


@pytest.mark.parametrize(
    ("seed", "single"), [(SEEDS[0], False), (SEEDS[1], True)], ids=["float64", "float32"]
)
@pytest.mark.parametrize(("name", "v"), VARIANTS)
def test_each_variant_is_named(name: str, v: Variant, seed: bytes, single: bool) -> None:
    findings = proof(name).graded_variant(v, proof(name).plan(seed, single=single))
    assert set(named(findings).values()) == {v.id}
    if v.kind != "wrong":
        assert not mischarged(findings, proof(name).assignment.conventions.get(v.id, "accepted"))
    else:
        assert lost(findings) > 0
        assert any(f.verdict is Verdict.FAIL for f in findings)


@pytest.mark.parametrize("name", NAMES)
def test_the_starter_has_every_function_and_earns_nothing(name: str) -> None:
    findings = proof(name).graded(proof(name).starter())
    assert not any(f.verdict is Verdict.MISSING for f in findings)
    assert score(findings) == 0


@pytest.mark.parametrize("name", NAMES)
def test_stubs_earn_nothing(name: str) -> None:
    for what, student in stubs(proof(name).assignment).items():
        assert score(judged(proof(name).plan(), student)) == 0, what


@pytest.mark.parametrize("name", NAMES)
def test_only_mutants_that_there_are_are_declared_equivalent(name: str) -> None:
    """Whether nothing tells them is for `assay validate`; a declaration of none would be in its way."""
    folder = assignments.find(name)
    declared = declared_in(folder)
    _, made, _ = mutants_of(folder, 1)
    assert {key_of(words, declared) for words in made} - {""} == declared.keys()
