"""Refresh the generated tables of a handout: `python -m assignments refresh batchnorm`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from assignments import find, load
from suites import AuthoringError
from suites.handout import refresh


def main(arguments: Sequence[str]) -> int:
    """Rewrite handout.md of each named assignment; say what was done."""
    if len(arguments) < 2 or arguments[0] != "refresh":
        print("usage: python -m assignments refresh ASSIGNMENT...", file=sys.stderr)
        return 2
    try:
        for name in arguments[1:]:
            handout = find(name) / "handout.md"
            text = handout.read_text(encoding="utf-8")
            handout.write_text(refresh(text, load(name)), encoding="utf-8")
            print(f"refreshed {handout}")
    except (AuthoringError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
