"""The commands of `assay leaderboard`. They parse and print; assay/boards.py does the work."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keep a leaderboard and build its site.")

Run = Annotated[Path, typer.Argument(help="Folder of a run.")]
BoardFile = Annotated[
    Path, typer.Option("--board", metavar="FILE", help="The board; its key lies beside it, as FILE.key.")
]


@app.command()
def add(
    run: Run,
    board: BoardFile,
    opt_in: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Who takes part, all of them; else opt-in.csv beside the board."),
    ] = None,
    verified: Annotated[
        bool, typer.Option("--verified", help="A final session that measured again, on fresh seeds.")
    ] = False,
) -> None:
    """Add what a run measured; nobody is added who has not opted in, and nothing twice.

    Example: assay leaderboard add run --board board.sqlite --opt-in opt-in.csv
    """
    from assay import boards
    from reports.text import some

    added = boards.add(run, board, opt_in, verified=verified)
    print(f"Added {_count(added.entries, 'entry', 'entries')} of {_count(added.members, 'member')}")
    if added.others:
        print(f"Left out: {_count(added.others, 'student')} who did not opt in", file=sys.stderr)
    if added.unofficial:
        told = _count(added.unofficial, "measurement")
        print(f"Left out: {told} made on somebody's own machine", file=sys.stderr)
    if added.unknown:
        print(f"Opted in, but not in {run}: {some(added.unknown)}", file=sys.stderr)


@app.command()
def build(
    board: Annotated[Path, typer.Argument(metavar="BOARD", help="The board.")],
    out: Annotated[Path, typer.Option("--out", metavar="SITE", help="Folder of the site.")],
    top: Annotated[
        int | None, typer.Option(metavar="N", help="Show the first N ranks alone; else all.")
    ] = None,
) -> None:
    """Build the site of a board: static pages, with the same as JSON beside them.

    Example: assay leaderboard build board.sqlite --out site
    """
    from assay import boards

    count = boards.build(board, out, top)
    print(f"{_count(count, 'board')}\n\nSite  {out / 'index.html'}")


@app.command()
def names(run: Run, board: BoardFile) -> None:
    """Say which member each student of a run is, for you alone, and where their own page is.

    Example: assay leaderboard names run --board board.sqlite
    """
    from assay import boards

    print(boards.who_is_who(run, board), end="")


@app.command()
def forget(
    student: Annotated[str, typer.Argument(help="The student's id, as in the run.")], board: BoardFile
) -> None:
    """Remove a student from a board for good; build the site again to take them off it.

    Example: assay leaderboard forget ada --board board.sqlite
    """
    from assay import boards

    print(f"Removed {_count(boards.forget(student, board), 'entry', 'entries')}")
    print("A site shows them until it is built again: assay leaderboard build", file=sys.stderr)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
