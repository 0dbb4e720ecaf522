"""Every attack of the catalogue at every level, from the installed wheel: what the levels promise, they hold.

`process` is the positive control: there, where nothing holds them, the probes bite. Those that no level of
Assay lets through must get the better of a judge that runs them in its own process, or be told by name.

ASSAY_ATTACKS=full (make attacks) runs every probe in every cell, and the name of a level every probe in the
cells of that level alone. Else all of them run at `namespace` and in the control, and in the other cells
those that the walls of a sandbox have to hold, but for those that hang.
"""

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from grader.sandbox.levels import Level
from suites.types import Verdict

from .canaries import common_ground
from .catalogue import ELSEWHERE, LEAVES, NOT_TRIED, PROCESS, ROWS, Row
from .cells import CONTROLS, HANGING_S, Cell, Graded, NoSuchLevelError, Seen, fooled, graded
from .handed_in import HERE, PROBES
from .installed import ROOT, install

ASKED = os.environ.get("ASSAY_ATTACKS")
FULL = ASKED is not None
if ASKED not in (None, "full", *Level.__members__):
    raise pytest.UsageError(f"ASSAY_ATTACKS is {ASKED!r}: full, or one of {', '.join(Level.__members__)}")
WHO = ("root", "user", "refused") if os.getuid() == 0 else ("user", "refused")
FIRST = Cell(WHO[0], "namespace")
PLACES = [
    Cell(who, level.name)
    for level in reversed(Level)
    for who in WHO
    if who == WHO[0] or not level.in_container  # an engine asks nobody who they are
    if not (who == "refused" and level in (Level.namespace, Level.process))
    if (FULL or level is not Level.docker_shared) and ASKED in (None, "full", level.name)
]
CELLS = [*(replace(place, hanging=True) for place in PLACES if FULL or place == FIRST), *PLACES]


def rows_of(cell: Cell) -> list[Row]:
    """What is tried there."""
    everything = FULL or cell.level in (FIRST.level, "process")
    return [row for row in ROWS if bool(row.hangs) == cell.hanging and (everything or row.is_about_walls)]


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    with common_ground() as folder:
        yield folder


@pytest.fixture(scope="session")
def command(ground: Path) -> Path:
    return install(ground)


@pytest.fixture(scope="session")
def runs(ground: Path, command: Path) -> Iterator[dict[Cell, Future[Graded]]]:
    """All cells, two at a time, from the first that is asked for on."""

    def run(cell: Cell) -> Graded:
        with graded(cell, [row.probe for row in rows_of(cell)], command, ground) as seen:
            return seen

    with ThreadPoolExecutor(2) as pool:
        yield {cell: pool.submit(run, cell) for cell in CELLS}


@pytest.fixture(params=CELLS, ids=str)
def cell(request: pytest.FixtureRequest) -> Cell:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def seen(cell: Cell, runs: dict[Cell, Future[Graded]]) -> dict[str, Seen]:
    try:
        return runs[cell].result().seen
    except NoSuchLevelError as missing:
        pytest.skip(str(missing))


def test_honest_work_gets_what_it_deserves(seen: dict[str, Seen]) -> None:
    """Before, among and after the probes: they touch nobody."""
    for control in CONTROLS:
        expected = (0.0, 4.0) if control == "wrong" else (4.0, 4.0)
        assert (control, seen[control].points) == (control, expected)


def test_what_gets_through_is_what_the_level_does_not_promise(cell: Cell, seen: dict[str, Seen]) -> None:
    expected = {row.probe for row in rows_of(cell) if Level[cell.level] < row.held_from(cell.who)}
    assert {probe for probe, each in seen.items() if each.bites} == expected


def test_no_score_is_won(cell: Cell, seen: dict[str, Seen]) -> None:
    for row in rows_of(cell):
        attacked, untouched = seen[row.probe].points
        assert (row.probe, attacked) == (row.probe, 0.0)
        if row.other is not None:
            assert (row.probe, untouched) == (row.probe, 4.0 * row.other)


def test_people_are_told_what_happened(cell: Cell, seen: dict[str, Seen]) -> None:
    for row in rows_of(cell):
        record = seen[row.probe].record
        assert record.status == "graded", (row.probe, record.reason)
        verdicts = {f.verdict for f in record.findings if f.part == "attacked"}
        assert verdicts <= row.verdict, (row.probe, seen[row.probe].told)
        assert Verdict.PASS not in verdicts
        if row.says and Level[cell.level] >= row.held_from(cell.who):
            assert re.search(row.says, seen[row.probe].told), (row.probe, seen[row.probe].told)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.hanging], ids=str)
def test_what_hangs_is_ended_in_time(cell: Cell, seen: dict[str, Seen]) -> None:
    """Each question within its limit and a second."""
    for row in rows_of(cell):
        asked = [f.seconds for f in seen[row.probe].record.findings if f.part == "attacked"]
        assert max(asked) < row.hangs * (HANGING_S + 1), row.probe


@pytest.mark.parametrize("cell", PLACES, ids=str)
def test_forks_of_one_zygote_draw_their_own(seen: dict[str, Seen]) -> None:  # I3
    drawn = [seen[probe].record.printed for probe in ("i3_random_state", "i3_random_state_again")]
    assert all(text.startswith("drawn 0.") for text in drawn)
    assert drawn[0] != drawn[1]


def test_the_probes_bite() -> None:
    """A probe that no level lets through, and of which nothing is told, must fool a judge without walls."""
    silent = [row.probe for row in ROWS if row.held == PROCESS and not row.says and not row.leaves]
    first = {left for probe, left in LEAVES.items() if probe in silent}
    with common_ground() as ground:
        alive = fooled([*first, *silent, "right", "wrong"], ground)
    assert not alive.pop("wrong")
    assert alive.pop("right")  # for this judge takes any other result than that of `wrong` for a surprise
    assert {probe for probe in silent if not alive[probe]} == set()


def test_a_lazy_tensor_is_taken_as_it_is(ground: Path, command: Path) -> None:  # A14
    pytest.importorskip("torch", reason="torch is not installed")
    target = ground / "target_torch"
    shutil.copytree(HERE / "target", target)
    assignment = (target / "assignment.py").read_text()
    (target / "assignment.py").write_text(
        assignment.replace("    memory=", '    packages=("numpy", "torch"),\n    memory=')
    )
    (ground / "torch").mkdir(mode=0o755)
    with graded(FIRST, ["a14_lazy_tensor"], command, ground / "torch", target) as run:
        assert run.seen["a14_lazy_tensor"].points == (0.0, 4.0)
        assert run.seen["a_right"].points == (4.0, 4.0)


def test_a_machine_that_refuses_namespaces_is_believed(ground: Path, command: Path) -> None:
    """Then a stronger level is not claimed, and the next is taken."""
    refused = Cell("refused", "auto")
    folder = ground / "levels"
    folder.mkdir()
    os.chown(folder, refused.uid, refused.uid)
    said = {}
    for sandbox in ("namespace", "auto"):
        asked = [str(command), "grade", str(HERE / "target"), str(PROBES / "right.py")]
        options = ["--sandbox", sandbox, "--out", str(folder / sandbox)]
        done = subprocess.run(
            refused.command(*asked, *options),
            env={"PATH": "/usr/bin:/bin", "HOME": "/"},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **refused.user,
        )
        said[sandbox] = (done.returncode, done.stdout + done.stderr)
    assert said["namespace"][0] == 2
    assert "it needs root, or leave to make user namespaces" in said["namespace"][1]
    assert said["auto"][0] == 0, said["auto"][1]
    assert "sandbox landlock" in said["auto"][1]


def test_what_runs_is_the_wheel(command: Path) -> None:
    done = subprocess.run(
        [command.parent / "python", "-c", "import assay, grader; print(assay.__file__, grader.__file__)"],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(str(command.parents[1]) in path for path in done.stdout.split())


def test_nothing_that_comes_back_is_unpickled() -> None:  # C10, E23
    """No code of the trusted side reads a format that runs code, or that says how much it will take."""
    loaders = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"}
    found = []
    for room in ("grader", "suites", "reports"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                name = path.relative_to(ROOT)
                if isinstance(node, ast.Import):
                    found += [f"{name}: {alias.name}" for alias in node.names if alias.name in loaders]
                elif isinstance(node, ast.ImportFrom) and node.module in loaders:
                    found.append(f"{name}: {node.module}")
                elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "torch.load"):
                    found.append(f"{name}: {ast.unparse(node.func)}")
    assert set(found) == {
        "grader/child.py: pickle",  # whether an error of ours can be sent by one of our processes to another
        "grader/plan.py: pickle",  # a plan on its way from the coordinator to its own judges
        "suites/datasets.py: np.load",  # a file of ours
    }


# --------------------------------------------------------------------------- the catalogue itself


def test_every_row_is_tried_or_says_why_not() -> None:
    """131 rows, E21b among them."""
    counts = {"A": 20, "B": 26, "C": 12, "D": 16, "E": 24, "F": 6, "G": 10, "H": 10, "I": 6}
    known = {row.id for row in ROWS} | _spread(ELSEWHERE) | set(NOT_TRIED)
    assert {f"{letter}{n}" for letter, count in counts.items() for n in range(1, count + 1)} <= known
    assert "E21b" in known
    assert not ({row.id for row in ROWS} | _spread(ELSEWHERE)) & set(NOT_TRIED)


def test_every_probe_is_in_the_catalogue() -> None:
    there = {path.stem for path in PROBES.glob("*.py")} - {"right", "wrong", "a14_lazy_tensor"}
    assert there <= {row.probe for row in ROWS}


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_what_is_tried_elsewhere_is_there(place: str) -> None:
    path, _, name = place.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _spread(rows: dict[str, str]) -> set[str]:
    """`G1-G9` as its nine rows."""
    found = set()
    for row in rows:
        first, _, last = row.partition("-")
        letter, begin = first[0], int(first[1:])
        found |= {f"{letter}{n}" for n in range(begin, int(last[1:] if last else begin) + 1)}
    return found
