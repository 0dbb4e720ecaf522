"""What holds for every test: in CI nothing is skipped, except for want of a GPU."""

import os
from collections.abc import Iterator

import hypothesis
import pytest

# A slow machine is no failure; in CI the examples are the same in every run.
hypothesis.settings.register_profile("assay", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("assay")

_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if "GPU" not in reason:
            _skipped.append(f"{report.nodeid}: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    if os.environ.get("CI") and _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI") and _skipped:
        terminalreporter.section("skipped in CI, where every part but the GPU must be there", red=True)
        for line in _skipped:
            terminalreporter.line(line)
