"""What was proved of an assignment, as plain data."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """What was proved of one kind of student, or what falls short."""

    name: str
    proved: int
    short: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survivor:
    """A mutant that nothing tells from the oracle, or not under every seed."""

    words: str
    file: str
    line: int
    before: str
    after: str
    killed: int  # under how many seeds
    same: bool  # bit for bit on all inputs that were tried


@dataclass(frozen=True)
class MutantsCheck:
    """What became of the mutants of the oracles."""

    total: int
    killed: int
    equivalent: int
    survivors: tuple[Survivor, ...]
    short: tuple[str, ...]

    @property
    def rate(self) -> float:
        """The share that is killed of those that are not declared equivalent."""
        judged = self.total - self.equivalent
        return self.killed / judged if judged else 1.0


@dataclass(frozen=True)
class Proof:
    """Everything that was proved of an assignment."""

    assignment: str
    title: str
    seeds: int
    checks: tuple[Check, ...]
    mutants: MutantsCheck | None
    seconds: float
    resumed: int = field(default=0)  # tasks whose outcome was known

    @property
    def holds(self) -> bool:
        """Whether nothing falls short."""
        wrong = any(check.short for check in self.checks)
        return not wrong and (self.mutants is None or not self.mutants.short)
