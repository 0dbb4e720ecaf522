"""What was proved before, by the content it was proved of. A line a task: a cut-off file still reads."""

import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self


def digest(*parts: object) -> str:
    """The key of what is made of these parts."""
    hashed = hashlib.sha256()
    for part in parts:
        text = repr(part).encode("utf-8", "backslashreplace")
        hashed.update(f"{len(text)}\n".encode() + text)
    return hashed.hexdigest()


def default_place(folder: Path) -> Path:
    """The cache file of an assignment, under the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "assay" / "validate" / f"{folder.name}-{digest(str(folder))[:12]}.jsonl"


class Cache:
    """Results by key. A context manager; a full end forgets what was not asked for."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Any] = {}
        self._used: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            lines = []
        for line in lines:
            try:
                key, result = json.loads(line)
            except ValueError:  # cut off while it was written
                continue
            self._known[key] = result
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._file.open("a", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        if kind is None and self._used != self._known:
            fresh = self._file.with_suffix(".new")
            fresh.write_text("".join(map(_line, self._used.items())), encoding="utf-8")
            fresh.replace(self._file)

    def get(self, key: str) -> Any:
        """The result under a key, or None."""
        result = self._known.get(key)
        if result is not None:
            self._used[key] = result
        return result

    def put(self, key: str, result: Any) -> None:
        """Keep a result, at once."""
        self._known[key] = self._used[key] = result
        self._stream.write("\n" + _line((key, result)))  # after a line that may be cut off
        self._stream.flush()


def _line(item: tuple[str, Any]) -> str:
    return json.dumps(item) + "\n"
