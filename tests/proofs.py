"""Which sandbox levels hold here: an attack takes half a second, in containers two; one a session will do."""

from functools import cache

from grader.sandbox.levels import Level
from grader.sandbox.selftest import Proof, prove
from grader.sandbox.types import AS_USUAL, Housing


@cache
def proof_of(level: Level, housing: Housing = AS_USUAL) -> Proof:
    """What came of the attack, made when it was asked for first."""
    return prove(level, housing)
