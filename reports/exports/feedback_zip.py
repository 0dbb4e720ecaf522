"""The archive by which a platform hands each student their page: the page, under a name that it knows again.

Both go by numbers in the name. Canvas takes `smithbob_340934_208490284_feedback.html` for a comment on the
file that was handed in under these numbers; Moodle takes what lies in `Bob Smith_123_assignsubmission_file_/`
for a feedback file of participant 123.
"""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from grader.intake.platforms import Named, Platform
from grader.record import Record, RunInfo
from reports.exports import ExportError
from reports.handed_in import names_of
from reports.pages import feedback_page
from reports.summary import known_score
from reports.text import inert, some

PAGE = "feedback.html"
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip knows: the same pages give the same archive
_READABLE = 0o100644 << 16
_UNIX = 3
_LEADING_ASTRAY = re.compile(r'[\\/:*?"<>|]')  # on one system or another
_LONGEST = 240  # bytes of a name


@dataclass(frozen=True)
class Published:
    """How many pages are in the archive; students whose submission has no name of the platform's.

    `twice` have a name that somebody before them has: the platform takes both for one student. Of those in it
    `unknown` have a page without points, since something went wrong on our side.
    """

    pages: int
    unnamed: tuple[str, ...]
    twice: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def write_zip(file: BinaryIO, info: RunInfo, records: Iterable[Record], platform: Platform) -> Published:
    """Write each student's feedback page into the archive, one after the other, in the order of the records.

    Raises ExportError where no submission has a name of the platform's.
    """
    taken: set[str] = set()
    unnamed: list[str] = []
    twice: list[str] = []
    unknown: list[str] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            place = _place(record, platform)
            if place is None:
                unnamed.append(record.student)
            elif place in taken:
                twice.append(record.student)
            else:
                taken.add(place)
                archive.writestr(_entry(place), feedback_page(info, record).encode("utf-8"))
                if known_score(record) is None:
                    unknown.append(record.student)
    if not taken:
        told = f": {some(unnamed)}" if unnamed else ""
        raise ExportError(
            f"no submission has the name that {platform.capitalize()} gives to a download, by which it would "
            f"know whose page is whose; grade the download as it came{told}"
        )
    return Published(len(taken), tuple(unnamed), tuple(twice), tuple(unknown))


def _place(record: Record, platform: Platform) -> str | None:
    """The name in the archive by which the platform knows the student; None where there is none."""
    names = (name for name in names_of(record) if name.platform == platform and name.prefix)
    name = next(names, None)
    return None if name is None else _name(name)


def _name(name: Named) -> str | None:
    """Its numbers as they are, and of the student's name nothing that could lead anywhere."""
    prefix = _LEADING_ASTRAY.sub("-", inert(name.prefix))
    if len(prefix.encode()) > _LONGEST:
        return None
    return f"{prefix}/{PAGE}" if name.platform == "moodle" else f"{prefix}{PAGE}"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = _READABLE
    return entry
