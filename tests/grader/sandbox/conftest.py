"""Launchers of every level that works here, opened once a session, and a way to ask in them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from grader.sandbox.launch import open_launcher
from grader.sandbox.levels import Level
from grader.sandbox.types import Launcher, Limits
from grader.student import SandboxStudent
from suites.types import Call, Failure, Reply

from ...proofs import proof_of

LIMITS = Limits(question_s=10, total_s=30, cpu_s=10, memory_bytes=192 << 20, tmp_bytes=8 << 20)


@pytest.fixture(scope="session", params=list(Level), ids=lambda level: level.name)
def level(request: pytest.FixtureRequest) -> Level:
    proof = proof_of(request.param)
    if not proof.works:
        pytest.skip(proof.why)
    return proof.level


@pytest.fixture(scope="session")
def launcher(level: Level) -> Iterator[Launcher]:
    with open_launcher(level) as opened:
        yield opened


Ask = Callable[..., Any]


@pytest.fixture
def ask(launcher: Launcher) -> Ask:
    """Run `source` in a fresh sandbox and give what `attack(*arguments)` returned, or its Failure."""

    def asked(source: str, *arguments: Any, **limits: Any) -> Any:
        with SandboxStudent(launcher, {"hw.py": source}, "hw.py", replace(LIMITS, **limits)) as student:
            (answer,) = student.ask(Call("attack", arguments))
        if isinstance(answer, Reply):
            return answer.values[0]
        assert isinstance(answer, Failure)
        return answer

    return asked
