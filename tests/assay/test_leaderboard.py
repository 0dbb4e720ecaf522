"""`assay leaderboard` as its users meet it: a run is added, the site is built, mistakes are one sentence."""

import csv
import io
import json
from pathlib import Path

import pytest

from suites.types import Verdict

from ..measured import accuracy, found, info, record, speed, write_opt_in, write_run
from .conftest import Command


@pytest.fixture
def command(command: Command) -> Command:
    """Run `assay leaderboard`."""
    return lambda arguments: command(f"leaderboard {arguments}")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write_opt_in(tmp_path / "opt-in.csv", [("ada", "Countess"), ("bob", "")])
    return write_run(
        tmp_path / "run",
        [
            record("ada", found(speed(0.8)), found(accuracy(97.4), "train")),
            record("bob", found(speed(1.2)), found(accuracy(96.0), "train")),
            record("eve-17", found(speed(0.1))),
            record("zed", found(speed(None), verdict=Verdict.INCONCLUSIVE)),
        ],
    )


def site(tmp_path: Path) -> str:
    return "".join(path.read_text() for path in sorted((tmp_path / "site").rglob("*.*")))


def test_from_a_run_to_the_site(command: Command, run: Path, tmp_path: Path) -> None:
    code, out, err = command("add run --board board.sqlite")
    assert (code, out) == (0, "Added 4 entries of 2 members\n")
    assert err == "Left out: 2 students who did not opt in\n"
    assert command("add run --board board.sqlite")[1] == "Added 0 entries of 2 members\n"
    code, out, err = command("build board.sqlite --out site")
    assert (code, err) == (0, "")
    assert out == "2 boards\n\nSite  site/index.html\n"
    whole = site(tmp_path)
    assert "Countess" in whole
    for secret in ("ada", "bob", "eve-17", "SECRET", (tmp_path / "board.sqlite.key").read_bytes().hex()):
        assert secret not in whole
    code, out, err = command("names run --board board.sqlite")
    ada, bob = csv.DictReader(io.StringIO(out))
    assert (ada["student"], ada["name"]) == ("ada", "Countess")
    assert bob["name"] in whole
    assert "you" in (tmp_path / "site" / bob["page"]).read_text()


def test_whoever_has_a_page_is_named_measured_or_not(command: Command, run: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "run", [record("idle")])
    write_opt_in(tmp_path / "opt-in.csv", [("ada", ""), ("idle", "Later")])
    command("add run --board board.sqlite")
    command("build board.sqlite --out site")
    _, out, _ = command("names run --board board.sqlite")
    told = list(csv.DictReader(io.StringIO(out)))
    assert [(each["student"], each["name"]) for each in told[1:]] == [("idle", "Later")]
    pages = {f"members/{path.name}" for path in (tmp_path / "site" / "members").iterdir()}
    assert {each["page"] for each in told} == pages


def test_the_same_board_gives_the_same_site(command: Command, run: Path, tmp_path: Path) -> None:
    command("add run --board board.sqlite")
    command("build board.sqlite --out site")
    before = {path: path.read_bytes() for path in (tmp_path / "site").rglob("*.*")}
    assert command("build board.sqlite --out site")[0] == 0
    assert {path: path.read_bytes() for path in (tmp_path / "site").rglob("*.*")} == before


def test_a_build_that_was_cut_off_is_run_again(
    command: Command, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    command("add run --board board.sqlite")
    with monkeypatch.context() as patched:
        patched.setattr("reports.site.board_data", interrupted)
        assert command("build board.sqlite --out site")[0] == 130
    assert not (tmp_path / "site" / "index.html").exists()
    assert command("build board.sqlite --out site")[0] == 0
    assert "Countess" in (tmp_path / "site" / "index.html").read_text()


def test_whoever_withdraws_or_is_forgotten_is_off_the_site(
    command: Command, run: Path, tmp_path: Path
) -> None:
    command("add run --board board.sqlite")
    command("build board.sqlite --out site")
    write_opt_in(tmp_path / "opt-in.csv", [("bob", "")])
    command("add run --board board.sqlite")
    command("build board.sqlite --out site")
    assert "Countess" not in site(tmp_path)
    assert len(list((tmp_path / "site" / "members").iterdir())) == 1
    assert command("forget ada --board board.sqlite") == (
        0,
        "Removed 2 entries\n",
        "Take them off the list of who takes part, or the next add brings them back\n"
        "A site shows them until it is built again: assay leaderboard build\n",
    )
    code, _, err = command("forget ada --board board.sqlite")
    assert (code, err) == (2, "assay: ada is not on board.sqlite: write the id as it stands in the run\n")


def test_a_run_that_measured_nothing_keeps_nobody_on_the_site(
    command: Command, run: Path, tmp_path: Path
) -> None:
    command("add run --board board.sqlite")
    write_opt_in(tmp_path / "opt-in.csv", [("bob", "")])
    write_run(tmp_path / "idle", [record("ada")], info("idle"))
    code, _, err = command("add idle --board board.sqlite")
    assert (code, "no speed and no accuracy in idle" in err) == (2, True)
    command("build board.sqlite --out site")
    assert "Countess" not in site(tmp_path)


def test_a_roster_says_who_takes_part(command: Command, run: Path, tmp_path: Path) -> None:
    roster = "name,Student, Leaderboard \nAda,ada,Yes\nBob,bob,no\nEve,eve-17,\n"
    (tmp_path / "roster.csv").write_text("\ufeff" + roster, encoding="utf-8")
    _, out, err = command("add run --board board.sqlite --opt-in roster.csv")
    assert out == "Added 2 entries of 1 member\n"
    assert "3 students who did not opt in" in err


def test_a_name_that_is_not_in_the_run_is_told(command: Command, run: Path, tmp_path: Path) -> None:
    """Nobody measured is in the run all the same, and is not told of."""
    write_run(tmp_path / "run", [record("idle")])
    write_opt_in(tmp_path / "opt-in.csv", [(who, "") for who in ("Ada", "idle", "\x1b[31m")])
    code, out, err = command("add run --board board.sqlite")
    assert (code, out) == (0, "Added 0 entries of 0 members\n")
    assert err.splitlines()[1] == "Opted in, but not in run: Ada, \\x1b[31m"
    write_opt_in(tmp_path / "opt-in.csv", [(f"s{k}", "") for k in range(22)])
    assert "s18, s19 and 2 more\n" in command("add run --board board.sqlite")[2]


def test_the_top_alone(command: Command, run: Path, tmp_path: Path) -> None:
    command("add run --board board.sqlite")
    command("build board.sqlite --out site --top 1")
    (data,) = (tmp_path / "site" / "boards").glob("*speed.json")
    (section,) = json.loads(data.read_text())["sections"]
    assert [row["name"] for row in section["rows"]] == ["Countess"]
    assert "1 more is ranked and not shown" in data.with_suffix(".html").read_text()
    assert len(list((tmp_path / "site" / "members").iterdir())) == 2


def test_whoever_held_a_record_is_not_shown_below_the_top(
    command: Command, run: Path, tmp_path: Path
) -> None:
    command("add run --board board.sqlite")
    faster = record("bob", found(speed(0.4)), code="faster", at="2026-11-21T14:00:00")
    write_run(tmp_path / "next", [faster], info("next"))
    command("add next --board board.sqlite")
    for top, page in (("", True), (" --top 1", False)):
        command(f"build board.sqlite --out site{top}")
        (data,) = (tmp_path / "site" / "boards").glob("*speed.json")
        assert ("Countess" in data.read_text()) is page
        told = data.with_suffix(".html").read_text()
        assert f"The record and how it fell ({2 if page else 1})" in told


def test_a_final_session_is_marked(command: Command, run: Path, tmp_path: Path) -> None:
    command("add run --board board.sqlite")
    again = "assay: this run's seed was used on the board before, and to verify takes a fresh one"
    assert command("add run --board board.sqlite --verified")[2].startswith(again)
    write_run(tmp_path / "final", [record("ada", found(speed(0.85)))], info("fresh"))
    assert command("add final --board board.sqlite --verified")[0] == 0
    command("build board.sqlite --out site")
    (data,) = (tmp_path / "site" / "boards").glob("*speed.json")
    rows = json.loads(data.read_text())["sections"][0]["rows"]
    assert [(row["value"], bool(row["verified"])) for row in rows] == [(0.85, True), (1.2, False)]


def test_unofficial_measurements_stay_out(command: Command, run: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "own", [record("ada", found(speed(0.2, official=False)))], info("own"))
    _, out, err = command("add own --board board.sqlite")
    assert out == "Added 0 entries of 0 members\n"
    assert err.splitlines()[0] == "Left out: 1 measurement made on somebody's own machine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("add nowhere --board b.sqlite", "nowhere is not let onto a board: it has no file run.json"),
        (
            "add empty-run --board b.sqlite",
            "there is no speed and no accuracy in empty-run for a board to take: grade it with --bench,"
            " or give its assignment workloads or a part that trains",
        ),
        ("add run --board nowhere/b.sqlite --opt-in opt-in.csv", "there is no folder nowhere for the board"),
        (
            "add run --board b.sqlite --opt-in none.csv",
            "there is no file none.csv; --opt-in names the list of who takes part",
        ),
        ("add run --board b.sqlite --opt-in run/run.json", "has no column named student"),
        ("add run --board b.sqlite --opt-in run/results.sqlite", "is no CSV in UTF-8"),
        ("add run --board b.sqlite --opt-in long.csv", "long.csv, line 2: a name has at most 40 characters"),
        ("add run --board b.sqlite --opt-in maybe.csv", "leaderboard is 'maybe'; write yes or no"),
        ("add run --board b.sqlite --opt-in typo.csv", "the column leader board and none named leaderboard"),
        ("add run --board b.sqlite --opt-in two.csv", "two.csv has 2 columns named leaderboard; keep one"),
        ("add run --board b.sqlite --opt-in comma.csv", "comma.csv, line 2: more cells than columns"),
        ("add run --board b.sqlite --opt-in same.csv", "two members would be called"),
        ("add run --board opt-in.csv", "opt-in.csv is no board: file is not a database"),
        ("add run --board run --opt-in opt-in.csv", "run is a folder; --board names a file"),
        ("add run --board . --opt-in opt-in.csv", ". is a folder; --board names a file"),
        ("build b.sqlite --out site", "there is no board at b.sqlite"),
        ("build b.sqlite --out site --top 0", "--top is 0; at least one rank must be shown"),
        ("build b.sqlite --out run", "run holds other files and is no site of ours"),
        ("build b.sqlite --out theirs", "theirs holds other files and is no site of ours"),
        ("build b.sqlite --out opt-in.csv", "opt-in.csv is a file; name a folder"),
        ("forget ada --board b.sqlite", "there is no board at b.sqlite; assay leaderboard add makes one"),
        ("add run --board b.sqlite --opt-in twice.csv", "twice.csv, line 3: ada is listed twice"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    command: Command, run: Path, tmp_path: Path, arguments: str, words: str
) -> None:
    write_run(tmp_path / "empty-run", [record("ada")])
    write_opt_in(tmp_path / "long.csv", [("ada", "w" * 41)])
    write_opt_in(tmp_path / "same.csv", [("ada", "Ａda"), ("bob", "aDA")])
    write_opt_in(tmp_path / "twice.csv", [("ada", ""), ("ada", "Countess")])
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "site.json").write_text('{"title": "A page of theirs"}')
    (tmp_path / "typo.csv").write_text("student,Leader board\nada,no\n")
    (tmp_path / "two.csv").write_text("student,leaderboard,Leaderboard\nada,no,yes\n")
    (tmp_path / "comma.csv").write_text("student,pseudonym\nada,Lovelace, Ada\n")
    (tmp_path / "maybe.csv").write_text("student,leaderboard\nada,maybe\n")
    code, out, err = command(arguments)
    assert (code, out) == (2, "")
    assert err.startswith("assay: ")
    assert words in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "b.sqlite").exists()
    assert not (tmp_path / "site").exists()


def test_without_a_list_nobody_takes_part(command: Command, run: Path, tmp_path: Path) -> None:
    (tmp_path / "opt-in.csv").unlink()
    code, _, err = command("add run --board board.sqlite")
    told = "nobody takes part unasked: list who does in opt-in.csv, or name the list with --opt-in"
    assert (code, err) == (2, f"assay: {told}\n")


def test_a_board_without_its_key_is_added_to_by_none(command: Command, run: Path, tmp_path: Path) -> None:
    command("add run --board board.sqlite")
    (tmp_path / "board.sqlite.key").unlink()
    told = "the key of the board is not at board.sqlite.key; put it back from where it is kept"
    assert command("add run --board board.sqlite") == (2, "", f"assay: {told}\n")


def test_a_hostile_run_is_one_sentence(command: Command, run: Path, tmp_path: Path) -> None:
    path = run / "results.sqlite"
    path.write_bytes(path.read_bytes()[:5000] + b"\x1b[31m" * 1000)
    code, _, err = command("add run --board board.sqlite")
    assert code == 2
    assert err == "assay: run is not let onto a board: results.sqlite is damaged\n"
    assert not (tmp_path / "board.sqlite").exists()
