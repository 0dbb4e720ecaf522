import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest

from grader.record import Record

VOID = {"col", "meta", "link", "input", "br", "img", "hr", "source"}
ELEMENTS = frozenset(
    {"html", "head", "meta", "link", "title", "style", "body", "script", "header", "main", "footer", "nav"}
    | {"section", "article", "div", "p", "h1", "h2", "h3", "a", "span", "bdi", "ul", "li", "dl", "dt", "dd"}
    | {
        "table",
        "colgroup",
        "col",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "pre",
        "details",
        "summary",
        "figure",
        "figcaption",
    }
    | {"svg", "desc", "rect", "path", "pattern", "picture", "source", "img"}
    | {"button", "label", "input", "output"}
)


class Page(HTMLParser):
    """The elements of a page, with what nests in what."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


@pytest.fixture(scope="module")
def pages(run: Path) -> dict[str, Page]:
    return {str(path.relative_to(run)): Page(path) for path in run.rglob("*.html")}


def test_every_element_and_attribute_is_ours(pages: dict[str, Page]) -> None:
    """A hostile page has the elements of a harmless one: nothing in it comes from a submission."""
    assert len(pages) > 40
    for name, page in pages.items():
        assert not page.open, name
        assert {tag for tag, _ in page.tags} <= ELEMENTS, name
        for tag, attributes in page.tags:
            assert not [key for key in attributes if key.startswith("on") or key == "style"], (name, tag)
            for key in ("href", "src", "srcset", "action"):
                link = attributes.get(key)
                ours = r"#[\w-]+|data:,|[./\w-]+\.html|data:image/svg\+xml;base64,[\w+/=]+"
                assert link is None or re.fullmatch(ours, link), (name, link)
        scripts = [tag for tag, _ in page.tags if tag == "script"]
        assert len(scripts) == (name == "report/index.html")


def test_hostile_pages_are_alike(pages: dict[str, Page]) -> None:
    """Whatever the text, the same elements in the same order with the same attributes."""
    for folder in ("feedback", "report/students"):
        shapes = {
            tuple((tag, tuple(attributes)) for tag, attributes in page.tags)
            for name, page in pages.items()
            if name.startswith(f"{folder}/hostile-")
        }
        assert len(shapes) == 1


def test_hostile_text_is_shown_as_it_is(pages: dict[str, Page]) -> None:
    text = pages["report/students/hostile-0.html"].text
    for literal in (
        "<script>alert(1)</script>",
        "{{7*7}} {% raw %} {0.__class__} ${7*7}",
        r"\x1b[31mred\x1b]52;c;aGk=\x07 \x9b2J",
        r"\u202eevil\u2066 \u200b\ufeff hid\xadden",
        "\ufffd lone \ufffd",
        "::error::boom",
    ):
        assert literal in text
    for page in pages.values():
        assert not re.search(
            r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", page.text
        )


def test_the_policy_allows_our_style_and_script_alone(pages: dict[str, Page]) -> None:
    def digest(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    for name, page in pages.items():
        (policy,) = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
        assert policy is not None
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        assert rules["style-src"] == digest("".join(page.texts["style"])), name
        if name == "report/index.html":
            assert rules["script-src"] == digest("".join(page.texts["script"]))
        else:
            assert "script-src" not in rules
        assert set(rules) <= {"default-src", "base-uri", "form-action", "style-src", "script-src", "img-src"}


def test_links_lead_somewhere(run: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        ids = [a["id"] for _, a in page.tags if "id" in a]
        assert len(ids) == len(set(ids)), name
        for tag, attributes in page.tags:
            link = attributes.get("href") or ""
            if tag == "a" and link.startswith("#"):
                assert link[1:] in ids, (name, link)
            elif tag == "a":
                assert ((run / name).parent / link).resolve().is_file(), (name, link)
            for key in ("aria-labelledby", "for"):
                assert set((attributes.get(key) or "").split()) <= set(ids), (name, attributes)


def test_headings_are_in_order_and_pictures_have_words(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), name
        for tag, attributes in page.tags:
            if tag == "svg":
                assert attributes.get("aria-hidden") == "true" or attributes.get("role") == "img"
            if tag == "img":
                assert len(attributes["alt"] or "") > 20, name


def test_an_instructor_sees_what_is_wrong(pages: dict[str, Page]) -> None:
    carl = pages["report/students/carl.html"].text
    for words in (
        "7 / 12",
        "The gradient through the batch mean is missing.",
        "dx[3, 1]",
        "0.3125",
        "public-3",
        "Lecture 5",
    ):
        assert words in carl
    assert "off in 21 of 35 entries (60 %)" in carl
    assert "Striped entries are no numbers" in pages["report/students/sofia.html"].text
    assert "SECRET PRINTED" in pages["report/students/kurt.html"].text
    assert "reduced to 24 × 24" in pages["report/students/kurt.html"].text


def test_a_student_is_told_kindly_what_could_not_be_graded(pages: dict[str, Page]) -> None:
    assert "for a reason that is not its author's" in pages["feedback/rosa.html"].text
    assert "was never closed" in pages["feedback/blaise.html"].text
    assert "People grade this part; it is not graded yet." in pages["feedback/evariste.html"].text


def test_the_class_page_counts(pages: dict[str, Page], records: list[Record]) -> None:
    text = " ".join(" ".join(pages["report/index.html"].words).split())
    assert "1 infrastructure-error" in text
    assert "2 The gradient through the batch mean is missing. backward" in text
    assert "forward ordinary 90 % 19 of 21" in text
    assert "21 graded, 2 with full marks" in text
    for record in records[:11]:
        assert record.student in text


def palettes() -> Iterator[tuple[str, dict[str, str]]]:
    style = (resources.files("reports") / "templates" / "style.css").read_text(encoding="utf-8")
    light, dark, *_ = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    first = dict(re.findall(r"--(\w+): (#\w{6});", light))
    yield "light", first
    yield "dark", first | dict(re.findall(r"--(\w+): (#\w{6});", dark))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("name", "palette"), list(palettes()))
def test_text_stands_out_from_its_ground(name: str, palette: dict[str, str]) -> None:
    for ground in ("paper", "sheet", "tint"):
        for ink in ("ink", "soft", "accent", "good", "bad", "warn"):
            assert contrast(palette[ink], palette[ground]) >= 4.5, (name, ink, ground)
        for drawn in ("fill", "heat", "broken"):
            assert contrast(palette[drawn], palette[ground]) >= 3, (name, drawn, ground)
