"""The site of the leaderboards, in a real browser too: nothing leaves it, and what is hostile stays text."""

import contextlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.admission import _measurement
from grader.board import Batch, Entry
from grader.record import to_plain
from reports.axis import Axis
from reports.scatter import scatter
from reports.site import write_site
from reports.standings import standings
from suites.types import Verdict

from ..measured import accuracy, speed

FIRST = Batch("2026-11-12T15:00:00+00:00", "conv", "Convolution", "a" * 64, "0.1.0", id=1)
SECOND = Batch("2026-11-19T15:00:00+00:00", "conv", "Convolution", "b" * 64, "0.1.0", id=2)
PLAIN = [f"member-{k:02}" for k in range(20)]


def entries(members: list[str]) -> list[Entry]:
    """Everybody's speed and accuracy on two devices, some of it twice, one inconclusive, an old suite."""
    made = []

    def add(
        member: str, measured: Any, what: str, batch: Batch = FIRST, verdict: Verdict = Verdict.PASS
    ) -> None:
        graded = batch.added.replace("15:00:00", f"10:{len(made) % 60:02}:00")
        code = f"{member} {batch.id}"
        made.append(Entry(batch, member, code, "fast", what, verdict, graded, measured))

    for k, member in enumerate(members):
        add(member, speed(0.5 * 1.07**k, 0.01 + 0.002 * (k % 7)), "conv")
        add(member, accuracy(98.0 - 0.1 * ((k * 7) % 20)), "train")
        if k % 3 == 0:
            add(member, speed(0.4 * 1.09**k, 0.02), "conv", SECOND)
            add(member, speed(1.1**k, device="H100"), "conv", SECOND)
            add(member, speed(2.0, suite="0"), "conv")
    add(members[1], speed(None), "conv", SECOND, Verdict.INCONCLUSIVE)
    return made


@pytest.fixture(scope="session")
def members(nasty: tuple[str, ...]) -> dict[str, str]:
    """Member to name; the names are ours to fear, and plain ones."""
    return {f"m{k:02}": name[:300] for k, name in enumerate((*PLAIN, *nasty))}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, members: dict[str, str]) -> Path:
    out = tmp_path_factory.mktemp("board") / "site"
    tokens = {member: f"token-{member}" for member in members}
    found = standings(entries(list(members)), members)
    assert write_site(out, found, members, tokens, made=SECOND.added) == 2
    return out


@pytest.fixture(scope="session")
def board(site: Path) -> Path:
    (page,) = (site / "boards").glob("*speed.html")
    return page


def rows(page: Any, column: int = 1) -> list[str]:
    return page.eval_on_selector_all(
        "section:first-of-type table.ranks tbody tr:not(.baseline)",
        f"rows => rows.filter(r => r.offsetHeight).map(r => r.cells[{column}].textContent)",
    )


# --------------------------------------------------------------------------- the files


def test_the_data_are_strict_and_say_what_the_page_says(site: Path, members: dict[str, str]) -> None:
    def no_constant(name: str) -> float:
        raise AssertionError(f"{name} is no JSON")

    paths = [*(site / "boards").glob("*.json"), site / "site.json"]
    assert len(paths) == 3
    for path in paths:
        json.loads(path.read_text(encoding="ascii"), parse_constant=no_constant)
    (path,) = (site / "boards").glob("*speed.json")
    data = json.loads(path.read_text())
    sections = [(s["device"], s["suite"], len(s["rows"])) for s in data["sections"]]
    n = len(members)
    assert sections == [("2 cores, x86-64", "1", n), ("2 cores, x86-64", "0", 11), ("H100", "1", 11)]
    best = data["sections"][0]["rows"][0]
    assert (best["name"], best["rank"], best["change"]) == ("member-00", 1, 0)
    assert data["sections"][0]["not_ranked"] == {"inconclusive": 1}
    assert data["sections"][0]["reference"] == 1.0


def test_no_member_and_no_code_is_named_but_by_name(site: Path) -> None:
    for path in [*(site / "boards").iterdir(), site / "index.html"]:
        text = path.read_text(encoding="utf-8")
        assert "m00" not in text
        assert "token-" not in text


def test_what_is_gone_is_swept(tmp_path: Path) -> None:
    found = standings(entries(PLAIN), dict(zip(PLAIN, PLAIN, strict=True)))
    tokens = {member: f"t-{member}" for member in PLAIN}
    write_site(tmp_path, found, dict(zip(PLAIN, PLAIN, strict=True)), tokens)
    assert len(list((tmp_path / "boards").iterdir())) == 4
    assert len(list((tmp_path / "members").iterdir())) == 20
    write_site(tmp_path, [], {}, {})
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["index.html", "site.json"]
    assert "Nobody is on a board yet" in (tmp_path / "index.html").read_text()


def test_a_member_sees_three_ahead(site: Path) -> None:
    text = (site / "members" / "token-m09.html").read_text()
    assert text.count("<small>you</small>") == 4  # two suites, the other device, the accuracy
    assert "member-06" in text
    assert "member-00" not in text.split("Speed of conv")[1].split("</table>")[0]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("ends", [(0.42, 0.71), (1.0, 1.0), (0.01, 900.0), (96.2, 98.4)])
def test_an_axis_has_a_few_round_ticks_in_order(log: bool, ends: tuple[float, float]) -> None:
    axis = Axis.over(ends, log)
    ticks = axis.ticks()
    assert 1 <= len(ticks) <= 6
    places = [axis.place(tick) for tick in ticks]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    assert all(0 < axis.place(end) < 1 for end in ends)
    assert all(math.isfinite(tick) and len(f"{tick:g}") <= 6 for tick in ticks)


def test_the_scatter_joins_the_same_code_and_finds_the_frontier() -> None:
    names = dict.fromkeys(("a", "b", "c"), "")
    pairs = {"a": (0.5, 96.0), "b": (1.0, 98.0), "c": (1.2, 97.0)}
    made = [
        Entry(FIRST, m, m, "p", what, Verdict.PASS, FIRST.added, measured)
        for m, (fast, right) in pairs.items()
        for what, measured in (("conv", speed(fast)), ("train", accuracy(right)))
    ]
    fast, right = standings(made, {m: m.upper() for m in names})
    plot = scatter(right, fast, {m: m.upper() for m in names}, names)
    assert plot is not None
    assert [point.name for point in plot.leading] == ["A", "B"]
    a, b, _ = plot.points
    assert a.x < b.x
    assert a.y > b.y
    assert plot.path == f"M{a.x:g} {a.y:g}H{b.x:g}V{b.y:g}"
    assert scatter(right, fast, names, {"nobody"}) is None


# --------------------------------------------------------------------------- in the browser


def test_search_and_sort(page: Any, board: Path, events: list[str]) -> None:
    page.goto(board.as_uri())
    everyone = rows(page)
    assert len(everyone) == 32
    page.fill("#search", "member-0")
    assert sorted(rows(page)) == [f"member-0{k}" for k in range(10)]
    page.fill("#search", "")
    heads = page.locator("section:first-of-type table.ranks thead th")
    heads.nth(2).locator("button").click()
    assert heads.nth(2).get_attribute("aria-sort") == "descending"
    values = [float(text.split()[0]) for text in rows(page, 2)]
    assert values == sorted(values, reverse=True)
    heads.nth(0).locator("button").press("Enter")
    heads.nth(0).locator("button").press("Enter")
    assert rows(page) == everyone
    assert events == []


def test_hostile_names_stay_text_and_nothing_leaves(page: Any, site: Path, events: list[str]) -> None:
    paths = [
        *sorted((site / "members").glob("*.html"))[20:],
        *site.glob("*.html"),
        *site.glob("boards/*.html"),
    ]
    assert len(paths) == 15
    for path in paths:
        page.goto(path.as_uri())
        assert page.evaluate("document.scripts.length") == (path.parent.name == "boards")
        assert page.evaluate("document.querySelectorAll('img, iframe, object, form').length") == 0
    assert events == []


@pytest.mark.parametrize("width", [360, 768])
def test_no_page_scrolls_sideways(page: Any, site: Path, board: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in (site / "index.html", board, *sorted((site / "members").glob("*.html"))[19:28]):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name


def test_a_table_fits_where_its_page_does(page: Any, board: Path) -> None:
    """At 1200 pixels of which the bars of the page and of the table take 30."""
    page.set_viewport_size({"width": 1170, "height": 800})
    page.goto(board.as_uri())
    box = page.locator("section:first-of-type .scroll.tall").first
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_what_lies_outside_the_axis_is_pointed_to(page: Any, board: Path) -> None:
    page.goto(board.as_uri())
    rows = page.locator("section:first-of-type table.ranks tbody tr")
    far = rows.filter(has_text="naive loops").first.locator("td.drawn")
    assert far.text_content() == "outside the axis"
    assert far.locator("path").last.bounding_box()["width"] > 8
    assert rows.filter(has_text="member-00").first.locator("td.drawn").text_content() == ""


def test_on_a_phone_rank_name_and_value_are_seen_at_once(page: Any, board: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(board.as_uri())
    cells = page.locator("table.ranks tbody tr").first.locator("td, th")
    assert all((box := cells.nth(k).bounding_box()) and box["x"] + box["width"] <= 360 for k in range(3))


def test_the_picture_the_fold_and_the_keyboard(page: Any, board: Path, events: list[str]) -> None:
    page.goto(board.as_uri())
    svg = page.locator("svg.scatter")
    assert svg.get_attribute("role") == "img"
    assert "frontier" in svg.locator("desc").text_content()
    assert svg.locator("circle").count() >= 32
    fold = page.locator("section:first-of-type details summary").first
    fold.focus()
    page.keyboard.press("Enter")
    assert page.locator("section:first-of-type details table").first.is_visible()
    page.focus("table.ranks thead button")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert events == []


def test_every_table_and_picture_has_a_name(page: Any, site: Path, board: Path) -> None:
    """For who does not see the page: one h1, no heading level left out, regions and pictures named."""
    for path in (site / "index.html", board, site / "members" / "token-m00.html"):
        page.goto(path.as_uri())
        levels = page.eval_on_selector_all("h1,h2,h3", "all => all.map(h => Number(h.tagName[1]))")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert max(b - a for a, b in zip(levels, [*levels[1:], 1], strict=True)) <= 1
        unnamed = "all => all.filter(e => !e.getAttribute('aria-label')).length"
        assert page.eval_on_selector_all("[role=region]", unnamed) == 0
        hidden = "all => all.filter(e => !e.ariaHidden && e.getAttribute('role') !== 'img').length"
        assert page.eval_on_selector_all("svg", hidden) == 0


def test_dark_and_paper(page: Any, board: Path, events: list[str]) -> None:
    seen = []
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        page.emulate_media(color_scheme=scheme, media=media)
        page.goto(board.as_uri())
        seen.append(
            page.evaluate(
                "[getComputedStyle(document.body).backgroundColor,"
                " getComputedStyle(document.querySelector('.span path:last-child')).stroke]"
            )
        )
    assert [ground for ground, _ in seen] == ["rgb(251, 250, 246)", "rgb(20, 24, 27)", "rgb(255, 255, 255)"]
    assert len({stroke for _, stroke in seen}) == 3
    assert not page.locator(".search").is_visible()
    assert page.locator("section:first-of-type details table").first.is_visible()
    assert events == []


NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 5e-324, 1e-310, 1e-12, 1e-9, 1e-6, 0.05, 99.9, 1e3, 1e9, 1e12, -1e12]),
    st.floats(-1e13, 1e13),
)
FIGURES = st.one_of(st.tuples(NUMBERS, NUMBERS, NUMBERS).map(sorted), NUMBERS.map(lambda x: [x] * 3))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    figures=st.lists(FIGURES, min_size=1, max_size=4),
    band=NUMBERS,
    suite=st.sampled_from(["1", "10", "1.2-rc3", "x", "²", "", "9" * 40]),
    kind=st.sampled_from([speed, accuracy]),
)
def test_whatever_is_let_in_can_be_shown(
    tmp_path: Path, figures: list[list[float]], band: float, suite: str, kind: Any
) -> None:
    """A board only grows: what it took and cannot show would be in its way for good."""
    let_in = []
    for low, value, high in figures:
        plain = to_plain(replace(kind(1.0), value=value, low=low, high=high, band=band, suite=suite))
        with contextlib.suppress(ValueError):
            let_in.append(_measurement(plain))
    made = [
        Entry(FIRST, f"m{k}", f"code {k}", "fast", "conv", Verdict.PASS, FIRST.added, measured)
        for k, measured in enumerate(let_in)
    ]
    names = {entry.member: entry.member for entry in made}
    write_site(tmp_path / "site", standings(made, names), names, names, made=FIRST.added)
