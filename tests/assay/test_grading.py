"""What a run is sealed with, and what is written again of one that did not come to its end."""

from fractions import Fraction
from pathlib import Path

import assignments
from assay.grading import sealed, write_reports
from grader.record import Record, RunInfo, Status
from grader.store import Store, write_info


def test_the_report_of_a_run_that_was_killed_counts_all_and_says_so(tmp_path: Path) -> None:
    write_info(tmp_path, RunInfo("toy", "Toy", "", "", "", "", "", "namespace", "", "", "", Fraction(1), ()))
    with Store(tmp_path / "results.sqlite") as store:
        store.add(Record("zoe", "zoe.py", "zoe", "", Status.GRADED, "", Fraction(1), Fraction(1)), "")
    assert write_reports(tmp_path).counts["graded"] == 1
    assert "not ended: some may be missing" in (tmp_path / "report" / "index.html").read_text("utf-8")


def test_other_limits_make_another_plan_and_the_assignments_own_do_not() -> None:
    folder = assignments.find("weightnorm")
    plain = sealed(folder, b"a seed", None, None)
    limits = plain.limits
    assert sealed(folder, b"a seed", limits.question_s, limits.memory_bytes).fingerprint == plain.fingerprint
    other = sealed(folder, b"a seed", 2 * limits.question_s, None)
    assert other.limits.question_s == 2 * limits.question_s
    again = sealed(folder, b"a seed", other.limits.question_s, other.limits.memory_bytes)
    assert again.fingerprint == other.fingerprint != plain.fingerprint
    assert sealed(folder, b"a seed", None, 2 * limits.memory_bytes).fingerprint != plain.fingerprint
