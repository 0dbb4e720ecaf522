"""One task of a proof, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """What is proved: `what` names it among its `kind`, `source` is the text of a mutated module."""

    kind: str
    what: str
    folder: Path
    seeds: int
    index: int = 0
    module: str = ""
    source: str = ""


@dataclass
class Outcome:
    """What came of it. `short` falls short; `notes` are for the reader; the rest is about mutants."""

    short: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    killed: int = 0  # under how many seeds
    same: bool = False  # bit for bit, on all that was tried
    by: str = ""  # what told it from the oracle


def once(said: Sequence[str]) -> list[str]:
    """Each sentence once, with how often it was said."""
    counts = {sentence: said.count(sentence) for sentence in said}
    return [f"{s} ({n} times)" if n > 1 else s for s, n in counts.items()]
