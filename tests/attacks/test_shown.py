"""Hostile text on its way through a whole run, into every file and the terminal (row H)."""

import ast
import csv
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assay.exporting import export
from grader.store import Store

from .canaries import TEXTS
from .handed_in import HERE, source_of

NAMES = [text for text in TEXTS if len(text) < 200 and not set("/\0") & set(text) and text.isprintable()]
NAMES += ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r\n::error::x", "\x1b[2J", "a\x9b31m", "\u202egnp", "'=1"]
EXPORTS = ("csv", "json", "junit", "gradescope", "parquet")
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff]")


@dataclass(frozen=True)
class Shown:
    run: Path
    said: str


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A class of hostile names, each of which prints, raises and is called what is dangerous to show."""
    folder = tmp_path_factory.mktemp("shown")
    for number, name in enumerate(NAMES):
        home = folder / "class" / name
        home.mkdir(parents=True)
        (home / "target.py").write_text(source_of("h_hostile_text") + f"\n# {number}\n", encoding="utf-8")
        (home / "lab.py").write_text("def untouched(x):\n    return 2 * x\n")
        (home / "facts.py").write_text(f"FACTS = { ({'texts': TEXTS})!r}\n")
        (home / f"{TEXTS[0].replace('/', '')}.txt").write_text("left out, and named in a note")
    grading = ["grade", str(HERE / "target"), "class", "--out", "run"]
    said = assay(folder, *grading, "--sandbox", "process", "--i-trust-these-submissions")
    for form in EXPORTS:
        export(folder / "run", form)
    return Shown(folder / "run", said)


def assay(folder: Path, *args: str) -> str:
    """What a command says that ends well."""
    command = [sys.executable, "-m", "assay", *args]
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return (done.stdout + done.stderr).decode("utf-8")


def strictly(path: Path) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{path} holds {constant}")

    return json.loads(path.read_bytes().decode("ascii"), parse_constant=refuse)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def test_every_name_is_graded(shown: Shown) -> None:
    with Store(shown.run / "results.sqlite", create=False) as store:
        records = list(store.latest())
    assert len(records) == len(NAMES)
    for record in records:
        assert record.score == Fraction(4)
        assert "<script>alert(1)</script>" in record.printed  # kept as it was, made inert where it is shown


def test_the_terminal_hears_nothing_of_it(shown: Shown) -> None:  # H3, H6
    assert UNSAFE.search(shown.said) is None
    assert "alert" not in shown.said
    assert "::error" not in shown.said


def test_text_is_inert_in_every_file(shown: Shown) -> None:  # H3, H5, H8
    files = [path for path in shown.run.rglob("*") if path.suffix in (".html", ".json", ".csv", ".xml")]
    assert len(files) > 4 * len(NAMES)
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert UNSAFE.search(text) is None, path
        assert len(text) < 2_000_000, path
        assert re.search("[\u0300-\u036f]{6}", text) is None, path


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(sorted(name for name, _ in attrs))))


def test_no_element_comes_from_a_submission(shown: Shown) -> None:  # H1, H2
    for folder in ("report/students", "feedback"):
        pages = [path.read_text(encoding="utf-8") for path in sorted((shown.run / folder).iterdir())]
        elements = {tuple(Elements(text).seen) for text in pages}
        assert len(elements) == 1  # whatever the name, the page is built alike
        assert not {"script", "iframe", "object"} & {tag for tag, _ in elements.pop()}
        assert all("default-src 'none'" in text for text in pages)
    shown_as_it_is = "{{7*7}} {% raw %} {0.__class__} ${7*7} $(id) `id`"
    assert all(shown_as_it_is in path.read_text() for path in (shown.run / "report/students").iterdir())


def test_a_spreadsheet_runs_nothing(shown: Shown) -> None:  # H4
    with open(shown.run / "gradebook.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == len(NAMES)
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        for column in ("student", "submission", "feedback", "reason"):
            assert re.match(r"[\s\"]*[=+\-@\t\r]", cells[column]) is None, cells[column]
        assert [float(cells[column]) for column in header[3:-2]] == [4, 8, 0, 4]


def test_json_is_strict_and_bounded(shown: Shown) -> None:  # H5
    for path in shown.run.rglob("*.json"):
        assert all(len(text) < 21_000 and UNSAFE.search(text) is None for text in texts(strictly(path))), path


def test_xml_is_built_alike_for_everybody(shown: Shown) -> None:  # H9
    suites = ET.parse(shown.run / "export" / "junit.xml").getroot()
    assert len(suites) == len(NAMES)
    built = {tuple((each.tag, tuple(each.attrib)) for each in suite.iter()) for suite in suites}
    assert len(built) == 1


def test_a_table_of_types_holds_inert_text(shown: Shown) -> None:  # H3
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = parquet.read_table(shown.run / "export" / "findings.parquet")
    assert len({row["slug"] for row in table.to_pylist()}) == len(NAMES)
    assert not [text for text in texts(table.to_pylist()) if UNSAFE.search(text)]


def test_in_a_receipt_it_is_text_and_no_code(shown: Shown) -> None:  # H1, H3
    folder = shown.run.parent
    with Store(shown.run / "results.sqlite", create=False) as store:
        student = next(record.student for record in store.latest())
    named = ["--assignment", str(HERE / "target"), "--out", "receipt.py"]
    assert UNSAFE.search(assay(folder, "receipt", "run", *named, "--", student, "1.1")) is None
    source = (folder / "receipt.py").read_text(encoding="utf-8")
    assert UNSAFE.search(source) is None
    tree = ast.parse(source)
    assert "<script>alert(1)</script>" in (ast.get_docstring(tree) or "")
    del tree.body[0]
    assert "alert" not in ast.unparse(tree)


def test_links_are_encoded(shown: Shown) -> None:  # H7
    index = (shown.run / "report" / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(students/[^"]*)"', index)
    assert len(set(links)) == len(NAMES)
    assert all(re.fullmatch(r"students/[a-z0-9-]+\.html", link) for link in links)


def test_a_browser_runs_nothing_of_it(shown: Shown, page: Any, events: list[str]) -> None:
    for path in [shown.run / "report" / "index.html", *(shown.run / "report" / "students").iterdir()]:
        page.goto(path.as_uri())
    assert events == []
