"""File names that we make for students: safe on every file system, in a link and in a shell, and unique."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

LONGEST = 48
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    "index",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}


_NONE: Mapping[str, str] = MappingProxyType({})


def slugs(students: Iterable[str], given: Mapping[str, str] = _NONE) -> dict[str, str]:
    """A slug for each student id; who was `given` one before keeps it, and nobody else gets it.

    An id that is its own slug keeps it, so that nobody's slug depends on who else hands in; of others that
    would share one, each gets a suffix made from its own id.
    """
    ids = [student for student in dict.fromkeys(students) if student not in given]
    bases = {student: _base(student) for student in ids}
    shared = Counter(bases.values())
    made = dict(given)
    taken = set(given.values())
    for student in sorted(ids, key=lambda s: (s != bases[s], s)):
        base = bases[student]
        plain = base not in _RESERVED and base != "" and (student == base or shared[base] == 1)
        slug = base if plain and base not in taken else _suffixed(base, student, taken)
        made[student] = slug
        taken.add(slug)
    return made


def _base(student: str) -> str:
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST].strip("-")


def _suffixed(base: str, student: str, taken: set[str]) -> str:
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
    for length in range(8, len(digest) + 1):
        slug = f"{base or 'student'}-{digest[:length]}"
        if slug not in taken:
            return slug
    raise AssertionError("two students share a SHA-256")  # pragma: no cover
