"""The command `assay check`: once or at every change, for people, for programs, or as a page."""

import gc
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import INTERRUPTED, AssayError
from assay.launching import Launching
from assay.showing import complain, exit_code, print_json, print_text

if TYPE_CHECKING:
    from assay.checked import Checked
    from assay.checking import Checker

SEEDS = 10**9

Show = Callable[["Checked"], None]


def check(
    path: Path,
    *,
    assignment: str | None = None,
    parts: Sequence[str] = (),
    html: Path | None = None,
    as_json: bool = False,
    watch: bool = False,
    seed: int | None = None,
) -> int:
    """Check a submission, say what was found, and return the exit code."""
    if html is not None:
        _check_page(html)
    gc.disable()  # imports and cases make much that stays: looking for garbage takes a tenth of the time
    try:
        with Launching() as launching:  # before anything heavy is imported
            from assay.checking import Checker
            from assay.choosing import choose

            drawn = secrets.randbelow(SEEDS) if seed is None else seed  # nobody learns the cases by heart
            checker = Checker(choose(path, assignment), parts, drawn, launching)
            show = _showing(html, as_json, watch)
            return _watch(checker, show) if watch else _once(checker, show)
    except KeyboardInterrupt:  # no run was cut off that could be resumed
        raise SystemExit(INTERRUPTED) from None
    finally:
        gc.enable()


def _once(checker: "Checker", show: Show) -> int:
    checked = checker.check()
    show(checked)
    return exit_code(checked)


def _watch(checker: "Checker", show: Show) -> int:
    from assay.watching import changes
    from grader.intake import Unreadable
    from grader.sandbox.running import SandboxError
    from suites import AuthoringError

    gc.enable()
    for _ in changes((checker.target.path, checker.target.folder)):
        try:
            show(checker.check())
        except (Unreadable, AuthoringError, SandboxError) as error:
            # Half written, or the machine was short of something: at the next change it may be mended.
            complain(str(error))
        print("Waiting for a change; Ctrl-C ends.", file=sys.stderr, flush=True)
    raise AssertionError("unreachable")


# --------------------------------------------------------------------------- showing


def _showing(html: Path | None, as_json: bool, watch: bool) -> Show:
    def show(checked: "Checked") -> None:
        if html is not None:
            _write_page(html, checked)
        if as_json:
            print_json(checked, one_line=watch)
        else:
            print_text(checked, rule=watch)
            if html is not None:
                print(f"Page  {html}", flush=True)

    return show


# --------------------------------------------------------------------------- the page


def _check_page(html: Path) -> None:
    """Before the work: where the page goes, and that it overwrites nobody's work."""
    if html.suffix.lower() not in (".html", ".htm"):
        raise AssayError(f"--html is {html}; name a file that ends in .html")
    if html.is_dir() or not html.parent.is_dir():
        raise AssayError(f"{html} cannot be written: {_why_not(html)}; name another file")


def _why_not(html: Path) -> str:
    return "it is a folder" if html.is_dir() else f"there is no folder {html.parent}"


def _write_page(html: Path, checked: "Checked") -> None:
    from assay.forms import page
    from reports.files import put

    try:
        put(html, page(checked))
    except OSError as error:  # it speaks of a temporary file
        raise AssayError(f"{html} cannot be written: {error.strerror}; name another file") from error
