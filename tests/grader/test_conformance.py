"""One suite for every way to ask: whatever launches the worker, the same questions get the same answers.

A launcher joins by its factory in LAUNCHERS. Levels that this machine cannot give are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from grader.loopback import LoopbackLauncher
from grader.sandbox.types import Launcher, Limits
from grader.student import SandboxStudent
from suites.function import Function
from suites.types import Answer, Call, Failure, Opaque, Ref, Reply, Verdict

LAUNCHERS: dict[str, Callable[[], Launcher]] = {"loopback": LoopbackLauncher}

try:
    from grader.sandbox.launch import open_launcher
except ImportError:  # no sandboxes on this system
    pass
else:
    for _level in ("process", "seccomp", "landlock", "docker_shared", "namespace", "docker"):
        LAUNCHERS[_level] = lambda level=_level: open_launcher(level)

SOURCE = """
import os, random, sys
import numpy as np

def forward(x, w):
    return x @ w, (x, w)

def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout

def identity(x):
    return x

def several():
    return 1, "two", [3.0], {"four": 4}, None, (5,)

def flags(x):
    return [bool(x.flags.c_contiguous), bool(x.flags.f_contiguous), bool(x.flags.writeable)]

def mutate(x):
    x += 1
    return x

def draw():
    return random.random(), float(np.random.rand())

def slope(f, x):
    return (f(x + 0.5) - f(x - 0.5)).sum()

kept = []

def keep(f):
    kept.append(f)

def use_later():
    return kept[0](1.0)

def opaque():
    return object(), 1, np.ma.masked_all(2)

def fails():
    raise ValueError("no \\ud800 such\\nthing")

class Evil(Exception):
    def __str__(self):
        sys.exit(0)

def evil():
    raise Evil

def leaves():
    sys.exit(0)

def prints(n):
    print("x" * n)
    print("err", file=sys.stderr)

class Counter:
    def __init__(self, start):
        self.n = start
    def add(self, k):
        self.n += k
        return self.n

def hang():
    while True:
        pass

def die():
    os._exit(7)

def segfault():
    import faulthandler
    faulthandler._read_null()  # a true fault: a namespace's first process ignores signals it sends itself

def flood():
    while True:
        print("x" * 10000)
"""


def opened(level: str) -> Iterator[Launcher]:
    try:
        launcher = LAUNCHERS[level]()
    except OSError as error:
        pytest.skip(f"{level} does not work here: {error}")
    yield launcher
    launcher.close()


@pytest.fixture(params=list(LAUNCHERS), scope="module")
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    yield from opened(request.param)


@pytest.fixture
def ask(launcher: Launcher) -> Iterator[Callable[..., list[Answer]]]:
    with SandboxStudent(launcher, {"work.py": SOURCE}, "work.py") as student:
        yield student.ask


@pytest.fixture(params=[level for level in LAUNCHERS if level != "loopback"], scope="module")
def confined(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    """A sandbox that can be ended, which a thread cannot."""
    yield from opened(request.param)


def values(answer: Answer) -> tuple[Any, ...]:
    assert isinstance(answer, Reply), answer
    return answer.values


def failure(answer: Answer) -> tuple[Verdict, str]:
    assert isinstance(answer, Failure), answer
    return answer.verdict, answer.cause


# --------------------------------------------------------------------------- everywhere


def test_a_cache_stays_and_is_used(ask: Any) -> None:
    x, w, dout = np.ones((2, 3)), np.full((3, 4), 2.0), np.ones((2, 4))
    cache = Ref("cache")
    forward, backward = ask(
        Call("forward", (x, w), (None, cache)), Call("backward", (dout, cache), (None, None))
    )
    assert np.array_equal(values(forward)[0], x @ w)
    assert [g.shape for g in values(backward)] == [(2, 3), (3, 4)]
    assert np.array_equal(values(backward)[0], dout @ w.T)


def test_kept_things_die_with_the_question(ask: Any) -> None:
    ask(Call("identity", (1,), (Ref("c"),)))
    [answer] = ask(Call("identity", (Ref("c"),)))
    assert failure(answer) == (Verdict.SKIPPED, "needs what another function of yours was to leave")


def test_objects_have_methods(ask: Any) -> None:
    counter = Ref("counter")
    made, *added, unknown = ask(
        Call("Counter", (5,), (counter,)),
        Call((counter, "add"), (1,)),
        Call((counter, "add"), (2,)),
        Call((counter, "sub"), (2,)),
    )
    assert values(made) == ()
    assert [values(a) for a in added] == [(6,), (8,)]
    assert failure(unknown) == (Verdict.MISSING, "Counter has no method sub")


def test_a_function_is_called_back_and_ends_with_its_call(ask: Any) -> None:
    square = Function(lambda x: x**2, ((3,),))
    x = np.arange(3.0)
    before, slope, refused, _, later, after = ask(
        Call("identity", (1,)),
        Call("slope", (square, x)),
        Call("slope", (square, x[:2])),
        Call("keep", (square,)),
        Call("use_later"),
        Call("identity", (2,)),
    )
    assert values(slope) == (float((2 * x).sum()),)
    what = "the function that you were given takes the shape (3,), not (2,)"
    assert failure(refused) == (Verdict.ERROR, f"raised ValueError: {what}")
    what = "a function that a call was given ends with that call"
    assert failure(later) == (Verdict.ERROR, f"raised RuntimeError: {what}")
    assert [values(before), values(after)] == [(1,), (2,)]


def test_one_result_is_the_value_as_it_is(ask: Any) -> None:
    whole = (1, "two", [3.0], {"four": 4}, None, (5,))
    one, none, each = ask(Call("several"), Call("several", results=()), Call("several", results=(None,) * 6))
    assert values(one) == (whole,)
    assert values(none) == ()
    assert values(each) == whole


def test_another_number_of_results_is_an_error(ask: Any) -> None:
    answers = ask(Call("several", results=(None, None)), Call("identity", (1,), (None, None)))
    assert [failure(a) for a in answers] == [
        (Verdict.ERROR, "returned 6 values, 2 expected"),
        (Verdict.ERROR, "returned one int, 2 values expected"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(1 << 200),
        0.1,
        float("inf"),
        1 + 2j,
        "täxt",
        [1, [2]],
        (1, ()),
        {"a": {"b": 1}},
        [0.5] * 99,
    ],
    ids=repr,
)
def test_values_come_back_as_they_went(ask: Any, value: Any) -> None:
    [back] = values(ask(Call("identity", (value,)))[0])
    assert back == value
    assert type(back) is type(value)


def test_arrays_keep_dtype_shape_and_layout(ask: Any) -> None:
    base = np.arange(24.0).reshape(4, 6)
    arrays = [
        base,
        np.asfortranarray(base),
        base[:, ::2],
        base[0, ::2],
        np.array(1, "f4"),
        np.zeros((0, 3), "i2"),
    ]
    seen = ask(*(Call("flags", (a,)) for a in arrays))
    back = ask(*(Call("identity", (a,)) for a in arrays))
    for a, flags, reply in zip(arrays, seen, back, strict=True):
        assert values(flags)[0] == [a.flags.c_contiguous, a.flags.f_contiguous, True]
        [b] = values(reply)
        assert (b.dtype, b.shape) == (a.dtype, a.shape)
        assert np.array_equal(a, b)


def test_echo_shows_mutation_and_calls_do_not_share_arguments(ask: Any) -> None:
    x = np.zeros(3)
    first, second = ask(Call("mutate", (x,), echo=(0,)), Call("mutate", (x,), echo=(0,)))
    for reply in (first, second):
        assert reply.echoed[0].tolist() == [1, 1, 1]
    assert x.tolist() == [0, 0, 0]


def test_seeds_decide_what_is_random(ask: Any) -> None:
    one, same, other = (values(a) for a in ask(*(Call("draw", seed=seed) for seed in (1, 1, 2))))
    assert one == same != other
    assert one == values(ask(Call("draw", seed=1))[0])


def test_without_a_seed_the_random_state_goes_on(ask: Any) -> None:
    first, second = (values(a) for a in ask(Call("draw"), Call("draw")))
    seeded, third = (values(a) for a in ask(Call("draw", seed=0), Call("draw")))
    assert first == seeded  # the state was set from 0 when the submission was loaded
    assert first != second == third


def test_what_cannot_cross_is_opaque_alone(ask: Any) -> None:
    first, second, third = values(ask(Call("opaque", results=(None, None, None)))[0])
    assert first == Opaque("<class 'object'>")
    assert second == 1
    assert isinstance(third, Opaque)


def test_exceptions_are_answers(ask: Any) -> None:
    answers = ask(Call("fails"), Call("evil"), Call("leaves"), Call("nowhere"), Call("identity", (1,)))
    assert failure(answers[0]) == (Verdict.ERROR, "raised ValueError: no ? such")
    assert 'File "work.py"' in answers[0].text
    assert 'raise ValueError("no' in answers[0].text
    assert failure(answers[1])[0] is Verdict.ERROR
    assert failure(answers[2]) == (Verdict.ERROR, "called sys.exit()")
    assert failure(answers[3]) == (Verdict.MISSING, "there is no function nowhere")
    assert values(answers[4]) == (1,)


def test_answers_come_in_order(ask: Any) -> None:
    answers = ask(*(Call("identity", (i,)) for i in range(300)))
    assert [values(a)[0] for a in answers] == list(range(300))
    assert all(0 <= a.seconds < 5 for a in answers)


def test_large_arrays_cross(ask: Any) -> None:
    x = np.arange(1_000_000.0)
    [back] = values(ask(Call("identity", (x,)))[0])
    assert np.array_equal(back, x)


def test_what_is_printed_is_captured(launcher: Launcher) -> None:
    with SandboxStudent(launcher, {"work.py": "print('hi')\n" + SOURCE}, "work.py") as student:
        student.ask(Call("prints", (3,)))
        assert sorted(student.printed.decode().split()) == ["err", "hi", "xxx"]
        student.ask(Call("prints", (100_000,)))
        assert len(student.printed) == Limits().printed_kept
        assert student.dropped == 3 + 4 + 4 + 100_001 + 4 - Limits().printed_kept


def test_a_folder_submission_imports_its_helpers(launcher: Launcher) -> None:
    files = {
        "course/work.py": "from .aid import a\nfrom course.sub import s\ndef f():\n    return a, s.b",
        "course/aid.py": "a = 1",
        "course/sub/s.py": "b = 2",
    }
    with SandboxStudent(launcher, files, "course/work.py") as student:
        assert values(student.ask(Call("f"))[0]) == ((1, 2),)


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("def f(:", "syntax error in line 1"),
        ("import sys\nsys.exit(0)", "called sys.exit() while it was imported"),
        ("1 / 0", "raised ZeroDivisionError while it was imported: division by zero"),
    ],
)
def test_what_cannot_be_loaded_says_why_to_every_call(launcher: Launcher, source: str, cause: str) -> None:
    with SandboxStudent(launcher, {"work.py": source}, "work.py") as student:
        answers = student.ask(Call("f"), Call("g"))
        assert [failure(a) for a in answers] == [(Verdict.ERROR, cause)] * 2


# --------------------------------------------------------------------------- in processes


def test_a_hang_costs_its_call_alone(confined: Launcher) -> None:
    limits = Limits(question_s=0.3)
    with SandboxStudent(confined, {"work.py": SOURCE}, "work.py", limits) as student:
        answers = student.ask(
            Call("identity", (1,), (Ref("c"),)),
            Call("hang"),
            Call("identity", (Ref("c"),)),
            Call("identity", (2,)),
        )
    assert values(answers[0]) == ()
    assert failure(answers[1]) == (Verdict.TIMEOUT, "took more than 0.3 s")
    assert failure(answers[2])[0] is Verdict.SKIPPED
    assert values(answers[3]) == (2,)
    assert student.deaths == 1


@pytest.mark.parametrize(
    ("do", "cause"),
    [("die", "the process ended itself (exit code 7)"), ("segfault", "the process died (SIGSEGV)")],
)
def test_a_death_costs_its_call_alone(confined: Launcher, do: str, cause: str) -> None:
    with SandboxStudent(confined, {"work.py": SOURCE}, "work.py") as student:
        answers = student.ask(Call("identity", (1,)), Call(do), Call("identity", (2,)))
    assert values(answers[0]) == (1,)
    assert failure(answers[1]) == (Verdict.CRASH, cause)
    assert values(answers[2]) == (2,)


def test_a_flood_is_cut_off(confined: Launcher) -> None:
    limits = Limits(printed_max=1 << 20)
    with SandboxStudent(confined, {"work.py": SOURCE}, "work.py", limits) as student:
        [answer] = student.ask(Call("flood"))
    assert failure(answer) == (Verdict.OUTPUT, f"printed more than {1 << 20} bytes")
    assert len(student.printed) == limits.printed_kept


def test_after_two_deaths_the_rest_goes_unasked(confined: Launcher) -> None:
    with SandboxStudent(confined, {"work.py": SOURCE}, "work.py") as student:
        answers = student.ask(*[Call("die")] * 5)
    assert {failure(a)[0] for a in answers} == {Verdict.CRASH}
    assert student.deaths == 2
