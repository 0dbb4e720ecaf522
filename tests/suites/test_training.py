"""What an author declares of training: points by accuracy, seeds by family, programs by file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from suites import Assignment, AuthoringError
from suites.accuracy import SealedLevel
from suites.calibration import Calibration, write
from suites.parts import Program
from suites.problems import Disc, Mixed
from suites.seal import streams
from suites.terms import Budget, Terms
from suites.training import Level, Training, training_parts

TRUTH = Calibration("of", (88.0, 90.0, 92.0), (60.0, 50.0, 40.0), 0.5)  # a target of 90 - 1.5 * 2
PART = Training(
    name="open",
    title="A network of your own",
    terms=Terms(Disc(), budget=Budget(times=2.0)),
    folder=Path("nowhere"),
    levels=(Level("half way", 4, share="1/2"), Level("target", "3/2")),
    reference="right.py",
    naive="naive.py",
    needs=("forward",),
)


@pytest.fixture
def part(tmp_path: Path) -> Training:
    (tmp_path / "right.py").write_text("# größer\n", encoding="utf-8")
    (tmp_path / "naive.py").write_text("# schlicht\n", encoding="utf-8")
    return replace(PART, folder=tmp_path)


@pytest.mark.parametrize(
    ("share", "needed"), [(1, 87.0), ("1/2", 68.5), (0, 50.0), (Fraction(1, 4), 59.25), (1.5, 105.5)]
)
def test_a_level_lies_between_the_naive_baseline_and_the_target(share: Fraction, needed: float) -> None:
    assert Level("level", "1/3", share).sealed(TRUTH) == SealedLevel(
        "level", Fraction(1, 3), pytest.approx(needed)
    )


def test_points_are_by_level() -> None:
    assert PART.points == (("half way", Fraction(4)), ("target", Fraction(3, 2)))


def test_a_self_check_has_two_runs_at_most() -> None:
    assert [replace(PART, runs=runs).public().runs for runs in (1, 2, 5)] == [1, 2, 2]
    assert replace(PART.public(), runs=PART.runs) == PART


def test_a_program_is_a_file_of_the_folder(part: Training, ascii_locale: None) -> None:
    assert part.program("right.py") == Program({"right.py": "# größer\n"}, "right.py")
    with pytest.raises(AuthoringError, match=r"gone\.py cannot be read: No such file"):
        part.program("gone.py")


def test_a_calibration_is_out_of_date_when_a_program_changes(part: Training) -> None:
    before = part.identity
    assert before == part.terms.identity("# größer\n", "# schlicht\n")
    (part.folder / "naive.py").write_text("# anders\n", encoding="utf-8")
    assert part.identity != before


def test_each_run_has_a_seed_of_its_family_and_place(part: Training) -> None:
    seeds = part.seeds(streams(b"secret"))
    assert len(set(seeds)) == len(seeds) == 5
    assert replace(part, runs=7).seeds(streams(b"secret"))[:5] == seeds
    assert replace(part, name="other").seeds(streams(b"secret")) == seeds  # its problems are drawn once
    assert not set(part.seeds(streams(b"other"))) & set(seeds)
    assert not set(replace(part, terms=Terms(Disc(train=9))).seeds(streams(b"secret"))) & set(seeds)


def test_seeds_are_drawn_from_more_than_anybody_can_try(part: Training) -> None:
    seeds = replace(part, runs=200).seeds(streams(b"secret"))
    assert all(0 <= seed < 1 << 62 for seed in seeds)
    assert max(seeds) > 1 << 61  # in 200 draws


def test_a_sealed_part_holds_what_was_declared(part: Training) -> None:
    write(part.folder, {"open": TRUTH})
    sealed = part.seal(streams(b"secret"))
    assert sealed == part.sealed(streams(b"secret"), TRUTH)
    assert (sealed.name, sealed.needs, sealed.terms) == ("open", ("forward",), part.terms)
    assert [level.needed for level in sealed.levels] == pytest.approx([68.5, 87.0])
    assert sealed.seeds == part.seeds(streams(b"secret"))
    assert (sealed.reference.main, sealed.calibration) == ("right.py", TRUTH)


def test_nothing_is_sealed_without_its_data(part: Training) -> None:
    missing = replace(part, terms=Terms(Mixed("imagenet")))
    with pytest.raises(AuthoringError, match="there is no data set 'imagenet'"):
        missing.sealed(streams(b"secret"), TRUTH)


def test_the_parts_of_an_assignment_that_train(part: Training) -> None:
    @dataclass(frozen=True)
    class Other:
        name: str = "other"

    mixed = Assignment("A title", "hw.py", (Other(), part, Other()))  # type: ignore[arg-type]
    assert training_parts(mixed) == [part]
