"""The command line. Commands only parse and print: what they do is imported when they do it."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from assay import authoring, instructing, leaderboard, options, streams
from assay.errors import DONE, INTERRUPTED, WRONG, AssayError, sentence

DEMO_TIMEOUT_S = 2.0  # one of the example class hangs


@click.group(cls=options.InOrder, context_settings={"show_default": True, "max_content_width": 100})
@click.version_option(package_name="assay", message="%(prog)s %(version)s")
def app() -> None:
    """Grades deep-learning coursework: in a sandbox, against oracles, with reasons."""


@app.command()
@options.assignment
@click.argument(
    "submissions",
    type=options.PATH,
    metavar="SUBMISSIONS",
    help="A .py file, a folder with one file or folder a student, or a platform's download, unpacked.",
)
@options.out(required=True)
@options.sandbox
@click.option("--min-isolation", metavar="LEVEL", help="Refuse to grade in anything weaker.")
@click.option("--jobs", type=int, metavar="N", help="Processes that grade; as many as there are cores.")
@click.option("--only", default="*", metavar="GLOB", help="Only these students, such as 'a*'.")
@click.option("--force", is_flag=True, help="Grade again what is graded.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Wall time a question.")
@click.option("--memory", metavar="SIZE", help="Memory a sandbox, such as 512M.")
@click.option(
    "--seed-file",
    type=options.PATH,
    metavar="FILE",
    help="The secret that hidden cases are drawn from; else RUN/seed, drawn once.",
)
@options.trust
@options.image
@options.gpus
@click.option("--bench", is_flag=True, help="Then time what is right, one submission after another.")
def grade(assignment: str, submissions: Path, out: Path, memory: str | None, **asked: Any) -> int:
    """Grade submissions and write the report and the gradebook.

    Example: assay grade batchnorm submissions/ --out run

    With Docker: assay grade mlp submissions/ --out run --sandbox docker
    """
    from assay import ended, grading, progress

    size = None if memory is None else size_in_bytes(memory)
    with progress.shown() as shown:
        info = grading.grade(assignment, submissions, out, memory=size, progress=shown, **asked)
    ended.tell_left_out(submissions, assignment, out)
    return ended.tell_result(out, info)


@app.command()
@options.out(default=Path("demo-run"))
def demo(out: Path) -> int:
    """Grade the bundled example class and say where its report is.

    Example: assay demo --out /tmp/demo-run
    """
    import assignments
    from assay import ended, grading, progress

    folder = assignments.find("batchnorm")
    with progress.shown() as shown:
        info = grading.grade(
            folder, folder / "class", out, timeout=DEMO_TIMEOUT_S, trust=True, progress=shown
        )
    return ended.tell_result(out, info)


@app.command()
@click.argument(
    "path",
    type=options.PATH,
    metavar="[PATH]",
    default=Path("."),
    help="Your file, folder or notebook; else here.",
)
@click.option("--assignment", metavar="NAME", help="A bundled assignment, or a folder; else by file name.")
@click.option("--part", "parts", multiple=True, metavar="PART", help="Only this part; may be given again.")
@click.option("--html", type=options.PATH, metavar="FILE", help="Write it as a page, too.")
@options.as_json
@click.option("--watch", is_flag=True, help="Check again at every change.")
@click.option("--seed", type=int, metavar="SEED", help="Ask the cases of an earlier check again.")
def check(path: Path, **asked: Any) -> int:
    """Check your own work on the public cases, the way it is graded.

    Example: assay check batchnorm.py --part forward
    """
    from assay import check as checks

    return checks.check(path, **asked)


@app.command()
@options.as_json
def doctor(as_json: bool) -> None:
    """Say which sandboxes, accelerators and engines work here, and what would mend the others.

    Example: assay doctor
    """
    from assay import doctor as examination

    groups = examination.examine()
    if as_json:
        print(json.dumps(examination.plain(groups), indent=2))
        return
    for line in examination.lines(groups):
        print(line)


@app.command()
@options.assignment
@click.argument(
    "submission",
    type=options.PATH,
    metavar="SUBMISSION",
    help="One submission: a file, a folder, a notebook.",
)
@options.sandbox
@options.trust
@options.image
@options.gpus
@options.as_json
def bench(assignment: str, submission: Path, as_json: bool, **asked: Any) -> None:
    """Measure one submission's speed and accuracy, with intervals. The figures are unofficial.

    Example: assay bench batchnorm batchnorm.py
    """
    from assay import bench as benches
    from assay import progress
    from grader.record import to_plain

    with progress.shown() as shown:
        found = benches.bench(assignment, submission, progress=shown, **asked)
    if as_json:
        print(json.dumps(to_plain(found), indent=2, allow_nan=False))
        return
    for line in benches.told(found):
        print(line)


@app.command("list")
@options.as_json
def list_assignments(as_json: bool) -> None:
    """List the bundled assignments, with their parts and points.

    Example: assay list
    """
    from assay import listing

    entries = listing.entries()
    if as_json:
        print(json.dumps(entries, indent=2))
        return
    for line in listing.lines(entries):
        print(line)


for command in (*instructing.COMMANDS, *authoring.COMMANDS, leaderboard.app):
    app.add_command(command)


def size_in_bytes(size: str) -> int:
    """The bytes of a size such as `512M`, `1.5G` or `300000000`."""
    units = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
    text = size.strip().upper().removesuffix("B").removesuffix("I")
    unit = text[-1:] if text[-1:] in units else ""
    try:
        amount = float(text.removesuffix(unit) if unit else text)
        return int(amount * 2 ** units[unit])
    except (ValueError, OverflowError) as error:
        raise AssayError(f"--memory is {size!r}; write a size such as 512M or 2G") from error


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    from grader.threads import ONE_THREAD

    for name, one in ONE_THREAD.items():  # before NumPy is imported
        os.environ.setdefault(name, one)
    streams.prepare()
    try:
        if sys.flags.optimize > 1:
            raise AssayError("Python runs without docstrings, which Assay shows; drop -OO and PYTHONOPTIMIZE")
        code = _invoked(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError as error:
        code = DONE if streams.reader_is_gone() else _tell_error(error)
    except click.exceptions.NoArgsIsHelpError as asked:
        print(asked.format_message())
        code = WRONG
    except Exception as error:
        code = _tell_error(error)
    if code == INTERRUPTED:
        print("\nassay: interrupted; the same command resumes a run", file=sys.stderr)  # below the ^C
    sys.exit(code or DONE)


def _invoked(arguments: list[str]) -> int | None:
    """The exit code of the command.

    Not by Click's `main`, which ends us without a word at any broken pipe, and takes an EOFError for Ctrl-C.
    """
    try:
        with app.make_context("assay", list(arguments)) as context:
            code: int | None = app.invoke(context)
            return code
    except click.exceptions.Exit as end:
        return end.exit_code


def _tell_error(error: Exception) -> int:
    if isinstance(error, click.ClickException):
        told, code = _with_help(error), WRONG
    else:
        told, code = sentence(error)
    from reports.text import inert

    print(f"assay: {inert(told, 1000)}", file=sys.stderr)
    return code


def _with_help(error: click.ClickException) -> str:
    """What Click says, and which command's help says more."""
    told = error.format_message().strip().rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "assay"
    return f"{told} See {command} --help" if told.endswith("?") else f"{told}; see {command} --help"
