"""The far end of the wire: loads a submission and answers calls. It runs beside the student's code.

Nothing here is trusted and nothing here defends itself: once the submission is imported it may change
anything in this process. All that it can change is what it answers. No expected value ever comes here.

A LOAD is `{"files": {path: source}, "main": path, "reply_bytes": int}`, answered by READY or FAILED. An ASK
is one call `(index, do, args, results, echo, seed)`, as `suites.types.Call` has it, answered as soon as it
ends by a REPLY `(index, values, echoed)` or a FAILED `{"i", "verdict", "cause", "text"}`. Among args, values
and echoed a value stands in a tuple of its own; a bare str is the name of something kept, or the reason why
a value cannot cross. The calls of one question follow each other without waiting, from index 0 on; what they
keep lives until the next question.
"""

from __future__ import annotations

import importlib
import linecache
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np

from grader import wire

CHUNK = 1 << 18
MAX_TEXT = 4000
MAX_CAUSE = 200
FIRST_FRAMES, LAST_FRAMES = 4, 12  # of a traceback: a runaway recursion has a thousand
HOME = "submission"  # the package in which relative imports of a submission without folders are resolved


class Stream(Protocol):
    """What `serve` needs of a socket."""

    def recv(self, count: int, /) -> bytes: ...

    def sendall(self, data: bytes, /) -> None: ...


class Bounds(NamedTuple):
    """What may go back: one value, and all of a call's."""

    value: wire.Bounds
    reply: wire.Bounds

    @classmethod
    def of(cls, size: int) -> Bounds:
        return cls(replace(wire.VALUE, size=size), replace(wire.REPLY, size=size))


class CallError(Exception):
    """A call without an answer, with its verdict, a clause for people and the text of its traceback."""

    def __init__(self, verdict: str, cause: str, text: str = "") -> None:
        super().__init__(cause)
        self.verdict, self.cause, self.text = verdict, cause, text


def serve(stream: Stream) -> None:
    """Answer frames until the stream ends."""
    inbox = _Inbox(stream)
    loaded: Submission | None = None
    bounds = Bounds(wire.VALUE, wire.REPLY)
    kept: dict[str, Any] = {}
    try:
        while True:
            frame = inbox.frame()
            if frame is None:
                return
            header, request = frame
            if header.kind == wire.LOAD:
                loaded = Submission(request["files"], request["main"])
                bounds = Bounds.of(request["reply_bytes"])
                _load(stream, header, loaded)
            elif header.kind == wire.ASK and loaded is not None:
                _answer(stream, header, loaded, request, kept, bounds)
            else:
                raise wire.WireError("this frame is no request")
    finally:
        if loaded is not None:
            loaded.remove()


class _Inbox:
    """Frames from a stream: many small ones come with one look at it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0

    def frame(self) -> tuple[wire.Header, Any] | None:
        """The next frame, decoded, or None when the stream ends before it does."""
        head = self._take(wire.HEADER_BYTES)
        if head is None:
            return None
        header = wire.unpack_header(head, wire.REQUEST.size)
        body = self._take(header.length)
        if body is None:
            return None
        return header, wire.decode(body, wire.REQUEST)

    def _take(self, count: int) -> bytes | None:
        taken = self._data[self._at : self._at + count]
        self._at += count
        missing = count - len(taken)
        if not missing:
            return taken
        pieces = [taken]
        while missing > 0:
            chunk = self._stream.recv(CHUNK)
            if not chunk:
                return None
            pieces.append(chunk[:missing])
            self._data, self._at = chunk, missing
            missing -= len(chunk)
        return b"".join(pieces)


def _send(stream: Stream, header: wire.Header, kind: int, body: bytes) -> None:
    stream.sendall(wire.pack(kind, header.seq, header.nonce, body))


def _load(stream: Stream, header: wire.Header, submission: Submission) -> None:
    try:
        submission.load()
    except BaseException as error:  # SystemExit too: a submission that leaves is an answer, not an end
        _send(stream, header, wire.FAILED, _failure(-1, error, submission, "while it was imported"))
    else:
        _send(stream, header, wire.READY, wire.encode(None))
    _flush()


# --------------------------------------------------------------------------- calls


def _answer(
    stream: Stream,
    header: wire.Header,
    submission: Submission,
    call: Sequence[Any],
    kept: dict[str, Any],
    bounds: Bounds,
) -> None:
    index, _, _, results, _, _ = call
    if index == 0:
        kept.clear()
    try:
        kind, body = wire.REPLY_TO_CALL, _call(call, submission, kept, bounds)
    except BaseException as error:
        for name in results:
            kept.pop(name, None)  # what an earlier call left under this name is not what was asked for
        kind, body = wire.FAILED, _failure(index, error, submission, "")
    _flush()
    _send(stream, header, kind, body)


def _call(call: Sequence[Any], submission: Submission, kept: dict[str, Any], bounds: Bounds) -> bytes:
    """One call: its values are encoded at once, so that nothing can change them after it has returned."""
    index, do, asked, results, echo, seed = call
    args = [_kept(x, kept) if type(x) is str else x[0] for x in asked]
    function = _function(do, submission, kept)
    _seed(seed)
    returned = function(*args)
    values = []
    for name, value in zip(results, _unpacked(returned, len(results))):
        if name is None:
            values.append(_crossing(value, bounds.value))
        else:
            kept[name] = value
    echoed = [_crossing(args[position], bounds.value) for position in echo]
    try:
        return wire.encode((index, values, echoed), bounds.reply)
    except wire.WireError as error:  # each could cross, but not all of them together
        return wire.encode((index, [str(error)] * len(values), [str(error)] * len(echoed)))


def _function(do: str | Sequence[str], submission: Submission, kept: Mapping[str, Any]) -> Any:
    if isinstance(do, str):
        function = getattr(submission.module, do, None)
        missing = f"there is no function {do}"
    else:
        name, method = do
        owner = _kept(name, kept)
        function = getattr(owner, method, None)
        missing = f"{type(owner).__name__} has no method {method}"
    if not callable(function):
        raise CallError("missing", missing)
    return function


def _kept(name: str, kept: Mapping[str, Any]) -> Any:
    if name not in kept:
        raise CallError("skipped", f"needs {name}, which an earlier call did not leave")
    return kept[name]


def _seed(seed: int) -> None:
    """A call's random numbers depend on its seed alone, wherever in the run it stands."""
    random.seed(seed)
    np.random.seed(seed % (1 << 32))
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)


def _unpacked(returned: Any, count: int) -> Sequence[Any]:
    if count <= 1:
        return (returned,) * count
    if not issubclass(type(returned), (tuple, list)):
        what = "None" if returned is None else f"one {type(returned).__name__}"
        raise CallError("error", f"returned {what}, {count} values expected")
    if len(returned) != count:
        values = "1 value" if len(returned) == 1 else f"{len(returned)} values"
        raise CallError("error", f"returned {values}, {count} expected")
    return tuple(returned)


def _crossing(value: Any, bounds: wire.Bounds) -> Any:
    """A value on its way, or the reason why it stays behind: one odd value must not cost the others."""
    try:
        return (wire.prepare(value, bounds),)
    except wire.WireError as error:
        return str(error)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # the submission may have put anything there
            continue


# --------------------------------------------------------------------------- failures


def _failure(index: int, error: BaseException, submission: Submission, when: str) -> bytes:
    if type(error) is CallError:
        verdict, cause, text = error.verdict, error.cause, error.text
    else:
        verdict = "memory" if isinstance(error, MemoryError) else "error"
        try:
            cause, text = _cause(error, when), _text(error, submission)
        except BaseException:  # an exception is the student's object too
            cause, text = "raised an exception that cannot be read", ""
    body = {"i": index, "verdict": verdict, "cause": cause[:MAX_CAUSE], "text": text[:MAX_TEXT]}
    return wire.encode(body)


def _cause(error: BaseException, when: str) -> str:
    """One clause: what was raised."""
    after = f" {when}" if when else ""
    if isinstance(error, MemoryError):
        return "ran out of memory" + after
    if isinstance(error, SystemExit):
        return "called sys.exit()" + after
    if when and isinstance(error, SyntaxError) and isinstance(error.lineno, int):
        return f"syntax error in line {error.lineno}"
    message = _message(error).split("\n")[0]
    if isinstance(error, AttributeError) and message.startswith("module 'numpy' has no attribute"):
        return f"needs another version of NumPy: {message}"
    return f"raised {type(error).__name__}{after}: {message}" if message else f"raised {type(error).__name__}"


def _message(error: BaseException) -> str:
    try:
        message = str(error)
        return message[:MAX_TEXT] if type(message) is str else ""
    except BaseException:  # its own __str__ may raise, or leave
        return "(its message could not be read)"


def _text(error: BaseException, submission: Submission) -> str:
    """The traceback of the submission's own lines."""
    lines = _frames(error, submission)
    if isinstance(error, SyntaxError) and error.filename in submission.files:
        source = (error.text or "").strip()[:MAX_CAUSE]
        lines.append(f'  File "{error.filename}", line {error.lineno}\n    {source}')
    text = "\n".join(lines)[: MAX_TEXT // 2] + "\n" if lines else ""
    return f"{text}{type(error).__name__}: {_message(error)}"


def _frames(error: BaseException, submission: Submission) -> list[str]:
    places = []
    step = error.__traceback__
    while step is not None:
        code: CodeType = step.tb_frame.f_code
        if code.co_filename in submission.files:
            places.append((code.co_filename, step.tb_lineno, code.co_name))
        step = step.tb_next
    skipped = len(places) - FIRST_FRAMES - LAST_FRAMES
    lines = []
    for number, (path, line, name) in enumerate(places):
        if skipped > 0 and FIRST_FRAMES <= number < FIRST_FRAMES + skipped:
            if number == FIRST_FRAMES:
                lines.append(f"  ... {skipped} more")
            continue
        source = linecache.getline(path, line).strip()[:MAX_CAUSE]
        lines.append(f'  File "{path}", line {line}, in {name}\n    {source}')
    return lines


# --------------------------------------------------------------------------- the submission


class Submission(MetaPathFinder, Loader):
    """A submission's files as modules, from memory: nothing is written, no cached bytecode is read.

    It finds a file by its path from the top or from the folder of the main file, after every other finder:
    a student's numpy.py or random.py shadows nothing.
    """

    def __init__(self, files: Mapping[str, str], main: str) -> None:
        self.files = dict(files)
        self.main = main
        folder, slash, _ = main.rpartition("/")
        self.roots = tuple(dict.fromkeys(["", folder + slash]))
        self.module: ModuleType | None = None
        self.names: list[str] = []  # what to take out of sys.modules again

    def load(self) -> None:
        """Run the main file as a module."""
        self._forget_others()
        sys.meta_path.append(self)
        for path, source in self.files.items():
            linecache.cache[path] = (len(source), None, source.splitlines(True), path)
        *folders, file = self.main.split("/")
        stem = file[:-3] if file.endswith(".py") else file
        if folders and all(part.isidentifier() for part in folders):
            package = ".".join(folders)
            importlib.import_module(package)
            stem = f"{package}.{stem}"
        else:
            package = HOME
        module = ModuleType(HOME + "_main" if stem in sys.modules else stem)
        module.__file__ = self.main
        module.__package__ = package
        sys.modules[module.__name__] = module
        self.names.append(module.__name__)
        self.module = module
        exec(compile(self.files[self.main], self.main, "exec", dont_inherit=True), module.__dict__)

    def remove(self) -> None:
        """Take it out again, for a process that goes on (the loopback)."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in self.names:
            sys.modules.pop(name, None)

    def _forget_others(self) -> None:
        for other in [finder for finder in sys.meta_path if isinstance(finder, Submission)]:
            for name in other.names:
                sys.modules.pop(name, None)
            other.names.clear()

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The file or folder of that name, if the submission has one."""
        if fullname == HOME:
            return self._spec(fullname, "", package=True)
        parts = fullname.split(".")
        inner = "/".join(parts[1:] if parts[0] == HOME else parts)
        for root in self.roots:
            stem = root + inner
            if f"{stem}/__init__.py" in self.files:
                return self._spec(fullname, f"{stem}/__init__.py", package=True)
            if f"{stem}.py" in self.files:
                return self._spec(fullname, f"{stem}.py", package=False)
            if any(file.startswith(f"{stem}/") for file in self.files):
                return self._spec(fullname, "", package=True)
        return None

    def _spec(self, name: str, path: str, package: bool) -> ModuleSpec:
        spec = ModuleSpec(name, self, origin=path or None, is_package=package)
        if package:
            spec.submodule_search_locations = [f"<{HOME}>"]  # no folder on the disk: ours is the finder
        self.names.append(name)
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """The usual module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the file; a folder without an __init__.py is an empty package."""
        path = module.__spec__.origin if module.__spec__ else None
        if path:
            module.__file__ = path
            exec(compile(self.files[path], path, "exec", dont_inherit=True), module.__dict__)
