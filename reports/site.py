"""The site of the leaderboards: static files, a page and its data a board, a page a member, an index.

SITE/index.html                 all boards
SITE/boards/SLUG.html, .json    one: what was measured of an assignment, a section a device and suite
SITE/members/TOKEN.html         one member's own row and who is right ahead; only the member is told the TOKEN
SITE/site.json                  by which the folder is known, and the boards in it
"""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from grader.intake.slug import slugs
from reports.board_page import BoardPage, board_data, board_page, heading, scatters
from reports.files import dumps, put, sweep
from reports.lines import LENGTH, ahead, axis_of, lines
from reports.pages import page
from reports.standings import Standing

STYLES = ("style.css", "board.css")
MARKER = "site.json"


def is_site(folder: Path) -> bool:
    """Whether a site was written into the folder, or begun."""
    try:
        told = json.loads((folder / MARKER).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.keys() == _marked([], "").keys()


def write_site(
    out: Path,
    standings: Sequence[Standing],
    names: Mapping[str, str],
    tokens: Mapping[str, str],
    *,
    top: int | None = None,
    made: str = "",
) -> int:
    """Write the site into `out`, and remove the pages of boards and members that are gone.

    names   members, as they are shown; tokens: the same, by the names of their own pages.
    top     how many ranks the public pages show; a member's own page has the member's row all the same.

    Returns how many boards there are. The index comes last, when all that it links to is there.
    """
    out.mkdir(parents=True, exist_ok=True)
    if not is_site(out):  # before all else: what is cut off is known for a site when it is written again
        put(out / MARKER, dumps(_marked([], made)))
    folders = out / "boards", out / "members"
    for folder in folders:
        folder.mkdir(exist_ok=True)
    grouped = {
        "\n".join(board): list(group) for board, group in groupby(standings, key=lambda s: s.section[:4])
    }
    called = slugs(grouped)
    boards = []
    for board_id, group in grouped.items():
        slug = called[board_id]
        plots = list(scatters(group[0], standings, names, top))
        board = board_page(slug, group, plots, top)
        boards.append(board)
        put(folders[0] / f"{slug}.json", dumps(board_data(group, top)))
        put(
            folders[0] / f"{slug}.html",
            page("board.html", styles=STYLES, script="table.js", board=board, length=LENGTH, made=made),
        )
    _write_members(folders[1], standings, names, tokens)
    for suffix in (".html", ".json"):
        sweep(folders[0], suffix, set(called.values()))
    sweep(folders[1], ".html", set(tokens.values()))
    put(out / MARKER, dumps(_marked(boards, made)))
    by_title = [(title, list(group)) for title, group in groupby(boards, key=lambda board: board.title)]
    put(out / "index.html", page("boards.html", styles=STYLES, assignments=by_title, made=made))
    return len(boards)


def _marked(boards: Sequence[BoardPage], made: str) -> dict[str, Any]:
    return {"made": made, "boards": [board.slug for board in boards]}


# --------------------------------------------------------------------------- a member's own page


def _write_members(
    folder: Path,
    standings: Sequence[Standing],
    names: Mapping[str, str],
    tokens: Mapping[str, str],
) -> None:
    places: dict[str, list[dict[str, Any]]] = {member: [] for member in names}
    for standing in standings:
        axis = axis_of(standing, standing.rows)
        every = {line.row.member: line for line in lines(standing, standing.rows, axis) if line.row}
        about = {
            "heading": heading(standing),
            "title": standing.title,
            "device": standing.section.device,
            "suite": standing.section.suite,
            "unit": standing.unit,
            "better": standing.scale.better,
            "people": len(standing.rows),
        }
        for k, row in enumerate(standing.rows):
            near = [every[each.member] for each in ahead(standing.rows, k)]
            places[row.member].append({**about, "lines": near})
    for member, mine in places.items():
        shown = page("member.html", styles=STYLES, member=member, name=names[member], places=mine)
        put(folder / f"{tokens[member]}.html", shown)
