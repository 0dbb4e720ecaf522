"""Parts that try a student's function on subjects: what is sealed, what is earned, what is said."""

from __future__ import annotations

import importlib.util
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from suites import AuthoringError, Estimates, OwnTests, subject
from suites.direct import Direct
from suites.handout import points_table, subjects_table
from suites.own_tests import RAISES, _Kind, decision
from suites.seal import streams
from suites.types import Diagnosis, Failure, Finding, Opaque, Reply, Verdict

SOURCE = '''
import numpy as np
from suites import Function, subject, variant

def function(sign):
    return Function(lambda x: sign * x, ((),))

@subject("t.refuses", of="check", right=True, says="Refuses.", hint="?", public=True)
def fine(rng):
    """A right one."""
    return function(1.0), rng.uniform(1, 2)

@subject("t.refuses-other", of="check", right=True, says="Refuses another.", hint="?")
def fine_too(rng):
    """Another right one."""
    return function(1.0), rng.uniform(3, 4)

@subject("t.refuses-rare", of="check", right=True, says="Refuses a rare one.", hint="?", tier="unusual")
def rare(rng):
    """A right one, rarely met."""
    return function(1.0), rng.uniform(5, 6)

@subject("t.passes-sign", of="check", right=False, says="Passes a sign.", hint="?", public=True)
def minus(rng):
    """A wrong one."""
    return function(-1.0), rng.uniform(1, 2)

@subject("t.passes-zero", of="check", right=False, says="Passes a zero.", hint="?")
def zero(rng):
    """Another wrong one."""
    return function(0.0), rng.uniform(1, 2)

@subject("e.off", of="twice", says="Off.", hint="?", public=True)
def number(rng):
    """A vector."""
    x = rng.uniform(1, 2, 3)
    return Function(lambda y: y, ((3,),)), x, 2 * x

@subject("e.rare", of="twice", says="Off, rarely.", hint="?", tier="unusual")
def rare_number(rng):
    """A vector, rarely met."""
    x = rng.uniform(3, 4, 2)
    return Function(lambda y: y, ((2,),)), x, 2 * x

def right(f, x):
    return 2 * f(x)

@variant("e.once", of=right, kind="wrong", says="Once.", hint="?")
def once(f, x):
    return f(x)

@variant("e.minus", of=right, kind="wrong", says="Minus.", hint="?")
def minus_twice(f, x):
    return -2 * f(x)
'''


def loaded(folder: Path, text: str = SOURCE) -> ModuleType:
    file = folder / "subjects.py"
    file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("_subjects_of_a_test", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return loaded(tmp_path_factory.mktemp("subjects"))


class Here:
    """A sitting without a sandbox."""

    jobs = 1

    def __init__(self, **functions: Callable[..., Any]) -> None:
        self._student = Direct(functions)

    @contextmanager
    def usual(self) -> Iterator[Any]:
        yield self._student


def judged(part: Any, **functions: Callable[..., Any]) -> dict[str, Finding]:
    sealed = pickle.loads(pickle.dumps(part.seal(streams(b"seed"))))
    return {f.tensor: f for f in sealed.judge(Here(**functions))}


def total(found: dict[str, Finding]) -> Fraction:
    return sum((f.score for f in found.values()), Fraction(0))


def right(f: Any, x: Any) -> bool:
    return bool(f(x) == x)


def test_who_tells_right_from_wrong_gets_all(module: ModuleType) -> None:
    part = OwnTests("p", "check", module, worth=10)
    found = judged(part, check=right)
    assert list(found) == ["fine", "fine too", "rare", "minus", "zero"]
    assert {f.verdict for f in found.values()} == {Verdict.PASS}
    assert {f.cause for f in found.values()} == {""}
    assert [f.score for f in found.values()] == [0, 0, 1, Fraction(9, 2), Fraction(9, 2)]
    assert {f.check for f in found.values()} == {"own test"}
    assert [f.evidence.cases for f in found.values()] == [2, 2, 2, 1, 1]
    assert [f.evidence.public for f in found.values()] == [True, False, False, True, False]


@pytest.mark.parametrize("answer", [True, False])
def test_who_does_not_look_earns_nothing(module: ModuleType, answer: bool) -> None:
    found = judged(OwnTests("p", "check", module, worth=10), check=lambda f, x: answer)
    assert total(found) == 0
    failed = {name for name, f in found.items() if f.verdict is Verdict.FAIL}
    assert failed == ({"minus", "zero"} if answer else {"fine", "fine too", "rare"})
    for f in found.values():
        if f.verdict is Verdict.FAIL:
            assert f.evidence.failed_cases == (1 if answer else 2)
            said = "passes what is wrong" if answer else "refuses what is right in 2 of 2 trials"
            assert f.diagnosis.symptom == said
        else:
            assert f.cause == (
                {"rare": "passed, but what is wrong is passed, too"}.get(f.tensor, "")
                if answer
                else "caught, but what is right is refused, too"
            )


def test_what_is_right_and_passed_is_no_convention_where_what_is_wrong_is_passed_too(
    module: ModuleType,
) -> None:
    """It has no points that could be earned in part, so nothing about it is to be mended."""
    found = judged(OwnTests("p", "check", module, worth=10), check=lambda f, x: True)
    assert {(found[name].verdict, found[name].credit) for name in ("fine", "fine too")} == {(Verdict.PASS, 1)}


def test_what_is_refused_discounts_what_is_caught(module: ModuleType) -> None:
    """One of two right kinds refused: nothing is left. A rare one costs itself alone."""
    found = judged(OwnTests("p", "check", module, worth=10), check=lambda f, x: right(f, x) and x < 3)
    assert total(found) == 0
    assert found["fine too"].diagnosis.id == "t.refuses-other"
    found = judged(OwnTests("p", "check", module, worth=10), check=lambda f, x: right(f, x) and x < 5)
    assert total(found) == 9


def test_what_is_missed_costs_its_own_points(module: ModuleType) -> None:
    found = judged(OwnTests("p", "check", module, worth=10), check=lambda f, x: f(x) >= 0)
    assert found["zero"].diagnosis.says == "Passes a zero."
    assert found["minus"].score == Fraction(9, 2)
    assert found["rare"].score == Fraction(1, 2)  # half of what is wrong is caught


def test_a_test_that_raises(module: ModuleType) -> None:
    def check(f: Any, x: Any) -> None:
        assert f(x) == x

    assert total(judged(OwnTests("p", "check", module, worth=10, answers=RAISES), check=check)) == 10

    def broken(f: Any, x: Any) -> None:
        raise KeyError(x)

    found = judged(OwnTests("p", "check", module, worth=10, answers=RAISES), check=broken)
    assert {f.verdict for f in found.values()} == {Verdict.ERROR}
    assert total(found) == 0
    assert all(f.cause.startswith("raised KeyError") for f in found.values())
    assert {(f.part, f.diagnosis) for f in found.values()} == {("p", None)}
    found = judged(OwnTests("p", "check", module, worth=10, answers=RAISES), check=refusing)
    assert found["fine"].verdict is Verdict.FAIL  # an assertion is an answer, and no trouble of the test's
    assert found["fine"].diagnosis.symptom == "refuses what is right in 2 of 2 trials"


def refusing(f: Any, x: Any) -> None:
    raise AssertionError


class Failing:
    """A sitting in which nothing runs: each trial fails in words of its own, and takes its time."""

    jobs = 1

    @contextmanager
    def usual(self) -> Iterator[Any]:
        yield self

    def ask(self, *calls: Any) -> list[Failure]:
        return [Failure(Verdict.ERROR, "raised", "its text", seconds=0.5) for _ in calls]


def test_what_a_test_itself_fails_of_is_shown(module: ModuleType) -> None:
    found = OwnTests("p", "check", module, worth=10).seal(streams(b"seed")).judge(Failing())
    for f in found:
        e = f.evidence
        assert (f.verdict, f.cause, e.text, f.credit) == (Verdict.ERROR, "raised", "its text", 0)
        assert (e.argument, e.regime, e.case) == (f.tensor, *(f.tensor.replace(" ", "_"),) * 2)
        assert e.failed_cases == e.cases
        assert f.seconds == 0.5 * e.cases


@pytest.mark.parametrize(("part", "of"), [(OwnTests, "check"), (Estimates, "twice")])
def test_a_module_that_is_not_here_is_told_as_that(module: ModuleType, part: Any, of: str) -> None:
    def late(f: Any, x: Any) -> None:
        raise ModuleNotFoundError("No module named 'tqdm'")

    for found in judged(part("p", of, module, worth=10), **{of: late}).values():
        assert "imports 'tqdm', which this assignment does not provide" in found.diagnosis.symptom


def test_of_several_failures_the_first_is_shown(module: ModuleType) -> None:
    failures = [Failure(Verdict.ERROR, "one"), Failure(Verdict.TIMEOUT, "two")]
    kind = _Kind(module.fine, [Reply((True,)), *failures], "returns")
    assert (kind.verdict, kind.broken, kind.wrongly) == (Verdict.ERROR, failures[0], 2)


@pytest.mark.parametrize("value", ["yes", 1, None, np.array([True, False]), np.array(1.0)])
def test_what_is_neither_true_nor_false(module: ModuleType, value: Any) -> None:
    found = judged(OwnTests("p", "check", module, worth=10), check=lambda f, x: value)
    assert total(found) == 0
    said = {f.diagnosis for f in found.values()}
    assert said == {Diagnosis("answers neither True nor False")}  # and no question about something else


def test_a_test_that_returns_what_it_should_raise(module: ModuleType) -> None:
    found = judged(OwnTests("p", "check", module, worth=10, answers=RAISES), check=right)
    said = Diagnosis("returned False, which counts for nothing: it has to raise AssertionError")
    assert {name: f.diagnosis for name, f in found.items() if f.diagnosis} == {"minus": said, "zero": said}


def test_decisions() -> None:
    """Decisions."""
    for value, said in (
        (True, True),
        (False, False),
        (np.array([[True]]), True),
        (np.array([False]), False),
        (1, None),
        (Opaque("x"), None),
    ):
        assert decision(Reply((value,)), "returns") is said
    asserted = Failure(Verdict.ERROR, "raised AssertionError: no")
    assert decision(asserted, "returns") is None
    assert decision(asserted, RAISES) is False
    assert decision(Reply((1,)), RAISES) is True
    assert decision(Failure(Verdict.TIMEOUT, "raised AssertionError"), RAISES) is None
    assert decision(Failure(Verdict.ERROR, "raised KeyError"), RAISES) is None


# --------------------------------------------------------------------------- estimates


def test_an_estimate_within_the_accuracy_is_right(module: ModuleType) -> None:
    part = Estimates("e", "twice", module, worth=4, accuracy=1e-3)
    for factor in (1, 1 + 9e-4, 1 - 9e-4):
        found = judged(part, twice=lambda f, x, k=factor: 2 * k * f(x))
        assert total(found) == 4
        assert {(f.verdict, f.diagnosis, f.cause) for f in found.values()} == {(Verdict.PASS, None, "")}
        assert {f.part for f in found.values()} == {"e"}
        assert {(f.evidence.cases, f.evidence.failed_cases) for f in found.values()} == {(1, 0)}
    found = judged(part, twice=lambda f, x: 2.01 * f(x))
    assert total(found) == 0
    assert found["number"].diagnosis.symptom == "off by 0.005 of the largest entry, 0.001 is allowed"
    assert found["number"].diagnosis.id == "e.off"
    evidence = found["number"].evidence
    assert evidence.shape == (3,)
    assert evidence.got == pytest.approx(evidence.expected * 1.005)
    assert evidence.max_error == pytest.approx(abs(evidence.got - evidence.expected))
    assert max(max(row) for row in evidence.picture) == 1
    assert (evidence.cases, evidence.failed_cases) == (1, 1)
    rare = found["rare number"].evidence
    assert (rare.argument, rare.regime, rare.case) == ("rare number", "rare_number", "rare_number")


def test_the_largest_entry_is_the_largest_by_size(tmp_path: Path) -> None:
    part = Estimates("e", "twice", loaded(tmp_path, SOURCE.replace("x, 2 * x", "x, -2 * x")), worth=4)
    assert total(judged(part, twice=lambda f, x: -2 * (1 + 1e-7) * f(x))) == 4
    found = judged(part, twice=lambda f, x: -2.02 * f(x))
    assert found["number"].diagnosis.symptom == "off by 0.01 of the largest entry, 1e-06 is allowed"


def test_the_entry_that_is_shown_is_the_worst(module: ModuleType) -> None:
    part = Estimates("e", "twice", module, worth=4)
    evidence = judged(part, twice=lambda f, x: 2 * f(x) + np.eye(3)[1][: len(x)])["number"].evidence
    assert evidence.index == (1,)
    assert (evidence.max_error, evidence.got) == (pytest.approx(1), pytest.approx(evidence.expected + 1))


@pytest.mark.parametrize(("factor", "id"), [(1, "e.once"), (-2, "e.minus"), (3, "e.off")])
def test_a_mistake_is_named(module: ModuleType, factor: float, id: str) -> None:
    found = judged(Estimates("e", "twice", module, worth=4), twice=lambda f, x: factor * (1 + 1e-5) * f(x))
    assert found["number"].diagnosis.id == id


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_a_mistake_is_named_at_any_size(size: float, tmp_path: Path) -> None:
    text = SOURCE.replace("rng.uniform(1, 2, 3)", f"{size} * rng.uniform(1, 2, 3)")
    part = Estimates("e", "twice", loaded(tmp_path, text), worth=4)
    for off, id in ((1e-5, "e.once"), (0.1, "e.off")):
        found = judged(part, twice=lambda f, x, k=1 + off: k * f(x))
        assert found["number"].diagnosis.id == id


def test_a_mistake_is_named_by_all_of_its_entries(tmp_path: Path) -> None:
    """And by their size, which may be far beyond that of what is right."""
    text = SOURCE.replace("    return -2 * f(x)", "    return -1e6 * f(x) * np.arange(len(x))")
    part = Estimates("e", "twice", loaded(tmp_path, text), worth=4)
    found = judged(part, twice=lambda f, x: -1e6 * (1 + 1e-4) * f(x) * np.arange(len(x)))
    assert {f.diagnosis.id for f in found.values()} == {"e.minus"}
    found = judged(part, twice=lambda f, x: f(x) * np.where(np.arange(len(x)) == 0, 1, 7))
    assert found["number"].diagnosis.id == "e.off"


def test_without_numbers_no_mistake_is_named(tmp_path: Path) -> None:
    text = SOURCE[: SOURCE.index('@variant("e.minus"')]
    found = judged(Estimates("e", "twice", loaded(tmp_path, text), worth=4), twice=lambda f, x: f(x)[:1])
    assert {f.diagnosis.id for f in found.values()} == {"e.off", "e.rare"}


def test_a_mistake_that_spoils_its_arguments_hides_no_other(tmp_path: Path) -> None:
    text = SOURCE.replace("    return f(x)\n", "    x *= 5\n    return f(x)\n")
    found = judged(Estimates("e", "twice", loaded(tmp_path, text), worth=4), twice=lambda f, x: -2 * f(x))
    assert {f.diagnosis.id for f in found.values()} == {"e.minus"}


def test_a_mistake_that_gives_another_shape_or_raises_is_not_it(tmp_path: Path) -> None:
    for instead in ("return f(x)[:1]", "return x + 1 // 0"):
        text = SOURCE.replace("    return f(x)\n", f"    {instead}\n")
        part = Estimates("e", "twice", loaded(tmp_path, text), worth=4)
        assert judged(part, twice=lambda f, x: 0 * f(x) + f(x)[0])["number"].diagnosis.id == "e.off"
        assert judged(part, twice=lambda f, x: -2 * f(x))["number"].diagnosis.id == "e.minus"


def test_one_kind_may_be_right_alone(module: ModuleType) -> None:
    part = Estimates("e", "twice", module, worth=4)
    found = judged(part, twice=lambda f, x: 2 * f(x) if len(x) == 3 else f(x))
    assert [f.score for f in found.values()] == [Fraction(36, 10), 0]
    assert found["rare number"].diagnosis.id == "e.once"


def test_estimates_that_are_none(module: ModuleType) -> None:
    part = Estimates("e", "twice", module, worth=4)
    found = judged(part, twice=lambda f, x: f(x)[:1])
    assert found["number"].diagnosis.symptom == "shape (1,), expected (3,)"
    found = judged(part, twice=lambda f, x: x / 0 * np.nan)
    assert found["number"].diagnosis.symptom == "not finite"
    found = judged(part, twice=lambda f, x: f(x, x))
    assert found["number"].verdict is Verdict.ERROR
    assert "takes 1 argument, not 2" in found["number"].cause
    assert found["number"].diagnosis is None
    part = pickle.loads(pickle.dumps(part.seal(streams(b"seed"))))
    found = {f.tensor: f for f in part.judge(Failing())}
    assert {(f.cause, f.evidence.text, f.credit) for f in found.values()} == {("raised", "its text", 0)}
    assert found["number"].evidence.shape == (3,)
    assert found["number"].evidence.failed_cases == 1


# --------------------------------------------------------------------------- declared and sealed


def test_points_and_handout(module: ModuleType) -> None:
    part = OwnTests("p", "check", module, worth=10, title="A check")
    assert dict(part.points) == {"rare": 1, "minus": Fraction(9, 2), "zero": Fraction(9, 2)}
    declared = type("Declared", (), {"parts": (part,)})()
    assert "| A check | `check` |  | 10 | 9 | 1 |" in points_table(declared)
    table = subjects_table(declared)
    assert "| minus | ordinary | A wrong one. |" in table
    assert "fine too" not in table
    assert "And 2 ordinary and 1 unusual kinds that are hidden." in table


def test_a_self_check_tries_what_is_public(module: ModuleType) -> None:
    public = OwnTests("p", "check", module, worth=10).public()
    assert set(judged(public, check=right)) == {"fine", "minus"}
    assert dict(public.points) == {"minus": 10}
    assert set(judged(Estimates("e", "twice", module, worth=4).public(), twice=lambda f, x: 2 * x)) == {
        "number"
    }


def test_the_seed_decides_what_is_drawn_and_in_which_order(module: ModuleType) -> None:
    part = OwnTests("p", "check", module, worth=10)
    one, again, other = (part.seal(streams(seed)) for seed in (b"1", b"1", b"2"))
    assert one.key == again.key != other.key
    assert one.trials.drawn != other.trials.drawn
    first = [trial.subject for trial in one.trials.drawn]
    assert first != sorted(first)
    x = [one.trials.arguments(trial)[1] for trial in one.trials.drawn]
    assert x == [again.trials.arguments(trial)[1] for trial in again.trials.drawn]
    assert len(set(x)) == len(x)


def test_arguments_are_copies(module: ModuleType) -> None:
    def spoil(f: Any, x: Any) -> Any:
        out = 2 * f(x)
        x *= 0
        return out

    assert total(judged(Estimates("e", "twice", module, worth=4), twice=spoil)) == 4


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('right=True, says="Refuses.', 'right=False, says="Refuses.', None),
        ("return function(-1.0), rng.uniform(1, 2)", "return 1 / 0", "subject minus of check does not run"),
        ("right=False", "right=True", "check is tried on nothing that is wrong"),
        ("right=True", "right=False", "check is tried on nothing that is right"),
        (
            ", public=True)\ndef fine(",
            ', tier="unusual")\ndef fine(',
            None,
        ),
        ('"""A wrong one."""', "", "subject t.passes-sign has no docstring"),
        ('tier="unusual")\ndef rare(', 'tier="odd")\ndef rare(', "subject t.refuses-rare: tier is 'odd'"),
    ],
)
def test_what_cannot_be_sealed_is_said(tmp_path: Path, old: str, new: str, said: str | None) -> None:
    text = SOURCE.replace(old, new)
    assert text != SOURCE
    if said is None:
        OwnTests("p", "check", loaded(tmp_path, text), worth=10).seal(streams(b"s"))
        return
    with pytest.raises(AuthoringError, match=said):
        OwnTests("p", "check", loaded(tmp_path, text), worth=10).seal(streams(b"s"))


def test_what_is_right_but_unusual_is_not_enough(tmp_path: Path) -> None:
    text = SOURCE.replace(", public=True)\ndef fine(", ', tier="unusual")\ndef fine(').replace(
        ")\ndef fine_too(", ', tier="unusual")\ndef fine_too('
    )
    with pytest.raises(AuthoringError, match="check is tried on nothing that is right"):
        OwnTests("p", "check", loaded(tmp_path, text), worth=10).seal(streams(b"s"))


@pytest.mark.parametrize(("exact", "size"), [("0 * x", "0"), ("x[:0]", "empty")])
def test_an_exact_value_without_a_size_is_refused(tmp_path: Path, exact: str, size: str) -> None:
    text = SOURCE.replace("((2,),)), x, 2 * x", f"((2,),)), x, {exact}")
    with pytest.raises(AuthoringError, match=f"subject rare_number of twice .* exact value that is {size}:"):
        Estimates("e", "twice", loaded(tmp_path, text), worth=4).seal(streams(b"s"))


def test_a_subject_needs_words() -> None:
    def of_two_words(rng: Any) -> tuple[Any, ...]:
        """
        Asks nothing:

        the first line is what is told.
        """
        return ()

    made = subject("x", of="f", says="Says.", hint="Hint?", lecture="001:1")(of_two_words)
    assert (made.name, made.of, made.right, made.title) == ("of_two_words", "f", True, "of two words")
    assert (made.words.says, made.words.hint, made.words.lecture) == ("Says.", "Hint?", "001:1")
    assert made.about == "Asks nothing:"
