"""The Student: sandboxes one after the other, until every call has its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from types import TracebackType

from grader import wire
from grader.sandbox.types import Exit, Launcher, Limits
from grader.student.callbacks import Answers, runs
from grader.student.ends import MAX_CAUSE, BrokenError, autopsy
from grader.student.line import Line, Paper
from grader.student.replies import Chain, Question, answer, calls_of, failed, functions_of, request
from grader.student.slices import Slices
from suites.function import Function
from suites.types import Answer, Call, Failure, Verdict

USUAL = Limits()


class SandboxStudent:
    """A submission behind a launcher. A context manager: its end ends the sandbox.

    printed        the first of what it printed, at most limits.printed_kept bytes; `dropped` counts the rest.
    cpu_s          CPU time of all its sandboxes that have ended; max_rss_bytes is their largest.
    deaths         how many of its sandboxes ended before they had answered.
    """

    def __init__(
        self, launcher: Launcher, files: Mapping[str, str], main: str, limits: Limits = USUAL
    ) -> None:
        self._launcher = launcher
        self._load = wire.prepare(
            {"files": dict(files), "main": main, "reply_bytes": limits.reply_bytes}, wire.REQUEST
        )
        self._limits = limits
        self._line: Line | None = None
        self._over: Failure | None = None  # why nothing is asked any more
        self._fatal: dict[str, list[Failure]] = {}  # how functions ended sandboxes, by name
        self._asked_s = 0.0
        self._waited_s = 0.0  # for sandboxes to open, and in pauses
        self._deadline = 0.0  # of the question that is being asked, by the limit of the whole submission
        self._slices: Slices | None = None
        self._paper = Paper(limits)
        self.cpu_s = 0.0
        self.max_rss_bytes = 0
        self.deaths = 0

    @property
    def printed(self) -> bytes:
        """What the submission printed, cut at the limit."""
        return bytes(self._paper.kept)

    @property
    def dropped(self) -> int:
        """How many bytes it printed beyond that."""
        return self._paper.total - len(self._paper.kept)

    def __enter__(self) -> SandboxStudent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox, if one is open."""
        if self._line is not None:
            self._bury()

    def ask(self, *calls: Call) -> list[Answer]:
        """One answer a call, in order, whatever happens."""
        return self._ask(calls)

    def chain(self, *calls: Call) -> Answer:
        """One answer to all: what they send back, in order, or the failure of the first that fails."""
        (answer,) = self._ask((Chain(calls),))
        return answer

    def _ask(self, questions: Sequence[Question]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        started = time.monotonic()
        self._deadline = started + self._limits.total_s - self._asked_s
        waited = self._waited_s
        try:
            while len(answers) < len(questions):
                left = [i for i in range(len(questions)) if i not in answers]
                answers.update({i: known for i in left if (known := self._known(questions[i])) is not None})
                left = [i for i in left if i not in answers]
                some = self._ask_some([questions[i] for i in left]) if left else []
                answers.update(zip(left, some))
        except BaseException:
            self.close()  # whatever is still on its way answers nothing that will be asked next
            raise
        finally:
            self._asked_s += time.monotonic() - started - (self._waited_s - waited)
        return [answers[i] for i in range(len(questions))]

    def cpu_ns(self) -> int:
        """CPU time of all its sandboxes so far, the open one included. OSError where it cannot be read."""
        running = self._line.sandbox.cpu_ns() if self._line is not None else 0
        return round(1e9 * self.cpu_s) + running

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Its sandbox stopped while the context lasts. OSError where it cannot be."""
        with self._line.sandbox.frozen() if self._line is not None else nullcontext():
            yield

    @contextmanager
    def sliced(self, every_s: float, pause: Callable[[], None]) -> Iterator[None]:
        """While the context lasts, `pause` is called each time that so much has passed, in mid-answer.

        How long it takes counts for no limit. Where stopping it takes long, it is never called.
        """

        def ours() -> None:
            with self._on_our_time():
                pause()

        self._slices = Slices(every_s, ours) if self._launcher.stops_at_once else None
        try:
            yield
        finally:
            self._slices = None

    def _known(self, question: Question) -> Failure | None:
        """The answer to what need not be asked: nothing works, or its function has ended enough."""
        if self._over is not None:
            return self._over
        ends = self._fatal.get(function_of(question), [])
        return ends[-1] if ends and len(ends) >= self._limits.deaths else None

    def _ask_some(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask in one sandbox: the answers until all are there, or until it died, the failure included."""
        answers: list[Answer] = []
        try:
            if self._ready():
                self._converse(questions, answers)
        except OSError as error:
            self.close()
            failure = Failure(Verdict.INFRASTRUCTURE, f"the sandbox failed: {error}"[:MAX_CAUSE])
            answers += [failure] * (len(questions) - len(answers))
        return answers

    def _ready(self) -> bool:
        """Whether there is a loaded submission to ask; if not, `_over` says why."""
        if self._line is not None:
            return True
        line = self._line = self._opened()
        try:
            for kind, value, seconds in line.exchange(wire.LOAD, iter((self._load,)), 1, self._deadline):
                if kind == wire.FAILED:
                    self._over = failed(value, -1, seconds)
        except BrokenError as broken:
            self._over = self._died(broken, " while it was imported")
        else:
            if self._over is not None:
                self._bury()
        return self._over is None

    def _opened(self) -> Line:
        """A sandbox. The time for it is ours: a container on a busy machine must not cost the submission."""
        with self._on_our_time():
            return Line(self._launcher, self._limits, self._paper)

    @contextmanager
    def _on_our_time(self) -> Iterator[None]:
        started = time.monotonic()
        yield
        waited = time.monotonic() - started
        self._waited_s += waited
        self._deadline += waited

    def _converse(self, questions: Sequence[Question], answers: list[Answer]) -> None:
        given = [functions_of(question) for question in questions]
        try:
            for run in runs(given):
                self._exchange(questions, run, given[run.start], answers)
        except BrokenError as broken:
            failure = self._died(broken)
            if broken.late:  # what follows the last answer discredits it
                answers.pop()
            self._fatal.setdefault(function_of(questions[len(answers)]), []).append(failure)
            answers.append(failure)
            if broken.whole:
                self._over = failure

    def _exchange(
        self, questions: Sequence[Question], run: range, given: Sequence[Function], answers: list[Answer]
    ) -> None:
        """Ask a run of them, numbered as in the whole: at 0 the far side lets go of what it keeps."""
        line = self._line
        assert line is not None
        callbacks = Answers(given, self._limits.callbacks) if given else None
        requests = (request(index, questions[index]) for index in run)
        replies = line.exchange(wire.ASK, requests, len(run), self._deadline, callbacks, self._slices)
        for index, (kind, value, seconds) in enumerate(replies, run.start):
            answers.append(answer(questions[index], index, kind, value, seconds))

    def _died(self, broken: BrokenError, when: str = "") -> Failure:
        """The failure that a broken line stands for."""
        ended = self._bury(hung_up=broken.ended)
        verdict, cause = broken.verdict, broken.cause
        if broken.ended:
            verdict, cause = autopsy(ended, self._limits)
        if verdict is Verdict.INFRASTRUCTURE:
            raise OSError(cause)
        failure = Failure(verdict, cause + when, seconds=broken.seconds)
        self.deaths += 1
        return failure

    def _bury(self, *, hung_up: bool = False) -> Exit:
        line, self._line = self._line, None
        assert line is not None
        ended = line.close(hung_up=hung_up)
        self.cpu_s += ended.cpu_s
        self.max_rss_bytes = max(self.max_rss_bytes, ended.max_rss_bytes)
        return ended


def function_of(question: Question) -> str:
    """What a question asks first: the name of a function, or of a method."""
    do = calls_of(question)[0].do
    return do if isinstance(do, str) else do[1]
