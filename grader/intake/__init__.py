"""Intake: what students hand in, read once, bounded, hashed, and never executed."""

from grader.intake.files import Unreadable
from grader.intake.found import Found, discover, left_out, strays
from grader.intake.submission import Submission, read_submission

__all__ = ["Found", "Submission", "Unreadable", "discover", "left_out", "read_submission", "strays"]
