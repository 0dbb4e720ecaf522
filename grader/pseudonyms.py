"""Who is who on a board, known only to whoever has its key: members, their names, their own pages.

A member is HMAC(key, student): the same student is the same member for as long as the key stays, and without
it nobody can tell who that is, not even by trying all ids of a roster.
"""

import hmac
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from grader.ledger import StoreError
from grader.secret import BYTES, drawn

_WORDS = """
amber arctic ashen azure brave brisk bronze calm cedar civil clear coral dapper dusky early fabled
gentle gilded hazel hidden ivory jolly keen lively lunar maple mellow misty noble olive pearl quiet
badger bison condor crane dingo egret falcon finch gecko heron ibex jackal kestrel koala lemur lynx
magpie marten moose newt ocelot osprey otter panda plover puffin raven robin sable stork tapir walrus
"""


def key_beside(board: Path) -> Path:
    """Where a board's key is kept: it must stay, and stay secret."""
    return board.with_name(f"{board.name}.key")


@dataclass(frozen=True)
class Key:
    """The secret of a board."""

    secret: bytes

    @classmethod
    def drawn_beside(cls, board: Path) -> Self:
        """A new one, kept beside the board."""
        return cls(drawn(key_beside(board)))

    @classmethod
    def beside(cls, board: Path) -> Self:
        """The one that is kept beside the board. Raises StoreError where it is not, or is none."""
        path = key_beside(board)
        try:
            secret = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreError(
                f"the key of the board is not at {path}; put it back from where it is kept"
            ) from error
        if len(secret) != BYTES:
            raise StoreError(f"{path} is no key of a board: it must hold {BYTES} bytes")
        return cls(secret)

    @property
    def commitment(self) -> str:
        """By which a board knows its key."""
        return sha256(b"board " + self.secret).hexdigest()

    def member(self, student: str) -> str:
        """The member that a student is; the same however the id's accents are composed."""
        return self._hex(f"member {unicodedata.normalize('NFC', student).strip()}")

    def page(self, member: str) -> str:
        """The name of the page that only this member is told of."""
        return self._hex(f"page {member}")

    def _hex(self, text: str) -> str:
        return hmac.new(self.secret, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:32]


def pseudonym(member: str) -> str:
    """The name of a member who has chosen none: two words and four digits, such as quiet-otter-3f9c."""
    words, number = _WORDS.split(), int(member[:8], 16)
    return f"{words[number % 32]}-{words[32 + number // 32 % 32]}-{member[8:12]}"
