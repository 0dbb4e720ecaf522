"""What went wrong is said once, wherever it shows, and stands before what is right."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from grader.record import PartOutline, Record, RunInfo, Status
from reports.views import View, view
from suites.types import Diagnosis, Evidence, Finding, Verdict

MEAN = Diagnosis("dx is off", "bn.mean", "You forget the mean.", "On what does mu depend?", "Lecture 5")
PARTS = ("forward", "backward", "images")

Make = Callable[..., Finding]
See = Callable[..., View]


@pytest.fixture
def make() -> Make:
    def finding(part: str, tensor: str, tier: str = "ordinary", **changes: object) -> Finding:
        points = Fraction(9 if tier == "ordinary" else 1)
        right = Finding(part, "gradient", tensor, tier, Verdict.PASS, "", Fraction(1), points)
        return replace(right, **changes)  # type: ignore[arg-type]

    return finding


@pytest.fixture
def see(info: RunInfo) -> See:
    outlines = tuple(PartOutline(name, f"The {name}", Fraction(10), ()) for name in PARTS)

    def seen(*findings: Finding) -> View:
        record = Record("s", "s.py", "s", "", Status.GRADED, "", Fraction(0), Fraction(1), findings)
        return view(replace(info, parts=outlines), record)

    return seen


def wrong(diagnosis: Diagnosis | None = MEAN, **changes: object) -> dict[str, object]:
    seen = Evidence(
        case="nominal/0", index=(0, 1), expected=1.0, got=2.0, max_error=1.0, cases=4, failed_cases=4
    )
    plain = {"verdict": Verdict.FAIL, "cause": "values differ", "credit": Fraction(0)}
    return {**plain, "diagnosis": diagnosis, "evidence": seen, **changes}


def test_one_mistake_has_one_card_wherever_it_shows(make: Make, see: See) -> None:
    tiers = ("ordinary", "unusual")
    shown = see(
        *(make("backward", "dx", tier, **wrong()) for tier in tiers),
        make("images", "dx", "ordinary", **wrong(replace(MEAN, symptom="dx is off per channel"))),
        make("images", "dx", "unusual"),
    )
    (card,) = shown.mend
    assert (card.title, card.lost) == ("You forget the mean.", "19")
    assert card.symptoms == ("dx is off", "dx is off per channel")
    assert [(place.part, place.title, place.tensors) for place in card.places] == [
        (2, "The backward", ("dx",)),
        (3, "The images", ("dx (ordinary)",)),
    ]
    assert [sight.label for sight in card.sights] == [
        "The backward: dx, ordinary",
        "The images: dx, ordinary",
    ]
    assert [sight.label for sight in card.more] == ["The backward: dx, unusual"]
    assert not shown.know


def test_the_dearest_comes_first(make: Make, see: See) -> None:
    other = Diagnosis("dw is off", "bn.other", "You forget the rest.")
    shown = see(
        make("backward", "dx", "unusual", **wrong()), make("backward", "dw", "ordinary", **wrong(other))
    )
    assert [card.lost for card in shown.mend] == ["9", "1"]


def test_what_was_skipped_comes_after_what_caused_it(make: Make, see: See) -> None:
    raised = {"verdict": Verdict.ERROR, "cause": "syntax error in line 5", "credit": Fraction(0)}
    skipped = {"verdict": Verdict.SKIPPED, "cause": "needs the part", "credit": Fraction(0)}
    shown = see(
        make("forward", "out", **raised), *(make("backward", tensor, **skipped) for tensor in ("dx", "dw"))
    )
    assert [(card.verdict, card.lost) for card in shown.mend] == [
        (Verdict.ERROR, "9"),
        (Verdict.SKIPPED, "18"),
    ]


def test_two_mistakes_without_a_name_are_told_apart(make: Make, see: See) -> None:
    shown = see(
        make("backward", "dx", **wrong(Diagnosis("dx is zero"))),
        make("backward", "dw", **wrong(Diagnosis("dw has another sign"))),
    )
    assert [card.title for card in shown.mend] == ["dx is zero", "dw has another sign"]


def test_what_did_not_run_is_said_once_and_shows_nothing(make: Make, see: See) -> None:
    skipped = {"verdict": Verdict.SKIPPED, "cause": "needs the part", "credit": Fraction(0)}
    seen = Evidence(case="nominal/0", cases=3, failed_cases=3)
    shown = see(*(make("images", tensor, **skipped, evidence=seen) for tensor in ("dx", "dw", "db")))
    (card,) = shown.mend
    assert card.places[0].tensors == ("dx", "dw", "db")
    assert (card.sights, card.more) == ((), ())


def test_a_convention_that_costs_is_to_mend_and_one_that_does_not_is_worth_knowing(
    make: Make, see: See
) -> None:
    costs = make("forward", "out", diagnosis=MEAN, credit=Fraction(8, 9), cause="another convention")
    free = make("backward", "dx", diagnosis=replace(MEAN, id="bn.free", says="A habit."))
    shown = see(costs, free)
    assert [(card.title, card.lost) for card in shown.mend] == [("You forget the mean.", "1")]
    assert [(card.title, card.lost) for card in shown.know] == [("A habit.", "")]
    assert not shown.parts[0].lines[0].whole


def test_what_is_right_and_discounted_is_no_convention(make: Make, see: See) -> None:
    cause = "caught, but what is right is refused, too"
    (discounted,) = see(make("forward", "out", credit=Fraction(0), cause=cause)).mend
    (other,) = see(make("forward", "out", diagnosis=MEAN, credit=Fraction(8, 9), cause="another")).mend
    assert (discounted.convention, other.convention) == (False, True)
    assert not discounted.calm


def test_a_note_that_is_the_title_is_not_said_again(make: Make, see: See) -> None:
    (card,) = see(make("forward", "out", notes=("a list where an array is expected", "float32"))).know
    assert (card.title, card.notes) == ("A list where an array is expected", ("float32",))


def test_a_property_has_no_points_and_no_card(make: Make, see: See) -> None:
    none = {"check": "property", "points": Fraction(0), "credit": Fraction(0)}
    says = "dx sums to zero"
    shown = see(
        make("backward", "dx", **wrong()),
        make("backward", "dx", **none, verdict=Verdict.FAIL, cause=f"does not hold: {says}"),
        make("images", "dx", **none, cause=says),
    )
    (card,) = shown.mend
    assert card.symptoms == ("dx is off", "does not hold: dx sums to zero")
    assert [part.properties for part in shown.parts] == [(), ((False, says),), ((True, says),)]
    assert [len(part.lines) for part in shown.parts] == [0, 1, 0]


def test_a_line_says_which_tier_alone_falls_short(make: Make, see: See) -> None:
    shown = see(make("backward", "dx"), make("backward", "dx", "unusual", **wrong()))
    (line,) = shown.parts[1].lines
    assert (line.only, line.whole, line.score, line.worst) == ("unusual", False, "9 / 10", Verdict.FAIL)
    assert shown.parts[1].tiers == ("ordinary", "unusual")


def test_the_same_exception_is_shown_once(make: Make, see: See) -> None:
    raised = {"verdict": Verdict.ERROR, "cause": "raised IndexError", "credit": Fraction(0)}
    seen = Evidence(case="nominal/0", cases=3, failed_cases=3, text="IndexError: out of range")
    shown = see(*(make("backward", tensor, **raised, evidence=seen) for tensor in ("dx", "dw")))
    (card,) = shown.mend
    assert len(card.sights) == 1
    assert not card.more
