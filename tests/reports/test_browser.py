"""The pages in a real browser: nothing leaves them, nothing runs in them but our search and sort."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.record import Record, RunInfo
from reports.folder import write


def visible(page: Any) -> list[str]:
    names = page.eval_on_selector_all(
        "#table tbody tr",
        "rows => rows.filter(r => r.offsetHeight).map(r => r.cells[0].querySelector('a').textContent)",
    )
    assert isinstance(names, list)
    return names


def test_search_filters_the_students(page: Any, run: Path, events: list[str]) -> None:
    page.goto((run / "report/index.html").as_uri())
    everyone = visible(page)
    page.fill("#search", "CARL")
    assert visible(page) == ["carl"]
    assert page.text_content("#found") == f"1 of {len(everyone)}"
    page.fill("#search", "batch mean   missing")
    assert visible(page) == ["carl", "kurt"]
    page.fill("#search", "nobody at all")
    assert visible(page) == []
    page.fill("#search", "")
    assert visible(page) == everyone
    page.click("button[data-find='bn.dgamma-raw-x']")
    assert visible(page) == ["carl"]
    assert events == []


def test_sort_by_any_column(page: Any, run: Path, events: list[str]) -> None:
    page.goto((run / "report/index.html").as_uri())
    score = page.locator("#table thead th", has_text="Score")
    score.locator("button").click()
    assert score.get_attribute("aria-sort") == "descending"
    assert set(visible(page)[:2]) == {"ada", "emmy"}
    score.locator("button").press("Enter")
    assert score.get_attribute("aria-sort") == "ascending"
    assert visible(page)[:2] == ["rosa", "blaise"]
    assert page.locator("[aria-sort]").count() == 1
    student = page.locator("#table thead th", has_text="Student")
    student.locator("button").click()
    names = [name for name in visible(page) if name.isalpha() and len(name) < 20]
    assert names == sorted(names)
    assert events == []


def test_nothing_runs_and_nothing_leaves(page: Any, run: Path, events: list[str]) -> None:
    paths = sorted((run / "report/students").glob("hostile-*.html"))
    assert len(paths) > 10
    for path in [*paths, run / "report/index.html"]:
        page.goto(path.as_uri())
        assert page.evaluate("document.scripts.length") == (path.name == "index.html")
    assert events == []


def test_the_policy_is_in_force(page: Any, run: Path, tmp_path: Path, events: list[str]) -> None:
    """The control: were text ever to become markup, it still could not run or load anything."""
    source = (run / "feedback/carl.html").read_text(encoding="utf-8")
    attack = (
        "<script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)><p style='color:red'>x</p>"
    )
    (tmp_path / "page.html").write_text(source.replace("</main>", attack + "</main>"), encoding="utf-8")
    stopped: list[str] = []
    page.on("requestfailed", lambda request: stopped.append(f"{request.url} {request.failure}"))
    page.goto((tmp_path / "page.html").as_uri())
    assert stopped == ["http://127.0.0.1:9/x csp"]
    violations = [event for event in events if "Content Security Policy" in event]
    assert len(violations) >= 3
    assert set(events) - set(violations) <= {"http://127.0.0.1:9/x"}  # asked for, and stopped
    assert (
        page.evaluate("getComputedStyle(document.querySelector('main > p:last-child')).color")
        != "rgb(255, 0, 0)"
    )


@pytest.mark.parametrize("width", [360, 768])
def test_no_page_scrolls_sideways(page: Any, run: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    names = ("carl", "sofia", "rosa", *(f"hostile-{number}" for number in (0, 1, 7, 9)))
    for path in (run / "report/index.html", *(run / f"report/students/{name}.html" for name in names)):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name


BESIDE_A_SCROLLBAR = """box => {  // a headless browser shows none
  box.style.width = `${box.offsetWidth - 17}px`;
  const table = box.querySelector('table'), head = [...table.tHead.rows[0].cells];
  const lines = [...table.tBodies[0].rows].map(row => getComputedStyle(row.cells[0]).borderTopWidth);
  return {
    room: box.clientWidth - table.offsetWidth,
    score: box.clientWidth - head[2].offsetLeft - head[2].offsetWidth,
    lines: [getComputedStyle(table).borderCollapse, ...new Set(lines)],
  };
}"""


@pytest.mark.parametrize(("width", "shown"), [(1200, "room"), (390, "score"), (360, "score")])
def test_the_students_fit_beside_the_scrollbar_of_their_box(
    page: Any, info: RunInfo, records: list[Record], width: int, shown: str, tmp_path: Path
) -> None:
    """Seven parts on a laptop, the score on a telephone; and the line of a row runs under its name, too."""
    many = tuple(replace(info.parts[0], name=f"part {number}") for number in range(7))
    write(tmp_path, replace(info, parts=many), records)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((tmp_path / "report/index.html").as_uri())
    seen = page.eval_on_selector(".tall", BESIDE_A_SCROLLBAR)
    assert seen[shown] >= 0
    assert seen["lines"] == ["separate", "1px"]


def test_dark_and_light_and_print(page: Any, run: Path, events: list[str]) -> None:
    grounds = []
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        page.emulate_media(color_scheme=scheme, media=media)
        page.goto((run / "feedback/carl.html").as_uri())
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(251, 250, 246)", "rgb(20, 24, 27)", "rgb(255, 255, 255)"]
    assert events == []


def test_what_sorts_on_the_screen_leaves_no_mark_on_paper(page: Any, run: Path) -> None:
    page.goto((run / "report/index.html").as_uri())
    sorts = "getComputedStyle(document.querySelector('[aria-sort] button'), '::after').content"
    assert page.evaluate(sorts) == '" ↑"'
    page.emulate_media(media="print")
    assert page.evaluate(sorts) == "none"


PLOTS = "[...document.querySelectorAll('.chart img')]"


def test_plots_are_drawn_for_light_dark_and_paper(page: Any, run: Path, events: list[str]) -> None:
    shown = []
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        page.emulate_media(color_scheme=scheme, media=media)
        page.goto((run / "report/index.html").as_uri())
        assert page.evaluate(f"{PLOTS}.map(i => i.complete && i.naturalWidth > 300)") == [True] * 3
        shown.append(page.evaluate(f"{PLOTS}.map(i => i.currentSrc)"))
    light, dark, paper = shown
    assert not set(light) & set(dark)
    assert paper == light
    assert events == []


def test_what_is_folded_opens_and_is_on_paper(page: Any, run: Path) -> None:
    page.goto((run / "feedback/carl.html").as_uri())
    table = page.locator("#part-2 table")
    assert not table.is_visible()
    page.focus("#part-2 summary")
    page.keyboard.press("Enter")
    assert table.is_visible()
    page.keyboard.press("Enter")
    page.emulate_media(media="print")
    assert table.is_visible()


def test_the_keyboard_reaches_everything(page: Any, run: Path) -> None:
    page.goto((run / "report/index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.focus("#table thead button")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
