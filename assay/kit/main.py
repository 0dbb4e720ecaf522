"""The command `python check.pyz`: what `assay check` says, of the cases that the kit holds."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from assay import streams
from assay.errors import DONE, INTERRUPTED, AssayError, sentence
from assay.launching import Launching
from assay.showing import complain, exit_code, print_json, print_text
from grader.intake.files import Unreadable
from grader.sandbox.running import SandboxError
from grader.threads import ONE_THREAD

_KNOWN = (AssayError, SandboxError, Unreadable)  # what is raised with a sentence of its own


def main() -> int:
    """Check what the command line names; the exit code is 0 for full marks, 1 for less, 2 for wrong input."""
    os.environ.update({name: "1" for name in ONE_THREAD if name not in os.environ})  # before NumPy is there
    streams.prepare()
    try:
        code = _check(_asked())
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError as error:
        return DONE if streams.reader_is_gone() else _told(error)
    except Exception as error:
        return _told(error)
    return code


def _asked() -> argparse.Namespace:
    try:
        return _parser().parse_args()
    finally:
        sys.stdout.flush()  # --help ends here, and perhaps nobody reads it


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python {Path(sys.argv[0]).name}",
        description="Check your own work on the public cases, the way it is graded.",
        epilog="The exit code is 0 for full marks on them, 1 if something falls short, 2 for wrong input.",
    )
    parser.add_argument(
        "path", metavar="PATH", nargs="?", type=Path, help="your file, folder or notebook; else what is here"
    )
    parser.add_argument(
        "--part", action="append", default=[], metavar="PART", help="only this part; may be given again"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


def _check(asked: argparse.Namespace) -> int:
    if find_spec("numpy") is None:
        raise AssayError(f"NumPy is needed; install it: {sys.executable} -m pip install numpy")
    gc.disable()  # imports and cases make much that stays: looking for garbage takes a tenth of the time
    with Launching() as launching:  # before anything heavy is imported
        from assay.kit.check import check

        checked = check(asked.path, asked.part, launching)
        if asked.json:
            print_json(checked, one_line=False)
        else:
            print_text(checked, rule=False)
        return exit_code(checked)


def _told(error: Exception) -> int:
    told, code = sentence(error, _KNOWN)
    complain(told)
    return code
