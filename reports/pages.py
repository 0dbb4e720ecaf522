"""The HTML pages: templates that escape whatever they show, and a policy under which nothing else can run."""

import base64
import functools
import hashlib
import logging
import re
from collections.abc import Collection, Sequence
from importlib import resources
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from grader.record import Record, RunInfo, Status
from reports import text
from reports.feedback import for_student
from reports.summary import Summary
from reports.views import view
from suites.types import Verdict

# symbol, kind: the kind chooses the colour, the symbol and the word carry the meaning without it
_MARKS = {
    Verdict.PASS: ("✓", "good"),
    Verdict.FAIL: ("✗", "bad"),
    Verdict.ERROR: ("!", "bad"),
    Verdict.TIMEOUT: ("!", "bad"),
    Verdict.MEMORY: ("!", "bad"),
    Verdict.OUTPUT: ("!", "bad"),
    Verdict.CRASH: ("!", "bad"),
    Verdict.PROTOCOL: ("!", "bad"),
    Verdict.MISSING: ("○", "bad"),
    Verdict.SKIPPED: ("–", "mute"),
    Verdict.INCONCLUSIVE: ("?", "warn"),
    Verdict.INFRASTRUCTURE: ("△", "warn"),
    Status.GRADED: ("✓", "mute"),
    Status.PARTIAL: ("?", "warn"),
    Status.PENDING: ("…", "warn"),
    Status.UNREADABLE: ("✗", "bad"),
    Status.INFRASTRUCTURE: ("△", "warn"),
}


def class_page(info: RunInfo, summary: Summary) -> str:
    """`report/index.html`, for the instructor."""
    # Where a folder for caches is missing, Matplotlib makes one, and says so when it is imported: no matter.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from reports import plots

    return page(
        "class.html",
        script="table.js",
        plots=(
            ("scores", "Scores", plots.scores(summary)),
            ("rates", "All right", plots.rates(summary)),
            ("met", "Most met", plots.mistakes(summary)),
        ),
        info=info,
        summary=summary,
        rows=summary.ordered(),
        unreadable=summary.troubled(Status.UNREADABLE),
        infrastructure=summary.troubled(Status.INFRASTRUCTURE),
    )


def student_page(info: RunInfo, record: Record) -> str:
    """`report/students/SLUG.html`, for the instructor."""
    return _student("student.html", info, record)


def feedback_page(info: RunInfo, record: Record) -> str:
    """`feedback/SLUG.html`, for the student."""
    return _student("feedback.html", info, for_student(record, info.tells))


def _student(template: str, info: RunInfo, record: Record) -> str:
    full = record.max_score
    share = float(record.score / full) if full else 0.0
    return page(template, info=info, record=record, view=view(info, record), share=share)


def page(template: str, /, *, styles: Sequence[str] = ("style.css",), script: str = "", **shown: Any) -> str:
    """A page of ours: a template with our styles and our script in it, and a policy that allows no others."""
    style, code = Markup("").join(map(_source, styles)), _source(script) if script else None
    return _template(template).render(style=style, script=code, policy=_policy(style, code), **shown)


def _policy(style: Markup, script: Markup | None = None) -> Markup:
    """The content security policy: the page's own style, its own script if it has one, and nothing else."""
    rules = ["default-src 'none'", f"style-src {_hash(style)}"]
    if script is not None:
        rules.append(f"script-src {_hash(script)}")
    return Markup("; ".join([*rules, "base-uri 'none'", "form-action 'none'", "img-src data:"]))


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


@functools.cache
def _source(name: str) -> Markup:
    """A file of ours that is put into the page as it is."""
    return Markup((resources.files("reports") / "templates" / name).read_text(encoding="utf-8"))


@functools.cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {
        "block": _block,
        "sentence": _sentence,
        "brief": _brief,
        "anchor": lambda value: quote(value, safe=""),
        "points": text.points,
        "percent": text.percent,
        "duration": text.duration,
        "memory": text.memory,
        "when": text.when,
    }
    environment.globals |= {
        "mark": _MARKS.__getitem__,
        "points_of": text.points_of,
    }
    return environment


def _shown(value: Any) -> Any:
    """Whatever a template prints: one inert line, unless a template of ours made it."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):  # a verdict is text too
        return text.inert(str(value))
    return value


def _brief(value: str, most: int = 64) -> str:
    """One line among many: its beginning."""
    return value if len(value) <= most else text.inert(value[: most - 1]) + "…"


def _sentence(value: str, names: Collection[str] = ()) -> str:
    """The words with a capital and a full stop."""
    return text.capital(value, names) + ("" if value.endswith((".", "?", "!", "…")) else ".")


def _block(value: str) -> Markup:
    """Several lines, for a <pre>; runs of blank lines are kept short."""
    shown = text.inert(value, text.BLOCK, lines=True)
    return escape(re.sub(r"\n{4,}", "\n\n\n", shown))
