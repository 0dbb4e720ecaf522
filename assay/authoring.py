"""The commands of an assignment's author. They parse and print; what they do is imported when they do it."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="What it is called: small letters, digits, underscores.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The folder to make; else NAME, here.")
    ] = None,
) -> None:
    """Make the folder of a new assignment, which is small and already proved.

    Example: assay new layernorm --out course/layernorm
    """
    from assay import new as scaffold

    for line in scaffold.make(name, out or Path(name)):
        print(line)


@app.command()
def validate(
    assignment: Annotated[str, typer.Argument(help="A bundled assignment, or the folder of one.")],
    jobs: Annotated[int | None, typer.Option(help="Processes; as many as there are cores.")] = None,
    seeds: Annotated[int, typer.Option(metavar="K", help="Seeds under which everything must hold.")] = 3,
    no_mutants: Annotated[bool, typer.Option("--no-mutants", help="Leave the mutants out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Prove an assignment: right solutions keep all points, mistakes are found and named, mutants are killed.

    Example: assay validate batchnorm
    """
    from assay import grading
    from assay.proving import command

    code = command.validate(
        assignment,
        jobs=grading.jobs_or_cores(jobs),
        seeds=seeds,
        with_mutants=not no_mutants,
        as_json=as_json,
    )
    raise typer.Exit(code)


@app.command()
def calibrate(
    assignment: Annotated[
        str, typer.Argument(help="A bundled assignment that trains, or the folder of one.")
    ],
    runs: Annotated[int, typer.Option(metavar="N", help="Runs of the reference, and of the baseline.")] = 20,
    jobs: Annotated[int | None, typer.Option(help="Runs at once; as many as there are cores.")] = None,
) -> None:
    """Measure what the reference of a training assignment reaches, and write its calibration.toml.

    Example: assay calibrate train_mlp
    """
    from assay import calibrate as calibration
    from assay import progress

    with progress.shown() as shown:
        found = calibration.calibrate(assignment, runs=runs, jobs=jobs, progress=shown)
    for line in calibration.lines(found):
        print(line)


@app.command()
def data(
    assignment: Annotated[
        str, typer.Argument(help="A bundled assignment that trains, or the folder of one.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write; it ends in .npz.")],
    part: Annotated[str | None, typer.Option(help="Which part; else the first that trains.")] = None,
    seed: Annotated[int, typer.Option(help="Another problem of the same family.")] = 0,
) -> None:
    """Write a problem to practise on: X, y, X_test and y_test, of the family that is graded.

    Example: assay data train_mlp --out practice.npz
    """
    from assay import calibrate as calibration

    print(calibration.practice(assignment, out, part=part, seed=seed))
