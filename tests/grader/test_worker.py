"""The worker by itself: what it answers to frames, whatever the submission is."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest

from grader import wire, worker

NONCE = b"0123456789abcdef"


class Tape:
    """A stream that plays frames and records the replies."""

    def __init__(self, *frames: bytes) -> None:
        self._data = b"".join(frames)
        self._at = 0
        self.sent: list[bytes] = []

    def recv(self, count: int, /) -> bytes:
        start, self._at = self._at, self._at + min(count, 7)  # in crumbs
        return self._data[start : self._at]

    def recv_into(self, buffer: memoryview, /) -> int:
        data = self._data[self._at : self._at + min(len(buffer), 70_001)]
        self._at += len(data)
        buffer[: len(data)] = data
        return len(data)

    def sendall(self, data: bytes | memoryview, /) -> None:
        self.sent.append(bytes(data))


def talk(files: dict[str, str] | str, *calls: Any, main: str = "work.py") -> list[Any]:
    """What the worker says: None or the failure for the load, then the body of each reply."""
    files = {main: files} if isinstance(files, str) else files
    load = wire.encode({"files": files, "main": main, "reply_bytes": 1 << 16}, wire.REQUEST)
    asked = [wire.encode((index, call)) for index, call in enumerate(calls)]
    tape = Tape(
        wire.pack(wire.LOAD, 1, NONCE, load), *(wire.pack(wire.ASK, 2, NONCE, body) for body in asked)
    )
    worker.serve(tape)
    replies = []
    for index, frame in enumerate(tape.sent):
        header = wire.unpack_header(frame[: wire.HEADER_BYTES])
        assert (header.seq, header.nonce) == (min(index, 1) + 1, NONCE)
        assert header.length == len(frame) - wire.HEADER_BYTES
        replies.append(wire.decode(frame[wire.HEADER_BYTES :], wire.REPLY))
    return replies


def call(do: Any, *args: Any, results: Any = (None,), echo: Any = (), seed: int | None = None) -> Any:
    """A question of one call; what is a str is kept under that name."""
    values = [arg for arg in args if not isinstance(arg, str)]
    places = iter(range(len(values)))
    named = [arg if isinstance(arg, str) else next(places) for arg in args]
    return json.dumps([[do, named, list(results), list(echo), seed]]), values


def failure(reply: Any) -> tuple[str, str]:
    assert set(reply) == {"i", "verdict", "cause", "text"}
    return reply["verdict"], reply["cause"]


def test_a_call_is_answered_with_its_index() -> None:
    assert talk("def f(x):\n    return x + 1", call("f", 1), call("f", 2)) == [
        None,
        (0, [(2,)], []),
        (1, [(3,)], []),
    ]


def test_the_main_block_does_not_run() -> None:
    source = "ran = []\nif __name__ == '__main__':\n    ran.append(1)\ndef f():\n    return __name__, ran"
    assert talk(source, call("f"))[1] == (0, [(("work", []),)], [])


@pytest.mark.parametrize(
    ("source", "verdict", "cause"),
    [
        ("def f(:\n    pass", "error", "syntax error in line 1"),
        ("x = 1\nprint 'hello'", "error", "syntax error in line 2"),
        ("# --- cell 1\nx = 1\n\n# --- cell 2\n\ndef f(:", "error", "syntax error in line 2 of cell 2"),
        ("x = 1\n# --- cell 7\ndef f(:", "error", "syntax error in line 3"),
        ("import sys\nsys.exit(0)", "error", "called sys.exit() while it was imported"),
        ("raise KeyboardInterrupt", "error", "raised KeyboardInterrupt"),
        ("raise MemoryError", "memory", "ran out of memory while it was imported"),
        (
            "import nowhere",
            "error",
            "raised ModuleNotFoundError while it was imported: No module named 'nowhere'",
        ),
        (
            "import numpy as np\nnp.int(3)",
            "error",
            "raised AttributeError while it was imported: module 'numpy' has no attribute 'int'",
        ),
        ("x = '\0'", "error", ""),
        ("(" * 100000, "error", ""),
    ],
)
def test_a_load_that_fails_says_why(source: str, verdict: str, cause: str) -> None:
    [reply] = talk(source)
    got = failure(reply)
    assert got[0] == verdict
    assert got[1].startswith(cause)
    assert reply["i"] == -1


def test_a_traceback_counts_lines_as_the_author_of_a_notebook_does() -> None:
    source = "# --- cell 1\ndef f(x):\n    return 1 / x\n# --- cell 2\ndef g(x):\n\n    return f(x)\n"
    reply = talk(source, call("g", 0))[1]
    assert '"work.py", line 3 of cell 2, in g\n    return f(x)' in reply["text"]
    assert '"work.py", line 2 of cell 1, in f\n    return 1 / x' in reply["text"]


@pytest.mark.parametrize(
    ("body", "verdict", "cause"),
    [
        ("raise ValueError('shapes')", "error", "raised ValueError: shapes"),
        ("raise ValueError", "error", "raised ValueError"),
        ("import sys; sys.exit(0)", "error", "called sys.exit()"),
        ("raise KeyboardInterrupt", "error", "raised KeyboardInterrupt"),
        ("raise MemoryError", "memory", "ran out of memory"),
        ("import numpy as np; np.zeros(1 << 44)", "memory", "ran out of memory"),
        ("f()", "error", "raised RecursionError"),
        ("raise Evil", "error", "raised Evil: (its message could not be read)"),
        ("raise Liar", "error", "raised Liar"),
        ("raise ValueError('\\ud800')", "error", "raised ValueError: ?"),
        ("raise ValueError('x' * 50_000_000)", "error", "raised ValueError: xxx"),
        ("raise Nameless", "error", "raised an exception that cannot be read"),
    ],
)
def test_whatever_is_raised_is_an_answer(body: str, verdict: str, cause: str) -> None:
    source = f"""
class Evil(Exception):
    def __str__(self):
        raise SystemExit(0)
class Liar(Exception):
    def __str__(self):
        return 7
class Meta(type):
    @property
    def __name__(self):
        raise SystemExit(0)
class Nameless(Exception, metaclass=Meta):
    pass
def f():
    {body}
def g():
    return 1
"""
    _, reply, after = talk(source, call("f"), call("g"))
    got = failure(reply)
    assert got[0] == verdict
    assert got[1].startswith(cause)
    assert len(reply["cause"]) <= worker.MAX_CAUSE
    assert len(reply["text"]) <= worker.MAX_TEXT
    assert not reply["text"].endswith(": ")
    assert after == (1, [(1,)], [])


def test_the_traceback_shows_the_students_lines_alone() -> None:
    source = "import numpy as np\ndef f(n):\n    return g(n)\ndef g(n):\n    return np.ones(2) @ np.ones(n)"
    text = talk(source, call("f", 3))[1]["text"]
    assert text.startswith(
        '  File "work.py", line 3, in f\n    return g(n)\n  File "work.py", line 5, in g\n'
    )
    assert "\nValueError: matmul" in text
    assert "worker" not in text


def test_a_long_traceback_is_cut_in_the_middle() -> None:
    text = talk("def f():\n    return f()", call("f"))[1]["text"]
    assert text.count("in f\n") <= worker.FIRST_FRAMES + worker.LAST_FRAMES
    assert " more\n" in text


@pytest.mark.parametrize(
    ("returned", "cause"),
    [
        ("1, 2", "returned 2 values, 3 expected"),
        ("(1,)", "returned 1 value, 3 expected"),
        ("None", "returned None, 3 values expected"),
        ("{}", "returned one dict, 3 values expected"),
        ("iter([1, 2, 3])", "returned one list_iterator, 3 values expected"),
    ],
)
def test_another_number_of_results_is_an_error(returned: str, cause: str) -> None:
    reply = talk(f"def f():\n    return {returned}", call("f", results=(None, None, None)))[1]
    assert failure(reply) == ("error", cause)


def test_kept_things_stay_and_die_with_the_request() -> None:
    source = """
class Box:
    n = 0
    def add(self):
        self.n += 1
        return self.n
def get(box):
    return box.n
"""
    replies = talk(
        source,
        call("Box", results=("box",)),
        call(("box", "add")),
        call(("box", "add")),
        call("get", "box"),
        call(("box", "nope")),
        call(("hat", "add")),
        call("get", "hat"),
        call("nope"),
        call("add"),
    )
    assert [reply[1] for reply in replies[1:5]] == [[], [(1,)], [(2,)], [(2,)]]
    assert [failure(reply) for reply in replies[5:]] == [
        ("missing", "Box has no method nope"),
        ("skipped", "needs what another function of yours was to leave"),
        ("skipped", "needs what another function of yours was to leave"),
        ("missing", "there is no function nope"),
        ("missing", "there is no function add outside the class Box"),
    ]


def test_what_stays_may_go_through_a_method_first() -> None:
    source = "def f(x):\n    return x, x\ndef shape(x):\n    return x.shape"
    moved, odd = (
        call("f", np.ones((2, 3)), results=(None, ["x", method])) for method in ("transpose", "nope")
    )
    replies = talk(source, moved, call("shape", "x"), odd, call("shape", "x"))
    assert replies[2][1] == [((3, 2),)]
    assert failure(replies[3]) == ("missing", "ndarray has no method nope")
    assert failure(replies[4])[0] == "skipped"


def test_a_chain_is_answered_as_one() -> None:
    source = "def f(x):\n    x += 1\n    return x.sum(), x\ndef g(x, y):\n    return x - y"
    x = np.zeros(2)
    first, last = ["f", [~0], [None, "x"], [0], None], ["g", ["x", 0], [None], [], None]
    index, values, echoed = talk(source, (json.dumps([first, last]), [x]))[1]
    assert (index, values[0]) == (0, (2.0,))
    assert values[1][0].tolist() == echoed[0][0].tolist() == [1, 1]  # the second had an array of its own


def test_a_chain_ends_at_its_first_failure_and_leaves_nothing() -> None:
    source = "made = []\ndef f(x):\n    made.append(x)\n    return 1 / x"
    calls = [["f", [place], [f"kept{place}"], [], None] for place in range(3)]
    replies = talk(
        *(source, (json.dumps(calls), [1.0, 0.0, 2.0])),
        *(call(["kept0", "hex"]), call("f", 4.0, results=(["m", "hex"],))),
    )
    assert failure(replies[1]) == ("error", "raised ZeroDivisionError: float division by zero")
    assert failure(replies[2])[0] == "skipped"


def test_a_failed_call_leaves_nothing_stale() -> None:
    source = "def f(x):\n    return 1 / x"
    replies = talk(source, call("f", 1, results=("c",)), call("f", 0, results=("c",)), call("f", "c"))
    assert failure(replies[3])[0] == "skipped"


def test_a_value_that_cannot_cross_costs_the_others_nothing() -> None:
    source = "def f(x):\n    return object(), x, b''"
    reply = talk(source, call("f", 1, results=(None, None, None), echo=(0,)))[1]
    assert reply == (0, ["<class 'object'> cannot cross", (1,), "<class 'bytes'> cannot cross"], [(1,)])


def test_too_much_to_send_back_is_said() -> None:
    source = "import numpy as np\ndef f(n):\n    return np.zeros(n), np.zeros(n)"
    one = talk(source, call("f", 1 << 14, results=(None, None)))[1]
    both = talk(source, call("f", 5000, results=(None, None)))[1]
    assert one[1] == ["a value of more than 65536 bytes cannot cross"] * 2
    assert both[1] == one[1]


def test_seeds_decide_what_is_random() -> None:
    source = "import random, numpy as np\ndef f():\n    return random.random(), float(np.random.rand())"
    first, second, third = [reply[1] for reply in talk(source, *(call("f", seed=s) for s in (1, 1, 2)))[1:]]
    assert first == second != third


def test_without_a_seed_the_random_state_goes_on() -> None:
    source = "import random, numpy as np\nrandom.seed(5)\nnp.random.seed(5)\n"
    source += "def f():\n    return random.random(), float(np.random.rand())"
    asked = call("f"), call("f"), call("f", seed=0), call("f")
    first, second, seeded, after = [reply[1] for reply in talk(source, *asked)[1:]]
    assert first == seeded
    assert first != second == after


def test_arguments_are_fresh_and_echoed() -> None:
    source = "def f(x):\n    x += 1\ndef g(x):\n    return x"
    x = np.zeros(2)
    replies = talk(source, call("f", x, echo=(0,)), call("g", x))
    assert replies[1][2][0][0].tolist() == [1, 1]
    assert replies[2][1][0][0].tolist() == [0, 0]


FOLDER = {
    "course/layers.py": "from .helper import h\nfrom course.deep.inner import i\nimport side\n"
    "from layer_utils import u\ndef f():\n    from . import late\n    "
    "return h() + i() + side.s() + u() + late.n",
    "course/helper.py": "from .deep import inner\ndef h():\n    return inner.i()",
    "course/deep/inner.py": "def i():\n    return 1",
    "course/layer_utils.py": "def u():\n    return 100",
    "course/late.py": "n = 1000",
    "side.py": "def s():\n    return 10",
    "numpy.py": "raise RuntimeError('shadowed')",
}


def test_a_folder_submission_imports_its_helpers() -> None:
    before = set(sys.modules)
    assert talk(FOLDER, call("f"), main="course/layers.py")[1] == (0, [(1112,)], [])
    assert not {name for name in set(sys.modules) - before if name.split(".")[0] in ("course", "side")}
    assert not [finder for finder in sys.meta_path if isinstance(finder, worker.Submission)]


def test_relative_imports_work_without_a_folder() -> None:
    files = {
        "layers.py": "from .layer_utils import u\nfrom . import more\ndef f():\n    return u() + more.n",
        "layer_utils.py": "from .more import n\ndef u():\n    return n",
        "more.py": "n = 1",
    }
    assert talk(files, call("f"), main="layers.py")[1] == (0, [(2,)], [])


def test_a_package_runs_its_init_first() -> None:
    files = {
        "hw/__init__.py": "order = ['init']",
        "hw/main.py": "from hw import order\norder.append('main')\ndef f():\n    return order",
    }
    assert talk(files, call("f"), main="hw/main.py")[1] == (0, [(["init", "main"],)], [])


def test_a_main_file_named_like_a_library_shadows_nothing() -> None:
    source = "import random\ndef f():\n    return random.random()"
    asked = call("f", seed=0), call("f", seed=0)
    first, second = [reply[1] for reply in talk(source, *asked, main="random.py")[1:]]
    assert first == second


def test_an_error_in_a_helper_is_shown_with_its_line() -> None:
    files = {"work.py": "import aid", "aid.py": "def g():\n    1 / 0\ng()"}
    [reply] = talk(files)
    assert 'File "aid.py", line 2, in g\n    1 / 0' in reply["text"]


def test_what_was_replaced_in_sys_does_no_harm() -> None:
    source = "import sys\nsys.stdout = sys.stderr = None\ndef f():\n    return 1"
    out, err = sys.stdout, sys.stderr
    try:
        assert talk(source, call("f"))[1] == (0, [(1,)], [])
    finally:
        sys.stdout, sys.stderr = out, err


def test_it_returns_when_the_stream_ends() -> None:
    worker.serve(Tape())
    worker.serve(Tape(wire.pack(wire.LOAD, 1, NONCE, b"cut")[:-1]))


def test_a_question_before_the_load_is_no_request() -> None:
    with pytest.raises(wire.WireError):
        worker.serve(Tape(wire.pack(wire.ASK, 1, NONCE, wire.encode([]))))


def test_large_arrays_come_and_go_in_parts_and_are_each_their_own() -> None:
    first, second = np.arange(80_000.0), -np.arange(80_000.0)
    source = "kept = []\ndef f(x):\n    kept.append(x)\n    return kept[0] + 0 * x\n"
    load = wire.encode(
        {"files": {"work.py": source}, "main": "work.py", "reply_bytes": 1 << 20}, wire.REQUEST
    )
    asked = [wire.encode((0, call("f", x)), wire.REQUEST) for x in (first, second)]
    tape = Tape(
        wire.pack(wire.LOAD, 1, NONCE, load), *(wire.pack(wire.ASK, 2, NONCE, body) for body in asked)
    )
    worker.serve(tape)
    said = b"".join(tape.sent)
    ready = wire.HEADER_BYTES + wire.unpack_header(said[: wire.HEADER_BYTES]).length
    length = wire.unpack_header(said[ready : ready + wire.HEADER_BYTES]).length + wire.HEADER_BYTES
    for start in (ready, ready + length):
        _, (value,), _ = wire.decode(said[start + wire.HEADER_BYTES : start + length], wire.REPLY)
        np.testing.assert_array_equal(value[0], first)  # the second has not come into the place of the first


def test_a_large_frame_that_is_cut_short_is_the_end() -> None:
    frame = wire.pack(wire.LOAD, 1, NONCE, bytes(1 << 19))
    worker.serve(tape := Tape(frame[:-1]))
    assert tape.sent == []


# --------------------------------------------------------------------------- an accelerator

# A module in place of torch, which writes down what is asked of its device: there is none to be used here.
DEVICE = """
import sys
from types import ModuleType, SimpleNamespace
made, told = [], []
class Event:
    def __init__(self, enable_timing):
        made.append(self)
        self.number = len(made)
    def record(self):
        told.append(f"event {self.number}")
    def elapsed_time(self, other):
        told.append(f"from {self.number} to {other.number}")
        return took
took, live = 1.5, True
def manual_seed(state):
    pass
def started():
    return live
def wait():
    told.append("wait")
    fail()
def fail():
    pass
class Torch(ModuleType):
    pass
torch = Torch("torch")
torch.manual_seed = manual_seed
torch.cuda = SimpleNamespace(Event=Event, is_initialized=started, synchronize=wait)
sys.modules["torch"] = torch
def f(x):
    told.append("call")
    return x
def asked():
    return list(told)
"""


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a submission puts there is gone after the test, and the real one is back."""
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "torch")


@pytest.mark.usefixtures("no_torch")
def test_an_accelerators_time_is_told_and_it_is_idle_before_the_reply() -> None:
    _, first, second = talk(DEVICE, call("f", 3), call("asked"))
    assert first == (0, [(3,)], [], 1500)
    assert second[1] == [(["event 1", "call", "event 2", "wait", "from 1 to 2", "event 3"],)]


@pytest.mark.usefixtures("no_torch")
def test_a_chain_has_one_time() -> None:
    chain = [["f", [0], [None], [], None]] * 2
    assert talk(DEVICE, (json.dumps(chain), [3]))[1] == (0, [(3,), (3,)], [], 1500)


@pytest.mark.usefixtures("no_torch")
def test_too_much_to_send_back_has_its_time_too() -> None:
    source = DEVICE + "import numpy as np\ndef g(n):\n    return np.zeros(n), np.zeros(n)"
    reply = talk(source, call("g", 5000, results=(None, None)))[1]
    assert reply[3] == 1500
    assert reply[1] == ["a value of more than 65536 bytes cannot cross"] * 2


@pytest.mark.usefixtures("no_torch")
def test_what_failed_is_waited_for_as_well() -> None:
    source = DEVICE + "def g():\n    raise ValueError('mine')"
    _, failed, after = talk(source, call("g"), call("asked"))
    assert failure(failed) == ("error", "raised ValueError: mine")
    assert after[1] == [(["event 1", "event 2", "wait", "from 1 to 2", "event 3"],)]


@pytest.mark.usefixtures("no_torch")
def test_a_context_that_comes_with_a_question_is_waited_for() -> None:
    source = DEVICE + "live = False\ndef g():\n    global live\n    live = True"
    _, idle, first, after = talk(source, call("f", 3), call("g"), call("asked"))
    assert idle == (0, [(3,)], [])
    assert first == (1, [(None,)], [])
    assert after[1] == [(["call", "wait", "event 1"],)]


ODD = [
    "took = float('nan')",
    "took = float('inf')",
    "took = -1.0",
    "took = 0.0",
    "took = 1e30",
    "took = 'long'",
    "took = None",
    "def fail():\n    raise RuntimeError('an illegal memory access')",
    "def fail():\n    sys.exit(0)",
    "def fail():\n    raise KeyboardInterrupt",
    "del Event.record",
    "class Never:\n    def __bool__(self):\n        raise SystemExit(0)\nlive = Never()",
    "torch.cuda.is_initialized = None",
    "del torch.cuda",
    "class Sly(Torch):\n    @property\n    def cuda(self):\n        raise SystemExit(0)\n"
    "del torch.cuda\ntorch.__class__ = Sly",
]


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_device_costs_no_answer_and_hides_no_failure(odd: str) -> None:
    source = f"{DEVICE}{odd}\ndef g():\n    raise ValueError('mine')"
    _, right, wrong = talk(source, call("f", 3), call("g"))
    assert right == (0, [(3,)], [])
    assert failure(wrong) == ("error", "raised ValueError: mine")


@pytest.mark.usefixtures("no_torch")
def test_an_event_that_cannot_be_had_costs_no_wait() -> None:
    source = DEVICE + "def g():\n    del Event.record"
    _, reply = talk(source, call("g"))
    assert reply == (0, [(None,)], [])
    source = DEVICE + "def g():\n    del Event.record\ndef h():\n    return list(told)"
    assert talk(source, call("g"), call("h"))[2][1] == [(["event 1", "wait"],)]


def test_a_gpu_is_timed_and_idle_before_the_reply() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    source = (
        "import torch\nx = torch.randn(4096, 4096, device='cuda')\n"
        "(x @ x / 64).sum().item()\n"  # what is loaded for the first product is in no time
        "def f(n):\n    y = x\n    for _ in range(n):\n        y = x @ y / 64\n    return y\n"
    )
    one, many = talk(source, call("f", 1, results=("y",)), call("f", 40, results=("y",)))[1:]
    assert torch.cuda.current_stream().query()
    assert 0 < 2 * one[3] < many[3]
