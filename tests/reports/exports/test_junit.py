"""JUnit's XML, parsed back: counts, outcomes, hostile text, and nothing hidden."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.record import Record, RunInfo, Status
from reports.exports.junit import junit
from suites.types import Verdict


def parsed(info: RunInfo, records: list[Record]) -> ET.Element:
    return ET.fromstring("".join(junit(info, records)).encode("utf-8"))


@pytest.fixture(scope="module")
def suites(info: RunInfo, records: list[Record]) -> dict[str, ET.Element]:
    found = parsed(info, records).findall("testsuite")
    assert len(found) == len(records)
    return {record.slug: suite for record, suite in zip(records, found, strict=True)}


def test_the_counts_are_those_of_the_cases(suites: dict[str, ET.Element], records: list[Record]) -> None:
    for record in records:
        suite = suites[record.slug]
        cases = suite.findall("testcase")
        ungraded = record.status in (Status.UNREADABLE, Status.INFRASTRUCTURE)
        assert len(cases) == len(record.findings) + ungraded
        assert int(suite.attrib["tests"]) == len(cases)
        for name, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.attrib[count]) == sum(case.find(name) is not None for case in cases)


def outcomes(suite: ET.Element) -> dict[str, str]:
    return {case.attrib["name"]: case[0].tag if len(case) else "" for case in suite.findall("testcase")}


def test_each_verdict_is_what_ci_calls_it(suites: dict[str, ET.Element]) -> None:
    assert set(outcomes(suites["ada"]).values()) == {""}
    assert outcomes(suites["carl"])["dx (ordinary, gradient)"] == "failure"
    grace = outcomes(suites["grace"])
    assert grace["out (ordinary, agreement)"] == "error"
    assert grace["dx (ordinary, gradient)"] == "skipped"
    assert outcomes(suites["john"])["dx (ordinary, gradient)"] == "error"
    assert outcomes(suites["blaise"]) == {"submission": "failure"}
    assert outcomes(suites["rosa"]) == {"submission": "error"}


def test_what_costs_points_has_not_passed(info: RunInfo, records: list[Record]) -> None:
    ada = records[0]
    first, second, *_ = ada.findings
    for credit, points, tag in ((Fraction(1, 2), Fraction(2), "failure"), (Fraction(0), Fraction(0), "")):
        found = replace(first, credit=credit, points=points)
        suite = parsed(info, [replace(ada, findings=(found, second))])[0]
        assert list(outcomes(suite).values()) == [tag, ""]


def test_a_score_that_is_not_known_is_empty(suites: dict[str, ET.Element]) -> None:
    def score(slug: str) -> str:
        return suites[slug].findall("properties/property")[2].attrib["value"]

    assert (score("ada"), score("rosa"), score("blaise")) == ("12", "", "0")


def test_nothing_is_in_it_that_a_student_may_not_see(info: RunInfo, records: list[Record]) -> None:
    text = "".join(junit(info, records))
    assert "SECRET" not in text
    assert "node-7" not in text


@given(st.text(st.characters(), max_size=60))
def test_any_text_gives_xml(text: str) -> None:
    from ..conftest import PARTS, finding, record

    info = RunInfo(*[text] * 11, Fraction(12), PARTS)
    bad = finding("forward", text, 4, verdict=Verdict.ERROR)
    bad = replace(bad, part=text, cause=text, notes=(text,))
    root = parsed(
        info, [replace(record(text, (bad,)), submission=text, status=Status.UNREADABLE, reason=text)]
    )
    (suite,) = root
    assert suite.attrib["tests"] == "2"
