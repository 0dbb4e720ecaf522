"""Standings from a board's entries: what counts, what changed, what held the record, and what is left out."""

from dataclasses import replace

import pytest

from grader.board import Batch, Entry
from reports.board_page import heading
from reports.lines import ahead, axis_of, lines
from reports.standings import Standing, standings
from suites.measurement import Measurement
from suites.types import Verdict

from ..measured import accuracy, speed

FIRST = Batch("2026-11-12T15:00:00+00:00", "conv", "Convolution", "a" * 64, "0.1.0", id=1)
SECOND = replace(FIRST, added="2026-11-19T15:00:00+00:00", seed="b" * 64, id=2)
FINAL = replace(FIRST, added="2026-11-26T15:00:00+00:00", seed="c" * 64, id=3, verified=True)
NAMES = {member: member.capitalize() for member in ("ada", "bob", "carl", "dora")}


def entry(
    member: str,
    measurement: Measurement,
    batch: Batch = FIRST,
    code: str = "",
    day: int = 12,
    verdict: Verdict = Verdict.PASS,
) -> Entry:
    graded = f"2026-11-{day:02}T10:00:00+00:00"
    return Entry(batch, member, code or f"{member}'s", "fast", "conv", verdict, graded, measurement)


def one(*entries: Entry) -> Standing:
    (standing,) = standings(entries, NAMES)
    return standing


def ranks(standing: Standing) -> list[tuple[str, int]]:
    return [(row.name, row.place.rank) for row in standing.rows]


def test_one_workload_has_no_second_board_over_all() -> None:
    single, second, total = (
        replace(entry("ada", speed(1.4)), what=what) for what in ("conv", "pool", "overall")
    )
    whats = [standing.section.what for standing in standings([single, total], NAMES)]
    assert whats == ["conv"]
    told = [heading(standing) for standing in standings([single, second, total], NAMES)]
    assert told == ["Speed of conv", "Speed over all workloads", "Speed of pool"]


def test_rows_in_order_and_none_of_who_takes_no_part() -> None:
    standing = one(
        entry("ada", speed(1.4)),
        entry("bob", speed(0.7)),
        entry("carl", speed(1.0)),
        entry("eve", speed(0.1)),
    )
    assert ranks(standing) == [("Bob", 1), ("Carl", 2), ("Ada", 3)]


@pytest.mark.parametrize(
    ("measurement", "verdict", "state"),
    [
        (speed(None), Verdict.INCONCLUSIVE, "inconclusive"),
        (speed(None), Verdict.FAIL, "fail"),
        (speed(None), Verdict.CRASH, "crash"),
        (speed(0.1), Verdict.ERROR, "error"),
        (speed(0.1, flags=("implausible",)), Verdict.PASS, "flagged"),
    ],
)
def test_what_failed_or_is_flagged_never_ranks(
    measurement: Measurement, verdict: Verdict, state: str
) -> None:
    standing = one(entry("ada", measurement, verdict=verdict), entry("bob", speed(2.0)))
    assert ranks(standing) == [("Bob", 1)]
    assert standing.left_out == {state: 1}
    assert [record.name for record in standing.records] == ["Bob"]


def test_one_flag_is_enough_until_a_final_session() -> None:
    flagged = entry("ada", speed(0.5, flags=("replay",)))
    again = entry("ada", speed(0.5), SECOND, day=19)
    assert ranks(one(flagged, again)) == []
    final = entry("ada", speed(0.9), FINAL, day=26)
    (row,) = one(flagged, again, final).rows
    assert (row.shown.value, row.verified) == (pytest.approx(0.9), "2026-11-26")


def test_the_same_code_is_pooled_and_measuring_again_wins_nothing() -> None:
    tries = [
        entry("ada", speed(value), replace(SECOND, id=k, seed=str(k)), "same", 12 + k)
        for k, value in enumerate((1.0, 1.06, 0.94, 1.0), 1)
    ]
    (row,) = one(*tries).rows
    assert row.shown.value == pytest.approx(1.0, rel=0.01)
    assert (row.n, row.entries) == (4 * 24, 1)
    assert row.since == row.last == "2026-11-13"


def test_the_same_code_of_two_members_is_one_measurement() -> None:
    """Graded once and copied to both: it must not count as two."""
    standing = one(entry("ada", speed(0.8), code="twin"), entry("bob", speed(0.8), code="twin"))
    assert ranks(standing) == [("Ada", 1), ("Bob", 1)]
    assert {row.n for row in standing.rows} == {24}


def test_the_best_code_is_the_certain_one_not_the_lucky_one() -> None:
    lucky = entry("ada", speed(0.90, 0.15), code="lucky")
    sure = entry("ada", speed(0.95, 0.01), code="sure")
    (row,) = one(lucky, sure).rows
    assert (row.code, row.entries) == ("sure", 2)


def test_an_accuracy_goes_up_by_steps_and_is_shown_to_them() -> None:
    came = [
        entry("ada", accuracy(value), code=str(value), day=day)
        for day, value in ((12, 97.03), (13, 97.15), (14, 97.61))
    ]
    assert one(*came[:2]).rows[0].code == "97.03"
    (row,) = one(*came).rows
    assert row.code == "97.61"
    assert row.shown.value == pytest.approx(97.6)


def test_change_of_rank_since_the_last_addition() -> None:
    before = [entry("ada", speed(1.0)), entry("bob", speed(1.5)), entry("carl", speed(2.0))]
    after = [
        entry("carl", speed(0.5), SECOND, "better", 19),
        entry("dora", speed(3.0), SECOND, day=19),
    ]
    standing = one(*before, *after)
    assert [(row.name, row.change) for row in standing.rows] == [
        ("Carl", 2),
        ("Ada", -1),
        ("Bob", -1),
        ("Dora", None),
    ]
    assert {row.change for row in one(*before).rows} == {None}


def test_a_final_session_counts_alone_and_breaks_ties_by_who_came_first() -> None:
    lucky = entry("ada", speed(0.5), SECOND, day=19)
    final = [entry("ada", speed(0.9), FINAL, day=26), entry("bob", speed(0.9), FINAL, day=26)]
    standing = one(lucky, entry("bob", speed(0.9), day=12), *final)
    assert ranks(standing) == [("Bob", 1), ("Ada", 1)]
    assert all(row.verified for row in standing.rows)


def test_who_came_with_one_run_is_tied_in_an_order_that_says_nothing() -> None:
    """A class is graded in the order of its ids, to the second."""
    one_by_one = [
        replace(entry(student, speed(0.9)), graded=f"2026-11-12T10:00:0{second}+00:00")
        for second, student in enumerate(("ada", "bob", "carl", "dora"))
    ]
    shown = one(*one_by_one).rows
    assert [row.member for row in shown] == sorted(row.member for row in shown)
    assert {row.since for row in shown} == {row.last for row in shown} == {"2026-11-12"}


def test_records_are_as_they_were_and_only_certain() -> None:
    came = [
        entry("ada", speed(1.0), day=12),
        entry("bob", speed(0.97), day=13),
        entry("carl", speed(0.7), SECOND, day=19),
    ]
    told = [(record.name, record.date) for record in one(*came).records]
    assert told == [("Ada", "2026-11-12"), ("Carl", "2026-11-19")]
    assert [(r.name, r.date) for r in one(*came[:2]).records] == told[:1]


def test_records_do_not_tell_in_which_order_a_class_was_graded() -> None:
    slow, fast = (
        entry("ada", speed(2.0)),
        replace(entry("bob", speed(0.7)), graded="2026-11-12T10:00:05+00:00"),
    )
    assert [record.name for record in one(slow, fast).records] == ["Bob"]
    twins = [entry(who, speed(1.0), code="same") for who in ("ada", "bob")]
    for first, second in (twins, reversed(twins)):
        later = replace(second, graded="2026-11-12T10:00:05+00:00")
        assert [record.name for record in one(first, later).records] == ["Ada"]


def test_sections_are_apart_the_newest_suite_first() -> None:
    found = standings(
        [
            entry("ada", speed(1.0, suite="9")),
            entry("ada", speed(1.0, suite="10")),
            entry("ada", speed(1.0, suite="10", device="H100")),
            entry("ada", accuracy(97.0)),
        ],
        NAMES,
    )
    told = [(s.section.quantity, s.section.device, s.section.suite) for s in found]
    assert told == [
        ("accuracy", "2 cores, x86-64", "1"),
        ("speed", "2 cores, x86-64", "10"),
        ("speed", "2 cores, x86-64", "9"),
        ("speed", "H100", "10"),
    ]


def test_baselines_stand_between_the_rows_that_they_lie_between() -> None:
    standing = one(entry("ada", speed(0.5)), entry("bob", speed(0.8)), entry("carl", speed(1.5)))
    shown = lines(standing, standing.rows, axis_of(standing, standing.rows))
    assert [line.name for line in shown] == ["Ada", "PyTorch", "Bob", "reference", "Carl", "naive loops"]
    assert [line.rank for line in shown] == ["1", "–", "2", "–", "3", "–"]
    assert [line.against for line in shown][:2] == ["0.50×", "0.62×"]
    assert [line.outside for line in shown] == [False] * 5 + [True]  # on the axis it would squeeze the others
    assert shown[-1].path.startswith("M146 6H159")


def test_who_is_ahead() -> None:
    standing = one(*(entry(member, speed(1.5**k)) for k, member in enumerate(NAMES)))
    assert [row.name for row in ahead(standing.rows, 3)] == ["Ada", "Bob", "Carl", "Dora"]
    assert [row.name for row in ahead(standing.rows, 1)] == ["Ada", "Bob"]


def test_the_order_of_entries_is_no_matter() -> None:
    entries = [
        entry(member, speed(value, half), batch, f"{member}{value}", day)
        for member, value, half, batch, day in (
            ("ada", 1.0, 0.02, FIRST, 12),
            ("bob", 1.01, 0.05, FIRST, 12),
            ("carl", 0.99, 0.01, SECOND, 19),
            ("dora", 1.3, 0.1, SECOND, 18),
            ("ada", 0.8, 0.2, SECOND, 19),
        )
    ]
    assert one(*entries) == one(*entries[::-1]) == one(*sorted(entries, key=lambda e: e.key))
