"""The command line. Commands only parse and print: what they do is imported when they do it."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assay import authoring, leaderboard
from assay.errors import DONE, INTERRUPTED, WRONG, AssayError, sentence

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Grades deep-learning coursework: in a sandbox, against oracles, with reasons.",
)
app.add_typer(authoring.app)
app.add_typer(leaderboard.app, name="leaderboard")

DEMO_TIMEOUT_S = 2.0  # one of the example class hangs

Sandbox = Annotated[
    str,
    typer.Option(
        help="auto, docker, namespace, docker_shared, landlock, seccomp or process, strongest first."
    ),
]
Trust = Annotated[
    bool, typer.Option("--i-trust-these-submissions", help="Needed for sandboxes weaker than landlock.")
]
Image = Annotated[
    str | None, typer.Option(metavar="BASE", help="What containers are built upon; else ASSAY_BASE_IMAGE.")
]
Gpus = Annotated[int, typer.Option(metavar="N", help="GPUs for containers, one a submission at a time.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of the run; a run that was cut off resumes.")]


@app.callback(invoke_without_command=True)
def _assay(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from assay import __version__

        print(f"assay {__version__}")
        raise typer.Exit


@app.command()
def grade(
    assignment: Annotated[str, typer.Argument(help="A bundled assignment, or the folder of one.")],
    submissions: Annotated[
        Path, typer.Argument(help="A .py file, or a folder with one file or folder a student.")
    ],
    out: Out,
    sandbox: Sandbox = "auto",
    min_isolation: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Refuse to grade in anything weaker.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Processes that grade; as many as there are cores.")
    ] = None,
    only: Annotated[str, typer.Option(metavar="GLOB", help="Only these students, such as 'a*'.")] = "*",
    force: Annotated[bool, typer.Option("--force", help="Grade again what is graded.")] = False,
    timeout: Annotated[float | None, typer.Option(metavar="SECONDS", help="Wall time a question.")] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory a sandbox, such as 512M.")
    ] = None,
    seed_file: Annotated[
        Path | None,
        typer.Option(help="The secret that hidden cases are drawn from; else RUN/seed, drawn once."),
    ] = None,
    trust: Trust = False,
    image: Image = None,
    gpus: Gpus = 0,
    bench: Annotated[
        bool, typer.Option("--bench", help="Then time what is right, one submission after another.")
    ] = False,
) -> None:
    """Grade submissions and write the report and the gradebook.

    Example: assay grade batchnorm submissions/ --out run

    With Docker: assay grade mlp submissions/ --out run --sandbox docker
    """
    from assay import ended, grading, progress

    with progress.shown() as shown:
        info = grading.grade(
            assignment,
            submissions,
            out,
            sandbox=sandbox,
            min_isolation=min_isolation,
            jobs=jobs,
            only=only,
            force=force,
            timeout=timeout,
            memory=None if memory is None else size_in_bytes(memory),
            seed_file=seed_file,
            trust=trust,
            image=image,
            gpus=gpus,
            bench=bench,
            progress=shown,
        )
    ended.tell_left_out(submissions, assignment)
    raise typer.Exit(ended.tell_result(out, info))


@app.command()
def demo(out: Out = Path("demo-run")) -> None:
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
    raise typer.Exit(ended.tell_result(out, info))


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Your file, folder or notebook.")] = Path("."),
    assignment: Annotated[
        str | None, typer.Option(metavar="NAME", help="A bundled assignment, or a folder; else by file name.")
    ] = None,
    part: Annotated[list[str] | None, typer.Option(help="Only this part; may be given again.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a page, too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again at every change.")] = False,
    seed: Annotated[int | None, typer.Option(help="Ask the cases of an earlier check again.")] = None,
) -> None:
    """Check your own work on the public cases, the way it is graded.

    Example: assay check batchnorm.py --part forward
    """
    from assay import check as checks

    code = checks.check(
        path, assignment=assignment, parts=part or (), html=html, as_json=as_json, watch=watch, seed=seed
    )
    raise typer.Exit(code)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
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
def bench(
    assignment: Annotated[str, typer.Argument(help="A bundled assignment, or the folder of one.")],
    submission: Annotated[Path, typer.Argument(help="One submission: a file, a folder, a notebook.")],
    sandbox: Sandbox = "auto",
    trust: Trust = False,
    image: Image = None,
    gpus: Gpus = 0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Measure one submission's speed and accuracy, with intervals. The figures are unofficial.

    Example: assay bench batchnorm batchnorm.py
    """
    from assay import bench as benches
    from assay import progress
    from grader.record import to_plain

    with progress.shown() as shown:
        found = benches.bench(
            assignment, submission, sandbox=sandbox, trust=trust, image=image, gpus=gpus, progress=shown
        )
    if as_json:
        print(json.dumps(to_plain(found), indent=2, allow_nan=False))
        return
    for line in benches.told(found):
        print(line)


@app.command("list")
def list_assignments(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
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


@app.command()
def report(run: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Write the pages, the gradebook and the JSON of a run again from its results.

    Example: assay report run
    """
    from assay import ended, grading, progress

    with progress.shown() as shown:
        info = grading.write_reports(run, shown)
    raise typer.Exit(ended.tell_result(run, info))


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
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a name is no error
    try:
        code = app(arguments, prog_name="assay", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):  # Typer makes one of the other, or an exit code of either
        code = INTERRUPTED
    except BrokenPipeError:  # whoever reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    except Exception as error:
        code = _tell_error(error)
    if code == INTERRUPTED:
        print("assay: interrupted; the same command resumes a run", file=sys.stderr)
    sys.exit(code or DONE)


def _tell_error(error: Any) -> int:
    # Typer brings Click along, under a name of its own since 0.21: its errors are known by what they can do.
    if hasattr(error, "format_message"):
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message())
            return WRONG
        told, code = f"{error.format_message().strip().rstrip('.')}; see {_help_of(error)}", WRONG
    else:
        told, code = sentence(error)
    from reports.text import inert

    print(f"assay: {inert(told, 1000)}", file=sys.stderr)
    return code


def _help_of(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'assay'} --help"
