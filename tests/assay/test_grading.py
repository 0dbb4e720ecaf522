"""What is written again of a run that did not come to its end."""

from fractions import Fraction
from pathlib import Path

from assay.grading import write_reports
from grader.record import Record, RunInfo, Status
from grader.store import Store, write_info


def test_the_report_of_a_run_that_was_killed_counts_all_and_says_so(tmp_path: Path) -> None:
    write_info(tmp_path, RunInfo("toy", "Toy", "", "", "", "", "", "namespace", "", "", "", Fraction(1), ()))
    with Store(tmp_path / "results.sqlite") as store:
        store.add(Record("zoe", "zoe.py", "zoe", "", Status.GRADED, "", Fraction(1), Fraction(1)), "")
    assert write_reports(tmp_path).counts["graded"] == 1
    assert "not ended: some may be missing" in (tmp_path / "report" / "index.html").read_text("utf-8")
