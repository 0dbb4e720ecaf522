"""Text of unknown origin made harmless, and numbers made readable. Everything that is shown passes here."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from fractions import Fraction

LINE = 400  # characters of one-line text that are shown
MOST_NAMES = 20  # in one notice
BLOCK = 20_000  # characters of a multi-line text that are shown

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_INVISIBLE = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSAFE_IN_BLOCK = re.compile(rf"[{_CONTROLS}{_INVISIBLE}\ud800-\udfff]")
_UNSAFE_IN_LINE = re.compile(rf"[\t\n{_CONTROLS}{_INVISIBLE}\ud800-\udfff]")
_MARKS = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED_MARKS = re.compile(rf"({_MARKS}{{4}}){_MARKS}+")
_FORMULA = re.compile(r"[\s'\"]*[=+\-@\t\r＝＋－＠]")
_NAMED = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def inert(text: str, limit: int = LINE, *, lines: bool = False) -> str:
    """The text with nothing in it that a terminal, a browser or a reader could be fooled by.

    Controls, bidi marks and invisible characters are spelled out (``\\x1b``), lone surrogates replaced, and
    what is beyond `limit` characters is counted. Newline and tab are kept where there may be several `lines`.
    """
    dropped = len(text) - limit
    if dropped <= 0 and text.isascii() and text.isprintable():
        return text
    if dropped > 0:
        text = text[:limit]
    if lines:
        text = text.replace("\r\n", "\n")
    text = (_UNSAFE_IN_BLOCK if lines else _UNSAFE_IN_LINE).sub(_spelled, text)
    text = _STACKED_MARKS.sub(r"\1", text)
    if dropped > 0:
        text += f"{chr(10) if lines else ' '}… {dropped} characters dropped"
    return text


def some(names: Sequence[str]) -> str:
    """The first of these names, for a terminal, and how many more there are."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(inert(name, 80) for name in names[:MOST_NAMES]) + more


def many(count: int, thing: str, things: str = "") -> str:
    """A count and its noun: "1 submission", "2 submissions"; `things` where the plural has no plain s."""
    return f"{count} {thing if count == 1 else things or thing + 's'}"


def _spelled(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if character in _NAMED:
        return _NAMED[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cell(text: str) -> str:
    """One line for a spreadsheet: never a formula, whatever the text begins with."""
    shown = inert(text)
    return "'" + shown if _FORMULA.match(text) or _FORMULA.match(shown) else shown


def capital(text: str, names: Collection[str] = ()) -> str:
    """The words with a capital, unless they begin with one of the names: dx is not called Dx."""
    return text if text.split(" ", 1)[0] in names else text[:1].upper() + text[1:]


def points(value: Fraction) -> str:
    """At most two decimals: 18/5 is "3.6"."""
    return _decimals(value, ROUND_HALF_EVEN)


def points_of(score: Fraction, full: Fraction) -> str:
    """ "3.6 / 4"; never shows full marks for less than that."""
    shown, most = points(score), points(full)
    if shown == most and score < full:
        shown = _decimals(score, ROUND_DOWN)
    return f"{shown} / {most}"


def _decimals(value: Fraction, rounding: str) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    text = f"{exact.quantize(Decimal('0.01'), rounding=rounding):f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def number(value: Fraction) -> float:
    """Points for JSON."""
    return round(float(value), 6)


def figure(value: Fraction) -> str:
    """Points for another program's table: 18/5 is "3.6", with a point and never an exponent."""
    text = f"{number(value):.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(share: float) -> str:
    """A whole percentage that says 0 % and 100 % only when it is so."""
    whole = round(100 * share)
    if whole == 100 and share < 1:
        whole = 99
    if whole == 0 and share > 0:
        whole = 1
    return f"{whole} %"


def quantity(value: float | None) -> str:
    """A measured number: six significant digits."""
    if value is None:
        return ""
    return f"{value or 0.0:.6g}" if math.isfinite(value) else str(value)  # never "-0"


def pair(one: float | None, other: float | None) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart."""
    shown = quantity(one), quantity(other)
    if shown[0] == shown[1] and one != other and one is not None and other is not None:
        return repr(one), repr(other)
    return shown


def uncertain(value: float, low: float, high: float) -> tuple[str, str]:
    """A value and its interval, both with as many decimals as its error has two digits."""
    half = (high - low) / 2
    decimals = min(max(1 - math.floor(math.log10(half)), 0), 6) if half > 0 else 3
    shown = [f"{number:.{decimals}f}".replace("-", "−") for number in (value, low, high)]
    return shown[0], f"{shown[1]} – {shown[2]}"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.3g} min"


def memory(amount: int) -> str:
    """Bytes as MiB."""
    return f"{amount / 2**20:.0f} MiB"


def when(stamp: str) -> str:
    """An ISO 8601 time of ours as people read it; anything else as it stands."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|\+00:00)?", stamp)
    return f"{match[1]} {match[2]}{' UTC' if match[3] else ''}" if match else stamp
