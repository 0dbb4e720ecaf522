"""What every test has: a real browser; and in CI nothing is skipped, except for want of a GPU."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A slow machine is no failure; in CI the examples are the same in every run.
hypothesis.settings.register_profile("assay", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("assay")

# What takes long, the longest first: workers end together only if none of it is begun last.
LONG = (
    "attacks/test_attacks.py",
    "assignments/test_bundled.py",
    "test_end_to_end.py",
    "assay/test_cli.py",
    "test_ci.py",
    "grader/sandbox",
    "grader/test_batch.py",
    "grader/test_conformance.py",
    "assay/test_check.py",
    "assignments/test_training.py",
    "grader/test_bench.py",
    "assay/proving",
    "grader/intake",
    "reports",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers take what is long first; within a folder the order stays."""
    if not hasattr(config, "workerinput"):
        return
    long = [Path(__file__).parent / place for place in LONG]

    def place(item: pytest.Item) -> int:
        around = {item.path, *item.path.parents}
        return next((number for number, path in enumerate(long) if path in around), len(long))

    items.sort(key=place)


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


# --------------------------------------------------------------------------- a real browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def events() -> list[str]:
    """What a page must not do: ask for something outside, speak up, report an error."""
    return []


@pytest.fixture
def page(browser: Any, events: list[str]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    opened = context.new_page()
    opened.on("request", lambda r: None if r.url.startswith(("file://", "data:,")) else events.append(r.url))
    opened.on("console", lambda message: events.append(message.text))
    opened.on("pageerror", lambda error: events.append(str(error)))
    opened.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
    yield opened
    context.close()
