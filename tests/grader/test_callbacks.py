"""Functions of ours in hostile hands: whatever is asked of them is counted, bounded, answered or the end."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader import wire, worker
from grader.loopback import loopback
from grader.student.callbacks import Answers, runs
from grader.student.ends import BrokenError
from grader.student.replies import request
from suites.function import MOST, Function
from suites.types import Call, Failure, Ref, Reply, Verdict

from .test_student import LIMITS, Far, Script, fine, student
from .test_worker import NONCE, Tape

SQUARE = Function(lambda x: x**2, ((2,),))
ASKED = Call("f", (SQUARE, 1))
X = np.ones(2)


# --------------------------------------------------------------------------- the near side


def asks(*bodies: Any, answers: list[Any] | None = None) -> Script:
    """A far side that asks a function so in the middle of a call, waits each time, and returns 5."""

    def script(far: Far) -> None:
        far.loaded()
        header, _ = far.hear()
        for body in bodies:
            far.say(header, wire.CALLBACK, body)
            returned, value = far.hear()
            assert returned == (wire.RETURNED, header.seq, header.nonce, returned.length)
            if answers is not None:
                answers.append(value)
        far.say(header, wire.REPLY_TO_CALL, (0, [(5,)], []))
        far.until_the_end()

    return script


def test_a_callback_is_answered_in_the_middle_of_a_call() -> None:
    heard: list[Any] = []
    with student(asks((0, X), (0, [3, 4]), (0, "a"), (0,), answers=heard)) as s:
        [reply] = s.ask(ASKED)
    assert isinstance(reply, Reply)
    assert reply.values == (5,)
    assert [value.tolist() for value in heard[:2]] == [[1, 1], [9, 16]]
    takes = "the function that you were given takes "
    assert heard[2:] == [takes + "arrays of real numbers", takes + "1 argument, not 0"]


LIES = {
    "a number that was not given": (1, X),
    "a negative number": (-1, X),
    "a bool": (False, X),
    "no tuple": [0, X],
    "no number": (X,),
    "nothing": (),
    "None": None,
}


@pytest.mark.parametrize("name", LIES)
def test_a_callback_that_makes_no_sense_ends_the_sandbox(name: str) -> None:
    with student(asks(LIES[name]), fine) as s:
        lied, after = s.ask(ASKED, Call("g"))
    assert isinstance(lied, Failure)
    assert lied.verdict is Verdict.PROTOCOL
    assert isinstance(after, Reply)


def test_who_was_given_no_function_cannot_ask_one() -> None:
    with student(asks((0, X))) as s:
        [lied] = s.ask(Call("f", (1,)))
    assert (lied.verdict, lied.cause) == (Verdict.PROTOCOL, "answered a question that was not asked")


def test_a_second_callback_before_the_answer_is_one_too_many() -> None:
    def eager(far: Far) -> None:
        far.loaded()
        header, _ = far.hear()
        frame = wire.pack(wire.CALLBACK, header.seq, header.nonce, wire.encode((0, X)))
        far.stream.sendall(3 * frame)
        far.until_the_end()

    with student(eager, fine) as s:
        lied, _ = s.ask(ASKED, Call("g"))
    assert (lied.verdict, lied.cause) == (Verdict.PROTOCOL, "asked again before it had heard the answer")


def test_callbacks_are_counted_and_bounded_in_size() -> None:
    answers = Answers([SQUARE], most=3)
    assert [answers((0, X)).tolist() for _ in range(3)] == 3 * [[1, 1]]
    with pytest.raises(BrokenError, match="more than 3 times") as broken:
        answers((0, X))
    assert broken.value.verdict is Verdict.OUTPUT
    with student(asks((0, np.ones(1 << 16))), fine) as s:
        lied, _ = s.ask(ASKED, Call("g"))
    assert isinstance(lied, Failure)
    assert lied.verdict is Verdict.PROTOCOL


def test_our_own_time_is_not_the_question_s() -> None:
    now = [0.0]

    def slow(x: Any) -> Any:
        now[0] += 100.0
        return x

    patched = pytest.MonkeyPatch()
    patched.setattr("grader.student.line.time.monotonic", lambda: now[0])
    limits = LIMITS.__class__(**{**vars(LIMITS), "total_s": 1000.0})
    try:
        with student(asks((0, X), (0, X)), limits=limits) as s:
            [reply] = s.ask(Call("f", (Function(slow, ((2,),)),)))
    finally:
        patched.undo()
    assert isinstance(reply, Reply)


def test_the_calls_of_a_chain_share_the_functions_in_order() -> None:
    source = "def f(g, x):\n    return g(x)"
    functions = [Function(lambda x, k=k: k * x, ((2,),)) for k in (2, 3)]
    with loopback({"work.py": source}, "work.py") as s:
        reply = s.chain(*(Call("f", (function, X)) for function in functions))
    assert isinstance(reply, Reply)
    assert [np.asarray(value).tolist() for value in reply.values] == [[2, 2], [3, 3]]


def test_a_call_with_functions_stands_alone() -> None:
    given = [(), (), (SQUARE,), (SQUARE, SQUARE), ()]
    assert [list(run) for run in runs(given)] == [[0, 1], [2], [3], [4]]
    assert list(runs([])) == []


KEEPS = """
class Optimizer:
    def step(self, g, x):
        return g(x)

def make():
    return Optimizer()

def use(g, optimizer, x):
    return optimizer.step(g, x)

def plain():
    return 5
"""


def test_what_a_question_keeps_outlasts_its_calls_with_functions() -> None:
    kept = Ref("case/optimizer")
    step, use = Call((kept, "step"), (SQUARE, X)), Call("use", (SQUARE, kept, X))
    with loopback({"m.py": KEEPS}, "m.py") as s:
        made, *used = s.ask(Call("make", results=(kept,)), step, use, Call("plain"), step)
        [lost] = s.ask(step)
    assert isinstance(made, Reply)
    values = [answer.values[0] for answer in used if isinstance(answer, Reply)]
    assert [value if isinstance(value, int) else value.tolist() for value in values] == [
        [1, 1],
        [1, 1],
        5,
        [1, 1],
    ]
    assert isinstance(lost, Failure)
    assert lost.verdict is Verdict.SKIPPED


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(X),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@given(VALUES | st.tuples(st.integers(-1, 1), VALUES) | st.tuples(st.just(0), st.lists(st.floats(-9, 9))))
@example((0, [False, 0]))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_asked_is_answered_or_the_end(asked: Any) -> None:
    with contextlib.suppress(BrokenError):
        said = Answers([SQUARE], most=1)(asked)
        assert type(said) in (str, np.ndarray)


# --------------------------------------------------------------------------- a function


def test_a_function_takes_arrays_of_its_shapes_alone() -> None:
    pair = Function(lambda a, b: float(a.sum() + b.sum()), ((2,), None))
    assert pair(np.float32([1, 2]), 3) == 6.0
    assert pair([1, 2], [[1], [2]]) == 6.0
    for args in (
        (X,),
        (X, X, X),
        (np.ones(3), X),
        (X + 1j, X),
        (X > 0, X),
        (X, "b"),
        (X, [[1], [2, 3]]),
        (X, None),
    ):
        with pytest.raises(ValueError, match="the function that you were given takes"):
            pair(*args)
    with pytest.raises(ValueError, match=f"at most {MOST} numbers"):
        pair(X, np.ones(MOST + 1))


def test_a_function_gets_copies_and_its_own_trouble_is_not_shown() -> None:
    def spoil(x: Any) -> Any:
        x += 1
        raise KeyError("the answer is 42")

    with pytest.raises(ValueError, match=r"has no value there$"):
        Function(spoil, ((2,),))(X)
    assert X.tolist() == [1, 1]


# --------------------------------------------------------------------------- the far side


def played(source: str, *answers: bytes) -> list[Any]:
    """What the worker sends while it runs f with one function, and is told these answers."""
    load = wire.encode({"files": {"m.py": source}, "main": "m.py", "reply_bytes": 1 << 16}, wire.REQUEST)
    call = wire.encode(request(0, Call("f", (Function(float, ()),))))
    tape = Tape(wire.pack(wire.LOAD, 1, NONCE, load), wire.pack(wire.ASK, 2, NONCE, call), *answers)
    worker.serve(tape)
    frames = [(frame[: wire.HEADER_BYTES], frame[wire.HEADER_BYTES :]) for frame in tape.sent[1:]]
    return [(wire.unpack_header(head).kind, wire.decode(body)) for head, body in frames]


def returned(value: Any) -> bytes:
    return wire.pack(wire.RETURNED, 2, NONCE, wire.encode(value))


TWICE = "def f(g):\n    return g(1) + g(2)"


def test_the_worker_asks_and_waits() -> None:
    assert played(TWICE, returned(10), returned(20)) == [
        (wire.CALLBACK, (0, 1)),
        (wire.CALLBACK, (0, 2)),
        (wire.REPLY_TO_CALL, (0, [(30,)], [])),
    ]


def test_a_reason_is_raised() -> None:
    (_, asked), (kind, said) = played("def f(g):\n    return g(1)", returned("it takes none"))
    assert (asked, kind, said["cause"]) == ((0, 1), wire.FAILED, "raised ValueError: it takes none")


def test_what_cannot_cross_is_not_asked() -> None:
    [(kind, said)] = played("def f(g):\n    return g(object())")
    assert kind == wire.FAILED
    assert "cannot cross" in said["cause"]


def test_the_end_of_the_stream_ends_the_call() -> None:
    frames = played(TWICE)
    assert frames[0] == (wire.CALLBACK, (0, 1))
    assert frames[1][1]["cause"] == "called sys.exit()"
