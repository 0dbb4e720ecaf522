"""The commands of `assay leaderboard`. They parse and print; assay/boards.py does the work."""

import sys
from pathlib import Path

import click

from assay import options
from assay.errors import AssayError

board_file: options.Decorator = click.option(
    "--board",
    type=options.PATH,
    metavar="FILE",
    required=True,
    help="The board; its key lies beside it, as FILE.key.",
)


@click.group("leaderboard", cls=options.InOrder)
def app() -> None:
    """Keep a leaderboard and build its site."""


@app.command()
@options.run
@board_file
@click.option(
    "--opt-in",
    type=options.PATH,
    metavar="CSV",
    help="Who takes part, all of them; else opt-in.csv beside the board.",
)
@click.option("--verified", is_flag=True, help="A final session that measured again, on fresh seeds.")
def add(run: Path, board: Path, opt_in: Path | None, verified: bool) -> None:
    """Add what a run measured; nobody is added who has not opted in, and nothing twice.

    Example: assay leaderboard add run --board board.sqlite --opt-in opt-in.csv
    """
    from assay import boards
    from reports.text import many, some

    added = boards.add(run, board, opt_in, verified=verified)
    print(f"Added {many(added.entries, 'entry', 'entries')} of {many(added.members, 'member')}")
    if added.others:
        print(f"Left out: {many(added.others, 'student')} who did not opt in", file=sys.stderr)
    if added.unofficial:
        told = many(added.unofficial, "measurement")
        print(f"Left out: {told} made on somebody's own machine", file=sys.stderr)
    if added.unknown:
        print(f"Opted in, but not in {run}: {some(added.unknown)}", file=sys.stderr)


@app.command()
@click.argument("board", type=options.PATH, metavar="BOARD", help="The board.")
@click.option("--out", type=options.PATH, metavar="SITE", required=True, help="Folder of the site.")
@click.option("--top", type=int, metavar="N", help="Show the first N ranks alone; else all.")
def build(board: Path, out: Path, top: int | None) -> None:
    """Build the site of a board: static pages, with the same as JSON beside them.

    Example: assay leaderboard build board.sqlite --out site
    """
    from assay import boards
    from reports.text import many

    count = boards.build(board, out, top)
    print(f"{many(count, 'board')}\n\nSite  {out / 'index.html'}")


@app.command()
@options.run
@board_file
def names(run: Path, board: Path) -> None:
    """Say which member each student of a run is, for you alone, and where their own page is.

    Example: assay leaderboard names run --board board.sqlite
    """
    from assay import boards

    print(boards.who_is_who(run, board), end="")


@app.command()
@click.argument("student", metavar="STUDENT", help="The student's id, as in the run.")
@board_file
def forget(student: str, board: Path) -> None:
    """Remove a student from a board; off the list of who takes part, too, they are gone for good.

    Build the site again to take them off it.

    Example: assay leaderboard forget ada --board board.sqlite
    """
    from assay import boards
    from reports.text import many

    gone = boards.forget(student, board)
    if gone is None:
        raise AssayError(f"{student} is not on {board}: write the id as it stands in the run")
    print(f"Removed {many(gone, 'entry', 'entries')}")
    print("Take them off the list of who takes part, or the next add brings them back", file=sys.stderr)
    print("A site shows them until it is built again: assay leaderboard build", file=sys.stderr)
