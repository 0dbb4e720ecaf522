"""The asking side against far ends that lie, hang up, flood and die. The clock and the verdicts are here."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from grader import wire
from grader.sandbox.types import Exit, Limits
from grader.student import SandboxStudent
from suites.types import Call, Failure, Opaque, Ref, Reply, Verdict

ALIVE = Exit(None, 9, True, 0.25, 1000)  # how a sandbox ends that we end
LIMITS = Limits(question_s=5.0, printed_kept=10, printed_max=1000, reply_bytes=1 << 16, deaths=2)


class Far:
    """The far end in a script's hands."""

    def __init__(self, stream: socket.socket, output: int, killed: threading.Event) -> None:
        self.stream = stream
        self.output = output
        self.killed = killed

    def hear(self) -> tuple[wire.Header, Any]:
        header = wire.unpack_header(self._exactly(wire.HEADER_BYTES), wire.REQUEST.size)
        return header, wire.decode(self._exactly(header.length), wire.REQUEST)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.stream.recv(count - len(data))
            if not chunk:
                raise ConnectionError
            data += chunk
        return data

    def say(self, header: wire.Header, kind: int, value: Any) -> None:
        self.stream.sendall(wire.pack(kind, header.seq, header.nonce, wire.encode(value)))

    def loaded(self) -> None:
        self.say(self.hear()[0], wire.READY, None)

    def answers(self, *values: Any) -> None:
        for index, value in enumerate(values):
            self.say(self.hear()[0], wire.REPLY_TO_CALL, (index, [(value,)], []))

    def until_the_end(self) -> None:
        self._exactly(1 << 30)


Script = Callable[[Far], None]


class Box:
    """A sandbox that plays a script in a thread and ends as it is told."""

    def __init__(self, script: Script, exit: Exit) -> None:
        self.data, far = socket.socketpair()
        self.output, printed = os.pipe()
        self._exit = exit
        self._killed = threading.Event()
        self._thread = threading.Thread(target=self._play, args=(script, far, printed), daemon=True)
        self._thread.start()

    def _play(self, script: Script, far: socket.socket, printed: int) -> None:
        with far, contextlib.suppress(OSError), open(printed, "wb", buffering=0):
            script(Far(far, printed, self._killed))

    def hung_up(self) -> None: ...

    def kill(self) -> None:
        self._killed.set()
        with contextlib.suppress(OSError):
            self.data.shutdown(socket.SHUT_RDWR)

    def wait(self) -> Exit:
        return self._exit

    def close(self) -> None:
        self.data.close()
        os.close(self.output)
        self._thread.join(5)
        assert not self._thread.is_alive()


class Launcher:
    """One script a sandbox, in order."""

    level = "script"
    box: type[Box] = Box

    def __init__(self, *scripts: Script, exit: Exit = ALIVE) -> None:
        self.scripts = list(scripts)
        self.exit = exit

    @contextlib.contextmanager
    def open(self, limits: Limits) -> Iterator[Box]:
        box = self.box(self.scripts.pop(0), self.exit)
        try:
            yield box
        finally:
            box.close()

    def close(self) -> None: ...


def student(*scripts: Script, exit: Exit = ALIVE, limits: Limits = LIMITS) -> SandboxStudent:
    return SandboxStudent(Launcher(*scripts, exit=exit), {"m.py": ""}, "m.py", limits)


def fine(far: Far) -> None:
    far.loaded()
    while True:
        header, call = far.hear()
        far.say(header, wire.REPLY_TO_CALL, (call[0], [(call[0],)], []))


def verdicts(answers: list[Any]) -> list[Any]:
    return [a.verdict if isinstance(a, Failure) else a.values[0] for a in answers]


F = Call("f")


def test_answers_come_in_order_in_one_sandbox() -> None:
    with student(fine) as s:
        assert verdicts(s.ask(F, F, F)) == [0, 1, 2]
        assert verdicts(s.ask(F)) == [0]
        assert s.ask() == []
        assert s.deaths == 0
    assert (s.cpu_s, s.max_rss_bytes) == (0.25, 1000)


def test_a_request_says_what_the_call_says() -> None:
    heard = []

    def listen(far: Far) -> None:
        for kind in (wire.READY,):
            header, value = far.hear()
            heard.append(value)
            far.say(header, kind, None)
        header, value = far.hear()
        heard.append(value)
        far.say(header, wire.REPLY_TO_CALL, (0, ["<class 'x'> cannot cross"], [(2,)]))

    with student(listen) as s:
        call = Call((Ref("o"), "step"), ("text", 2, Ref("c")), (Ref("d"), None), (1,), 7)
        [reply] = s.ask(call)
    assert heard[0] == {"files": {"m.py": ""}, "main": "m.py", "reply_bytes": 1 << 16}
    index, (text, values) = heard[1]
    assert (index, values) == (0, ["text", 2])
    assert json.loads(text) == [[["o", "step"], [0, 1, "c"], ["d", None], [1], 7]]
    assert isinstance(reply, Reply)
    assert reply.values == (Opaque("<class 'x'>"),)
    assert reply.echoed == (2,)
    assert 0 < reply.seconds < 5


# Each is played after a good load, in answer to one call.
def forged_nonce(far: Far) -> None:
    far.say(far.hear()[0]._replace(nonce=bytes(16)), wire.REPLY_TO_CALL, (0, [(1,)], []))


def forged_seq(far: Far) -> None:
    header = far.hear()[0]
    far.say(header._replace(seq=header.seq + 1), wire.REPLY_TO_CALL, (0, [(1,)], []))


def garbage(far: Far) -> None:
    far.hear()
    far.stream.sendall(b"PASSED" * 20)


def too_long(far: Far) -> None:
    header = far.hear()[0]
    far.stream.sendall(wire.pack(wire.REPLY_TO_CALL, header.seq, header.nonce, bytes((1 << 16) + 1)))


def endless_header(far: Far) -> None:
    header = far.hear()[0]
    frame = bytearray(wire.pack(wire.REPLY_TO_CALL, header.seq, header.nonce, b""))
    frame[12:20] = b"\xff" * 8
    far.stream.sendall(frame)


def another_body(value: Any, kind: int = wire.REPLY_TO_CALL) -> Script:
    def script(far: Far) -> None:
        far.say(far.hear()[0], kind, value)

    return script


def undecodable(far: Far) -> None:
    header = far.hear()[0]
    far.stream.sendall(wire.pack(wire.REPLY_TO_CALL, header.seq, header.nonce, b"?"))


def said(**fields: Any) -> Script:
    body = {"i": 0, "verdict": "error", "cause": "c", "text": "t"}
    return another_body({**body, **fields}, wire.FAILED)


LIES = {
    "forged nonce": forged_nonce,
    "forged sequence number": forged_seq,
    "no frame": garbage,
    "a long frame": too_long,
    "a length of 2^64": endless_header,
    "no value": undecodable,
    "a READY": another_body(None, wire.READY),
    "an ASK": another_body([], wire.ASK),
    "None": another_body(None),
    "two entries": another_body((0, [(1,)])),
    "a list": another_body([0, [(1,)], []]),
    "index 1": another_body((1, [(1,)], [])),
    "index -1": another_body((-1, [(1,)], [])),
    "index True": another_body((False, [(1,)], [])),
    "no values": another_body((0, [], [])),
    "two values": another_body((0, [(1,), (2,)], [])),
    "a tuple of values": another_body((0, ((1,),), [])),
    "an unmarked value": another_body((0, [1], [])),
    "a pair": another_body((0, [(1, 2)], [])),
    "echoes": another_body((0, [(1,)], [(1,)])),
    "a failure that is no dict": another_body((0, [(1,)], []), wire.FAILED),
    "an empty failure": another_body({}, wire.FAILED),
    "verdict pass": said(verdict="pass"),
    "verdict infrastructure-error": said(verdict="infrastructure-error"),
    "verdict timeout": said(verdict="timeout"),
    "a verdict that is a list": said(verdict=["error"]),
    "a cause that is a number": said(cause=1),
    "a text that is None": said(text=None),
    "another failure's index": said(i=1),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_ends_the_sandbox_and_the_next_call_gets_a_fresh_one(name: str) -> None:
    def liar(far: Far) -> None:
        far.loaded()
        LIES[name](far)
        far.until_the_end()

    with student(liar, fine) as s:
        assert verdicts(s.ask(F, F)) == [Verdict.PROTOCOL, 0]
        assert s.deaths == 1


def test_bytes_after_the_last_answer_discredit_it() -> None:
    def eager(far: Far) -> None:
        far.loaded()
        header, _ = far.hear()
        frames = [
            wire.pack(wire.REPLY_TO_CALL, header.seq, header.nonce, wire.encode((index, [(index,)], [])))
            for index in range(3)
        ]
        far.stream.sendall(b"".join(frames))

    with student(eager, fine) as s:
        assert verdicts(s.ask(F, F)) == [0, Verdict.PROTOCOL]
        assert verdicts(s.ask(F)) == [0]


def test_an_answer_before_the_question_is_none() -> None:
    def early(far: Far) -> None:
        far.loaded()
        far.say(wire.Header(wire.ASK, 2, bytes(16), 0), wire.REPLY_TO_CALL, (0, [(1,)], []))
        far.until_the_end()

    with student(early) as s:
        assert verdicts(s.ask(F)) == [Verdict.PROTOCOL]


def test_words_of_the_far_side_are_cut() -> None:
    def talker(far: Far) -> None:
        far.loaded()
        said(cause="c" * 9999, text="t" * 9999)(far)

    with student(talker) as s:
        [failure] = s.ask(F)
    assert isinstance(failure, Failure)
    assert (len(failure.cause), len(failure.text)) == (200, 4000)


DEATHS = [
    (Exit(3, None, False, 0, 0), Verdict.CRASH, "the process ended itself (exit code 3)"),
    (Exit(0, None, True, 0, 0), Verdict.CRASH, "the process ended itself (exit code 0)"),
    (Exit(None, 11, False, 0, 0), Verdict.CRASH, "the process died (SIGSEGV)"),
    (Exit(None, 6, True, 0, 0), Verdict.CRASH, "the process died (SIGABRT)"),
    (Exit(None, 200, False, 0, 0), Verdict.CRASH, "the process died (signal 200)"),
    (Exit(None, 9, True, 1, 0), Verdict.CRASH, "closed its connection"),
    (Exit(None, 9, False, 1, 0), Verdict.CRASH, "the process died (SIGKILL)"),
    (Exit(None, 9, False, 60, 0), Verdict.TIMEOUT, "used more than 60 s of CPU"),
    (Exit(None, 24, False, 60, 0), Verdict.TIMEOUT, "used more than 60 s of CPU"),
    (Exit(None, 9, True, 0, 0, "cpu time"), Verdict.TIMEOUT, "used more than 60 s of CPU"),
    (Exit(None, 9, False, 0, 0, "out of memory"), Verdict.MEMORY, "out of memory"),
    (Exit(None, None, False, 0, 0, "no zygote"), Verdict.INFRASTRUCTURE, "the sandbox failed: no zygote"),
]


def hangs_up(far: Far) -> None:
    far.loaded()
    far.hear()


@pytest.mark.parametrize(("exit", "verdict", "cause"), DEATHS)
def test_an_end_is_a_verdict(exit: Exit, verdict: Verdict, cause: str) -> None:
    with student(hangs_up, fine, exit=exit) as s:
        first = s.ask(F)[0]
        assert isinstance(first, Failure)
        assert (first.verdict, first.cause) == (verdict, cause)
        assert verdicts(s.ask(F)) == [0]
        assert s.deaths == (0 if verdict is Verdict.INFRASTRUCTURE else 1)


class Dying(Box):
    """One that ends by a SIGKILL: ours, if it comes before we have heard of its own."""

    killed = True

    def hung_up(self) -> None:
        self.killed = self._killed.is_set()

    def wait(self) -> Exit:
        return Exit(None, 9, self.killed, 0, 0, "" if self.killed else "out of memory")


def test_who_has_hung_up_is_not_killed_before_its_end_is_known() -> None:
    launcher = Launcher(hangs_up, hangs_up)
    launcher.box = Dying
    with SandboxStudent(launcher, {"m.py": ""}, "m.py", LIMITS) as s:
        assert verdicts(s.ask(F)) == [Verdict.MEMORY]


def test_after_two_deaths_nothing_is_asked() -> None:
    with student(hangs_up, hangs_up, exit=Exit(None, 11, False, 1, 7)) as s:
        assert verdicts(s.ask(F, F, F, F)) == [Verdict.CRASH] * 4
        assert verdicts(s.ask(F)) == [Verdict.CRASH]
        assert (s.deaths, s.cpu_s, s.max_rss_bytes) == (2, 2, 7)


def test_answers_before_a_death_stand() -> None:
    def dies_of_the_second(far: Far) -> None:
        far.loaded()
        far.answers(5)

    with student(dies_of_the_second, fine, exit=Exit(1, None, False, 0, 0)) as s:
        assert verdicts(s.ask(F, F, F, F)) == [5, Verdict.CRASH, 0, 1]


def test_answers_before_a_death_stand_though_the_next_question_could_not_be_sent() -> None:
    def dies_of_the_second(far: Far) -> None:
        far.loaded()
        far.answers(5)

    more = Call("g", ([1.0] * 1_000_000,))  # more than is on its way at once
    with student(dies_of_the_second, fine, exit=Exit(1, None, False, 0, 0)) as s:
        assert verdicts(s.ask(F, more, F)) == [5, Verdict.CRASH, 0]


def test_silence_is_a_timeout() -> None:
    def silent(far: Far) -> None:
        far.loaded()
        far.answers(5)
        far.until_the_end()

    with student(silent, fine, limits=Limits(question_s=0.05)) as s:
        answers = s.ask(F, F, F)
        assert verdicts(answers) == [5, Verdict.TIMEOUT, 0]
        assert isinstance(answers[1], Failure)
        assert answers[1].cause == "took more than 0.05 s"
        assert answers[1].seconds >= 0.05


def test_a_dripping_reply_is_a_timeout() -> None:
    def drip(far: Far) -> None:
        far.loaded()
        header, _ = far.hear()
        far.stream.sendall(wire.pack(wire.REPLY_TO_CALL, header.seq, header.nonce, bytes(60000))[:36])
        while not far.killed.wait(0.005):
            far.stream.sendall(b"\0")

    with student(drip, fine, limits=Limits(question_s=0.05)) as s:
        assert verdicts(s.ask(F, F)) == [Verdict.TIMEOUT, 0]


def test_a_far_side_that_reads_nothing_is_a_timeout() -> None:
    def deaf(far: Far) -> None:
        far.loaded()
        far.killed.wait(5)

    with student(deaf, limits=Limits(question_s=0.05, deaths=1)) as s:
        big = Call("f", ([1.0] * 1_000_000,))
        assert verdicts(s.ask(big)) == [Verdict.TIMEOUT]


def test_the_whole_has_a_deadline_too() -> None:
    def silent(far: Far) -> None:
        far.loaded()
        far.until_the_end()

    with student(silent, limits=Limits(question_s=5, total_s=0.05)) as s:
        answers = s.ask(F, F)
        assert verdicts(answers) == [Verdict.TIMEOUT] * 2
        assert isinstance(answers[0], Failure)
        assert answers[0].cause == "took more than 0.05 s in all"
        assert verdicts(s.ask(F)) == [Verdict.TIMEOUT]


def test_the_time_that_a_sandbox_takes_to_open_is_not_the_students() -> None:
    class Slow(Launcher):
        @contextlib.contextmanager
        def open(self, limits: Limits) -> Iterator[Box]:
            threading.Event().wait(0.3)
            with super().open(limits) as box:
                yield box

    limits = Limits(question_s=0.25, total_s=0.25, deaths=1)
    with SandboxStudent(Slow(fine), {"m.py": ""}, "m.py", limits) as s:
        assert verdicts(s.ask(F, F)) == [0, 1]
        assert verdicts(s.ask(F)) == [0]


def prints(*chunks: bytes) -> Script:
    def script(far: Far) -> None:
        far.loaded()
        header, _ = far.hear()
        for chunk in chunks:
            os.write(far.output, chunk)
        far.say(header, wire.REPLY_TO_CALL, (0, [(0,)], []))
        far.until_the_end()

    return script


def test_what_is_printed_is_kept_and_counted() -> None:
    with student(prints(b"hello ", b"world, hello")) as s:
        assert verdicts(s.ask(F)) == [0]
        assert (s.printed, s.dropped) == (b"hello worl", 8)


def test_too_much_printing_is_the_end() -> None:
    with student(prints(b"x" * 2000), prints(b"x" * 2000)) as s:
        assert verdicts(s.ask(F, F)) == [Verdict.OUTPUT] * 2
        assert (s.printed, s.dropped) == (b"x" * 10, 3990)


def test_a_flood_costs_its_own_function_only() -> None:
    with student(prints(b"x" * 2000), fine, limits=replace(LIMITS, deaths=1)) as s:
        assert verdicts(s.ask(F, Call("g"))) == [Verdict.OUTPUT, 0]


def test_a_flood_is_cut_off() -> None:
    def flood(far: Far) -> None:
        far.loaded()
        while True:
            os.write(far.output, b"x" * 4096)

    with student(flood, flood) as s:
        assert verdicts(s.ask(F, F)) == [Verdict.OUTPUT] * 2


def test_closing_the_output_is_no_crime() -> None:
    def quiet(far: Far) -> None:
        far.loaded()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, far.output)
        os.close(null)
        far.answers(0)

    with student(quiet) as s:
        assert verdicts(s.ask(F)) == [0]


def test_a_failed_load_is_every_calls_failure_and_is_tried_once() -> None:
    def broken(far: Far) -> None:
        body = {"i": -1, "verdict": "error", "cause": "syntax error in line 1", "text": "t"}
        far.say(far.hear()[0], wire.FAILED, body)

    with student(broken) as s:
        answers = s.ask(F, F) + s.ask(F)
        assert verdicts(answers) == [Verdict.ERROR] * 3
        assert {a.cause for a in answers if isinstance(a, Failure)} == {"syntax error in line 1"}
        assert s.deaths == 0


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (Far.hear, "the process ended itself (exit code 3) while it was imported"),
        (another_body((0, [(1,)], [])), "answered a question that was not asked while it was imported"),
        (said(i=0), "sent a failure that makes no sense while it was imported"),
    ],
)
def test_a_load_that_dies_is_tried_once(script: Script, cause: str) -> None:
    with student(script, exit=Exit(3, None, False, 0, 0)) as s:
        for answer in s.ask(F, F):
            assert isinstance(answer, Failure)
            assert answer.cause == cause


def test_a_load_that_hangs_is_a_timeout() -> None:
    with student(Far.until_the_end, limits=Limits(question_s=0.05)) as s:
        assert verdicts(s.ask(F, F)) == [Verdict.TIMEOUT] * 2


def test_a_launcher_that_cannot_is_our_failure_and_may_recover() -> None:
    class Sometimes(Launcher):
        down = True

        @contextlib.contextmanager
        def open(self, limits: Limits) -> Iterator[Box]:
            if self.down:
                raise OSError("no more processes")
            with super().open(limits) as box:
                yield box

    launcher = Sometimes(fine)
    with SandboxStudent(launcher, {"m.py": ""}, "m.py") as s:
        answers = s.ask(F, F)
        assert verdicts(answers) == [Verdict.INFRASTRUCTURE] * 2
        launcher.down = False
        assert verdicts(s.ask(F)) == [0]
        assert s.deaths == 0


def test_a_question_that_cannot_be_sent_is_the_askers_mistake() -> None:
    with student(fine) as s, pytest.raises(wire.WireError):
        s.ask(Call("f", (object(),)))  # type: ignore[arg-type]


def test_a_function_that_ends_its_sandbox_takes_no_other_with_it() -> None:
    with student(hangs_up, hangs_up, fine, exit=Exit(None, 11, False, 1, 7)) as s:
        assert verdicts(s.ask(F, F, Call("g"), F, Call("g"))) == [
            Verdict.CRASH, Verdict.CRASH, 0, Verdict.CRASH, 1,
        ]  # fmt: skip
        assert s.deaths == 2
