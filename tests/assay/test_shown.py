"""The script of a finding says what judging said: of every bundled assignment, by a real process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assignments
from assay.errors import AssayError
from assay.lost import Lost
from assay.shown import receipt_of, refuse_unshown
from grader.judge import judge_answers
from grader.loopback import loopback
from grader.plan import Plan, make_plan
from reports.receipt import Receipt, script
from suites.assignment import Assignment, Part, Variant
from suites.carry import OWN_GRADIENT, RIGHT_FOR_OWN
from suites.evidence import evidence
from suites.questions import Observed, ask_cases
from suites.statistics import NEVER, draws_look
from suites.tolerance import Band
from suites.types import Diagnosis, Evidence, Failure, Finding, Student, Verdict

# What students' code is warned of is no error where it is graded.
pytestmark = pytest.mark.filterwarnings("ignore")

ROOT = Path(__file__).parents[2]
ASKED = [name for name, folder in assignments.bundled() if assignments.load(folder).ops]
# A student's file in which one function is what an author takes for a mistake.
MISTAKEN = """
import assignments
from suites.direct import with_variant

assignment = assignments.load({name!r})
variant = next(v for v in assignment.all_variants if v.id == {id!r})
globals().update(with_variant(assignment.ops, variant).functions)
"""


class Asked:
    """A bundled assignment with its plan."""

    def __init__(self, name: str) -> None:
        self.folder = assignments.find(name)
        self.assignment: Assignment = assignments.load(self.folder)
        self.plan: Plan = make_plan(self.folder, b"receipts of these")

    def receipt(self, finding: Finding) -> Receipt:
        return receipt_of(self.plan, self.assignment, Lost("1.1", finding, finding.part), "name")

    def part(self, forward: str) -> str:
        parts = (p for p in self.assignment.parts if isinstance(p, Part))
        return next(part.name for part in parts if part.op.forward == forward)

    def finding(self, o: Observed, tensor: str) -> Finding:
        """As if this case had been the one to show."""
        plain = Finding(
            self.part(o.case.signature.forward),
            "gradient",
            tensor,
            o.case.tier,
            Verdict.FAIL,
            "",
            Fraction(0),
            Fraction(1),
        )
        return replace(plain, evidence=Evidence(tensor, case=o.case.id))

    def seen(self, source: str) -> tuple[list[Observed], Student]:
        student = loopback({self.assignment.submit: source}, self.assignment.submit)
        return ask_cases(student, self.plan.all_cases, self.plan.questions), student


asked = cache(Asked)


def is_off(o: Observed, tensor: str, seen: list[Observed]) -> bool:
    """Whether judging takes the tensor of this case for wrong."""
    if o.case.chance is not None:
        mine = [other for other in seen if other.case.signature == o.case.signature]
        look = draws_look(tensor, o, mine)
        return isinstance(look, Failure) or look.band is not Band.ROUNDING
    value = o.values.get(tensor)
    return isinstance(value, Failure) or o.looked(tensor).band is not Band.ROUNDING


Decide = Callable[[Receipt, str], int]


@pytest.fixture
def by_process(tmp_path: Path) -> Decide:
    """The exit code that a process of Python's has for a file: what students see."""

    def decided(receipt: Receipt, source: str) -> int:
        (tmp_path / "receipt.py").write_text(script(receipt), encoding="utf-8")
        (tmp_path / "handed_in.py").write_text(source, encoding="utf-8")
        command = [sys.executable, "receipt.py", "handed_in.py"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=tmp_path, env=environment, check=False, timeout=100).returncode

    return decided


@pytest.fixture
def decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Decide:
    """The same in this process, for a process of its own takes long."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def decided(receipt: Receipt, source: str) -> int:
        file = tmp_path / "handed_in.py"
        file.write_text(source, encoding="utf-8")
        names: dict[str, Any] = {"__name__": "receipt", "__file__": str(tmp_path / "receipt.py")}
        exec(compile(script(receipt), "receipt.py", "exec"), names)
        code: int = names["main"]([str(file)])
        for module in ("submission", "handed_in"):
            del sys.modules[module]
        return code

    return decided


def showable(name: str, seen: list[Observed]) -> Iterator[tuple[Observed, str, Receipt]]:
    """Cases that a receipt can show, but for corners, in which a student's own forward decides."""
    for o in seen:
        for tensor in o.case.expected:
            if not o.case.kinked and (o.case.chance is None or o.case.chance.law.certain):
                yield o, tensor, asked(name).receipt(asked(name).finding(o, tensor))


def wrong(name: str) -> list[Variant]:
    return [v for v in asked(name).assignment.all_variants if v.kind == "wrong"]


@pytest.mark.parametrize("name", ASKED)
def test_a_known_mistake_falls_short_exactly_where_it_was_judged_to(name: str, decide: Decide) -> None:
    variants = wrong(name)
    for v in (variants[0], variants[len(variants) // 2], variants[-1]):
        source = MISTAKEN.format(name=name, id=v.id)
        seen, _ = asked(name).seen(source)
        judged = [(is_off(o, tensor, seen), receipt) for o, tensor, receipt in showable(name, seen)]
        for off, most in ((True, 5), (False, 3)):
            for receipt in [receipt for was_off, receipt in judged if was_off is off][:most]:
                assert decide(receipt, source) == off, (v.id, receipt.case.id, receipt.finding.tensor)


@pytest.mark.parametrize("name", ASKED)
def test_right_solutions_are_fine(name: str, decide: Decide) -> None:
    for file in assignments.solutions(asked(name).folder):
        solution = file.read_text("utf-8")
        if "torch" in solution:  # which takes long to import
            continue
        seen, _ = asked(name).seen(solution)
        for o, tensor, receipt in [*showable(name, seen)][::7]:
            assert not is_off(o, tensor, seen), (file.name, o.case.id)
            assert decide(receipt, solution) == 0, (file.name, o.case.id)


@pytest.mark.parametrize("name", ["batchnorm", "filters", "losses"])
def test_a_process_of_the_students_says_the_same(name: str, by_process: Decide) -> None:
    source = MISTAKEN.format(name=name, id=wrong(name)[0].id)
    seen, _ = asked(name).seen(source)
    shown = {is_off(o, tensor, seen): receipt for o, tensor, receipt in showable(name, seen)}
    assert by_process(shown[True], source) == 1
    solution = assignments.solutions(asked(name).folder)[0].read_text("utf-8")
    assert by_process(shown[True], solution) == 0


@pytest.mark.parametrize(("name", "solution"), [("mlp", "ties_passed_on"), ("activations", "by_tanh")])
def test_at_a_corner_both_ways_are_right(name: str, solution: str, decide: Decide) -> None:
    source = (asked(name).folder / "solutions" / f"{solution}.py").read_text("utf-8")
    seen, _ = asked(name).seen(source)
    cornered = [(o, tensor) for o in seen if o.case.kinked for tensor in o.case.signature.gradients]
    left = [(o, tensor) for o, tensor in cornered if is_off(o, tensor, seen)]
    assert left
    for o, tensor in left:
        receipt = asked(name).receipt(asked(name).finding(o, tensor))
        assert "corner" in " ".join(receipt.notes)
        assert decide(receipt, source) == 0
        tripled = f"{source}\n{o.case.signature.backward} = lambda dout, cache: 3 * dout\n"
        assert decide(receipt, tripled) == 1


def test_a_corner_excuses_nothing_where_it_was_judged_to_excuse_nothing(decide: Decide) -> None:
    """Other inputs were off as well, or the finding would have passed."""
    source = (asked("mlp").folder / "solutions" / "ties_passed_on.py").read_text("utf-8")
    seen, _ = asked("mlp").seen(source)
    o = next(o for o in seen if o.case.kinked)
    worst = evidence("dx", [(o, o.looked("dx"))], [(o, o.looked("dx"))])
    receipt = asked("mlp").receipt(replace(asked("mlp").finding(o, "dx"), evidence=worst))
    assert "excused where nothing else is off" in " ".join(receipt.notes)
    assert decide(receipt, source) == 1
    far = replace(worst, got=1e9)
    receipt = asked("mlp").receipt(replace(asked("mlp").finding(o, "dx"), evidence=far))
    assert decide(receipt, source) == 0


def test_what_is_told_of_a_finding_is_what_the_assignment_tells() -> None:
    seen, student = asked("batchnorm").seen(MISTAKEN.format(name="batchnorm", id=wrong("batchnorm")[0].id))
    findings = judge_answers(asked("batchnorm").plan, seen, student)
    finding = next(f for f in findings if f.verdict is Verdict.FAIL and f.diagnosis and f.diagnosis.id)
    assert finding.diagnosis is not None
    lost = Lost("1.1", finding, "Forward")
    told = [
        script(receipt_of(asked("batchnorm").plan, asked("batchnorm").assignment, lost, depth)).split('"""')[
            1
        ]
        for depth in ("name", "question", "symptom")
    ]
    words = (finding.diagnosis.says.split()[:4], finding.diagnosis.hint.split()[:4])
    shown = [tuple(" ".join(some) in " ".join(text.split()) for some in words) for text in told]
    assert shown == [(True, True), (False, True), (False, False)]


@pytest.mark.parametrize("name", ["batchnorm", "convolution"])
def test_conventions_are_shown_where_they_show(name: str, decide: Decide) -> None:
    """One of them returns another shape."""
    shown = []
    for id in (id for id, policy in asked(name).assignment.conventions.items() if policy == "required"):
        source = MISTAKEN.format(name=name, id=id)
        seen, student = asked(name).seen(source)
        findings = judge_answers(asked(name).plan, seen, student)
        for finding in (f for f in findings if f.points and f.verdict is Verdict.PASS and f.credit < 1):
            receipt = asked(name).receipt(finding)
            assert receipt.case.tier == finding.tier
            assert any("another convention" in note for note in receipt.notes)
            assert decide(receipt, source) == 1
            shown.append(id)
    assert shown


def test_who_never_drops_has_no_receipt_where_each_call_may_be_right() -> None:
    here = asked("dropout")
    case = next(c for c in here.plan.all_cases if c.chance and c.chance.law.certain and c.signature.gradients)
    plain = replace(
        FINDING, part=here.part(case.signature.forward), tensor="dx", evidence=Evidence(case=case.id)
    )
    assert here.receipt(plain).case.id == case.id
    for cause in (RIGHT_FOR_OWN, OWN_GRADIENT):
        with pytest.raises(AssayError, match="many calls of it are judged together"):
            here.receipt(replace(plain, cause=cause))


FINDING = Finding(
    "forward", "agreement", "out", "ordinary", Verdict.FAIL, "values differ", Fraction(0), Fraction(4)
)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"verdict": Verdict.CRASH, "cause": "the process died"}, "no receipt for crash (the process died)"),
        ({"verdict": Verdict.MEMORY}, "no receipt for memory"),
        ({"verdict": Verdict.OUTPUT}, "no receipt for output"),
        ({"verdict": Verdict.PROTOCOL}, "no receipt for protocol"),
        ({"verdict": Verdict.INFRASTRUCTURE}, "no receipt for infrastructure-error"),
        ({"verdict": Verdict.INCONCLUSIVE}, "no receipt for inconclusive"),
        (
            {"verdict": Verdict.SKIPPED, "cause": "needs it"},
            "what was skipped (needs it); name what it needs",
        ),
        ({"cause": NEVER}, "many calls show it together"),
        (
            {"verdict": Verdict.PASS, "cause": "right, but alone"},
            "where nothing is off: out is right, but alone",
        ),
    ],
)
def test_what_no_script_shows_has_no_receipt(changes: dict[str, object], says: str) -> None:
    with pytest.raises(AssayError) as told:
        refuse_unshown(replace(FINDING, **changes))  # type: ignore[arg-type]
    assert says in str(told.value)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR, Verdict.MISSING, Verdict.TIMEOUT])
def test_what_a_script_shows(verdict: Verdict) -> None:
    refuse_unshown(replace(FINDING, verdict=verdict))
    refuse_unshown(replace(FINDING, verdict=Verdict.PASS, diagnosis=Diagnosis("another convention")))


def test_what_is_random_or_trained_has_none() -> None:
    case = next(c for c in asked("dropout").plan.all_cases if c.chance and not c.chance.law.certain)
    part = asked("dropout").part(case.signature.forward)
    with pytest.raises(AssayError, match="is random, and many calls of it are judged together"):
        asked("dropout").receipt(replace(FINDING, part=part, evidence=Evidence("out", case=case.id)))
    for name in ("train_mlp", "gradcheck"):
        part = asked(name).assignment.parts[0].name
        with pytest.raises(AssayError, match="is no single call"):
            asked(name).receipt(replace(FINDING, part=part))


def test_only_what_is_too_slow_has_a_clock_and_only_what_is_kept_is_said_so() -> None:
    (case, *_) = [c for c in asked("batchnorm").plan.all_cases if c.signature.gradients]
    plain = replace(
        FINDING,
        part=asked("batchnorm").part(case.signature.forward),
        tensor="dx",
        evidence=Evidence("dx", case=case.id),
    )
    assert asked("batchnorm").receipt(plain).limit_s is None
    slow = asked("batchnorm").receipt(replace(plain, verdict=Verdict.TIMEOUT))
    assert slow.limit_s == asked("batchnorm").plan.limits.question_s
    kept = asked("batchnorm").receipt(replace(plain, cause=RIGHT_FOR_OWN, credit=Fraction(1, 2)))
    assert any("You keep 2 of 4" in note for note in kept.notes)
    assert kept.case.upstream is not None
    assert np.array_equal(kept.case.upstream, case.upstream)  # type: ignore[arg-type]


def test_arguments_are_those_that_reach_a_student() -> None:
    """A NumPy scalar comes as an array without axes."""
    here = asked("batchnorm")
    case = next(c for c in here.plan.all_cases if "eps" in c.inputs)
    scalar = replace(case, inputs={**case.inputs, "eps": np.float64(1e-5)})
    forward = case.signature.forward
    plan = replace(here.plan, cases={**here.plan.cases, forward: (scalar,)})
    finding = replace(
        FINDING, part=here.part(forward), tensor=case.signature.outputs[0], evidence=Evidence(case=case.id)
    )
    eps = receipt_of(plan, here.assignment, Lost("1.1", finding, ""), "name").case.inputs["eps"]
    assert isinstance(eps, np.ndarray)
    assert eps.shape == ()


@pytest.mark.parametrize(("factor", "off"), [(0.99, False), (1.01, True)])
def test_where_nothing_is_random_the_same_is_allowed_as_in_many_draws(factor: float, off: bool) -> None:
    here = asked("dropout")
    certain = [c for c in here.plan.all_cases if c.chance and c.chance.law.certain and not c.single]
    for case in certain:
        assert case.chance is not None
        tensor = case.signature.outputs[0]
        finding = replace(
            FINDING,
            part=here.part(case.signature.forward),
            tensor=tensor,
            evidence=Evidence(case=case.id),
        )
        receipt = here.receipt(finding)
        right = case.expected[tensor]
        answer = right + factor * receipt.allowed
        calls = len(case.chance.seeds)
        draws = {name: [case.expected[name]] * case.chance.backwards for name in case.signature.gradients}
        draws[tensor] = [right] * (calls - 1) + [answer]
        seen = Observed(case, {tensor: answer}, draws=draws)
        assert is_off(seen, tensor, [seen]) is off
