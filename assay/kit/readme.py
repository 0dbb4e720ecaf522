"""The page on top of a student kit: what is in it, and how to check oneself."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from assay.checked import only_when_graded
from assay.kit.sealed import Kit
from reports.text import inert

_WIDTH = 90


def readme(kit: Kit, starter: Sequence[str]) -> str:
    """The text; `starter` are the paths of what students start from."""
    checks = bool(kit.plan.parts)
    rows = [("handout.md", "what is asked")]
    rows += [(inert(name), "what you start from") for name in starter]
    rows += [("check.pyz", "says how far your work is right")] if checks else []
    width = max(len(name) for name, _ in rows)
    listed = [f"    {name:<{width}}  {what}" for name, what in rows]
    return (
        "\n".join([inert(kit.plan.title), "", *listed, "", *(_checking(kit) if checks else _unchecked())])
        + "\n"
    )


def _checking(kit: Kit) -> list[str]:
    part = kit.plan.parts[0].name
    name = f'"{part}"' if " " in part else part
    later = only_when_graded(sum(kit.hidden.values()), kit.ungiven.values())
    return [
        "Check yourself in this folder, as often as you like:",
        "",
        "    python check.pyz",
        f"    python check.pyz --part {name}",
        "    python check.pyz --help",
        "",
        *_wrapped(
            "It needs Python 3.9 or newer, which may be called `python3`, and NumPy, on Linux or macOS (on "
            "Windows: in WSL). It asks your code as grading does, in a process of its own, and says what is "
            "right, what is off, and what to think about. Where the handout says `assay check`, this does it."
        ),
        *(["", *_wrapped(f"{later[:1].upper()}{later[1:]}.")] if later else []),
        "",
        *_wrapped("Your code runs on your machine with your rights: check your own."),
    ]


def _unchecked() -> list[str]:
    return _wrapped(
        "There is no check.pyz: what is asked here cannot be checked by numbers alone. It is checked when it "
        "is graded. `assay check` and `assay data`, if the handout names them, need Assay to be installed."
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False)
