"""The commands of an assignment's author. They parse and print; what they do is imported when they do it."""

from pathlib import Path
from typing import Any

import click

from assay import options

trains: options.Decorator = click.argument(
    "assignment", metavar="ASSIGNMENT", help="A bundled assignment that trains, or the folder of one."
)


@click.command()
@click.argument("name", metavar="NAME", help="What it is called: small letters, digits, underscores.")
@click.option("--out", type=options.PATH, metavar="DIR", help="The folder to make; else NAME, here.")
def new(name: str, out: Path | None) -> None:
    """Make the folder of a new assignment, which is small and already proved.

    Example: assay new layernorm --out course/layernorm
    """
    from assay import new as scaffold

    for line in scaffold.make(name, out or Path(name)):
        print(line)


@click.command()
@options.assignment
@click.option("--jobs", type=int, metavar="N", help="Processes; as many as there are cores.")
@click.option("--seeds", type=int, default=3, metavar="K", help="Seeds under which everything must hold.")
@click.option("--no-mutants", is_flag=True, help="Leave the mutants out.")
@options.as_json
def validate(assignment: str, jobs: int | None, seeds: int, no_mutants: bool, as_json: bool) -> int:
    """Prove an assignment: right solutions keep all points, mistakes are found and named, mutants are killed.

    Example: assay validate batchnorm
    """
    from assay import grading
    from assay.proving import command

    return command.validate(
        assignment,
        jobs=grading.jobs_or_cores(jobs),
        seeds=seeds,
        with_mutants=not no_mutants,
        as_json=as_json,
    )


@click.command()
@options.assignment
@click.option(
    "--out", type=options.PATH, metavar="DIR", required=True, help="A new folder, or an earlier kit of it."
)
@click.option("--seed", type=int, default=0, metavar="SEED", help="Other public cases, of the same kinds.")
def release(assignment: str, out: Path, seed: int) -> None:
    """Build the student kit: handout, starter, and check.pyz, which needs Python and NumPy alone.

    Example: assay release batchnorm --out kit
    """
    from assay.kit import release as kits

    for line in kits.release(assignment, out, seed=seed):
        print(line)


@click.command()
@trains
@click.option("--runs", type=int, default=20, metavar="N", help="Runs of the reference, and of the baseline.")
@click.option("--jobs", type=int, metavar="N", help="Runs at once; as many as there are cores.")
def calibrate(assignment: str, **asked: Any) -> None:
    """Measure what the reference of a training assignment reaches, and write its calibration.toml.

    Example: assay calibrate train_mlp
    """
    from assay import calibrate as calibration
    from assay import progress

    with progress.shown() as shown:
        found = calibration.calibrate(assignment, progress=shown, **asked)
    for line in calibration.lines(found):
        print(line)


@click.command()
@trains
@click.option(
    "--out", type=options.PATH, metavar="FILE", required=True, help="The file to write; it ends in .npz."
)
@click.option("--part", metavar="PART", help="Which part; else the first that trains.")
@click.option("--seed", type=int, default=0, metavar="SEED", help="Another problem of the same family.")
def data(assignment: str, out: Path, **asked: Any) -> None:
    """Write a problem to practise on: X, y, X_test and y_test, of the family that is graded.

    Example: assay data train_mlp --out practice.npz
    """
    from assay import calibrate as calibration

    print(calibration.practice(assignment, out, **asked))


COMMANDS = (new, validate, release, calibrate, data)
