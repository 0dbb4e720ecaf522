"""How Canvas and Moodle name what they let an instructor download: whose it is, and what it was called."""

import re
from dataclasses import dataclass
from typing import Literal

Platform = Literal["canvas", "moodle"]
PLATFORMS: tuple[Platform, ...] = ("moodle", "canvas")  # what could be either's is rather Moodle's

# smithbob_340934_208490284_batchnorm.py; batchnorm-1.py where it was handed in again. What is entered on a
# page of Canvas is no file and has no number of its own: smithbob_340934_text.html.
_CANVAS = re.compile(
    r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_"
    r"(?:(?P<file>\d+)_|(?=(?:text|link)\.html\Z))(?P<original>.+)",
    re.ASCII | re.DOTALL,
)
# Bob Smith_1234567_assignsubmission_file_: a folder, or in front of a file's own name
_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<original>.*)",
    re.ASCII | re.DOTALL,
)
_AGAIN = re.compile(r"-(\d+)(?=(\.[A-Za-z]+)+\Z)", re.ASCII)


@dataclass(frozen=True)
class Named:
    """What the name of one downloaded file or folder says. All of it is untrusted text.

    name      the student's, as the platform writes it; names of two people may be the same.
    number    the platform's: of the user (Canvas) or the participant (Moodle).
    prefix    what the name of feedback begins with, so that the platform hands it back to this student; empty
              for what was no file, by which Canvas knows nobody.
    original  what the student called the file, without what Canvas adds to one that is handed in again;
              empty for a folder.
    again     the number that Canvas adds to it: the higher, the later.
    """

    platform: Platform
    name: str
    number: str
    prefix: str
    original: str
    late: bool = False
    again: int = 0

    @property
    def student(self) -> str:
        """Our id of the student: the name for people, the number for who has a namesake."""
        return f"{self.name}_{self.number}"


def named(name: str, platform: Platform | None = None) -> Named | None:
    """What a platform's name says; None for a name of any other kind.

    Where the `platform` is known it goes by that: a student of Canvas may end a name as Moodle would.
    """
    if platform != "canvas" and (found := _MOODLE.fullmatch(name)):
        prefix = name[: found.start("kind")] + "file_"
        return Named("moodle", found["name"], found["number"], prefix, found["original"])
    if platform != "moodle" and (found := _CANVAS.fullmatch(name)):
        again = _AGAIN.search(found["original"])
        return Named(
            "canvas",
            found["name"],
            found["number"],
            prefix=name[: found.start("original")] if found["file"] else "",
            original=_AGAIN.sub("", found["original"]),
            late=bool(found["late"]),
            again=int(again[1]) if again else 0,
        )
    return None
