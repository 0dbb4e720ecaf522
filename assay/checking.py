"""A student's self-check where Assay is installed: it seals the public cases itself, drawn afresh."""

from collections.abc import Sequence
from importlib.metadata import version

import assignments
from assay.checked import Checked, look, refuse_unknown
from assay.choosing import Target
from assay.launching import Launching
from grader.intake import read_submission
from grader.plan import make_plan, with_parts
from grader.planned import Plan
from suites.assignment import Assignment


class Checker:
    """Checks a submission as often as wanted, on the same cases; what is sealed stays until it changes."""

    def __init__(self, target: Target, parts: Sequence[str], seed: int, launching: Launching) -> None:
        self.target, self.seed, self._launching = target, seed, launching
        self._parts = parts or None
        self._plan: Plan | None = None
        self._hidden = _hidden(_asked_of(target, self._parts))

    def check(self) -> Checked:
        """Read what is there now, and ask it. Raises Unreadable where it cannot be read."""
        submission = read_submission(self.target.path, self.target.submit)
        plan = self._sealed()
        launcher = self._launching.launcher(plan.packages)
        return look(
            plan,
            submission,
            launcher,
            seed=self.seed,
            again=f"The cases are drawn from seed {self.seed}; --seed {self.seed} asks them again.",
            hidden=self._hidden,
            assay_version=version("assay"),
        )

    def _sealed(self) -> Plan:
        folder = self.target.folder
        if self._plan is None or self._plan.assignment_hash != assignments.content_hash(folder):
            self._plan = make_plan(folder, seed_of(self.seed), only=self._parts, public=True)
        return self._plan


def seed_of(number: int) -> bytes:
    """The seed that the cases of a self-check are drawn from, by the number that people see."""
    return f"assay check {number}".encode()


def _asked_of(target: Target, parts: Sequence[str] | None) -> Assignment:
    assignment = assignments.load(target.folder)
    refuse_unknown(parts or (), {part.name: part.title for part in assignment.parts}, target.folder.name)
    return with_parts(assignment, parts)


def _hidden(assignment: Assignment) -> int:
    return sum(not regime.public for op in assignment.ops for regime in op.regimes)
