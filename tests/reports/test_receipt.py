"""The script of a receipt: what it decides, what it gives the student's function; and text stays text."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.receipt import MARK, Receipt, script
from suites.tolerance import DOUBLE, SINGLE, Band, allowed, compare
from suites.types import Case, Chance, Diagnosis, Evidence, Finding, Law, Signature, Verdict, is_single

from .conftest import NASTY

X = np.array([[1.0, -2.5, 0.125], [3.0, 1e-3, -4.0]])
NOISE = 7.0
Here = Callable[..., tuple[int, str]]


def case(**changes: Any) -> Case:
    plain = Case(
        id="scale_forward/nominal/0",
        signature=Signature("scale_forward", ("x", "by"), ("out",), "scale_backward", ("x",)),
        regime="nominal",
        about="Ordinary numbers.",
        tier="ordinary",
        public=False,
        strict=True,
        checks=frozenset({"forward", "backward", "self"}),
        inputs={"x": X, "by": 3.0},
        upstream=X / 2,
        expected={"out": 3 * X, "dx": 1.5 * X},
        amplification={"out": NOISE, "dx": NOISE},
    )
    return replace(plain, **changes)


def receipt(tensor: str = "out", of: Case | None = None, **changes: Any) -> Receipt:
    of = of or case()
    finding = Finding(
        "forward", "agreement", tensor, "ordinary", Verdict.FAIL, "values differ", Fraction(0), Fraction(4),
        Diagnosis("off by a factor", "", "You halve it.", "Why?"), Evidence(tensor, case=of.id),
    )  # fmt: skip
    right = of.expected[tensor]
    plain = Receipt(
        title="Scaling", part="Forward pass", number="1.1", submit="scale.py", finding=finding, case=of,
        low=right, high=right, allowed=allowed(right, NOISE), content="ab" * 32,
    )  # fmt: skip
    return replace(plain, **changes)


def loaded(made: Receipt) -> dict[str, Any]:
    """The names that the script defines, without running it on anything."""
    names: dict[str, Any] = {"__name__": "receipt", "__file__": "/nowhere/receipt.py"}
    path = list(sys.path)
    exec(compile(script(made), "receipt.py", "exec"), names)
    assert sys.path == path
    return names


@pytest.fixture
def here(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    """Run a script on a file in this process, for a process of its own takes long."""

    def ran(made: Receipt, source: str, name: str = "scale.py") -> tuple[int, str]:
        (folder / name).write_text(source, encoding="utf-8")
        for module in ("times", "submission", "submission.times", "scale"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        code = loaded(made)["main"]([str(folder / name)])
        return code, capsys.readouterr().out

    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    return ran


def run(made: Receipt, source: str, folder: Path, name: str = "scale.py") -> tuple[int, str]:
    """Exit code and output of the script, in a process that has no module of Assay's."""
    (folder / "receipt.py").write_text(script(made), encoding="utf-8")
    (folder / name).write_text(source, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ended = subprocess.run(
        [sys.executable, "receipt.py", name],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout + ended.stderr


RIGHT = """\
from times import times

def scale_forward(x, by):
    return times(x, by), by

def scale_backward(dout, cache):
    return dout * cache
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a helper, and a file that is called as a module of Python's."""
    (tmp_path / "times.py").write_text("def times(a, b):\n    return a * b\n")
    (tmp_path / "random.py").write_text("raise ImportError('this is not what was asked for')\n")
    return tmp_path


# --------------------------------------------------------------------------- what it decides


@pytest.mark.parametrize("tensor", ["out", "dx"])
def test_right_is_fine_and_wrong_falls_short(folder: Path, tensor: str) -> None:
    made = receipt(tensor)
    assert run(made, RIGHT, folder) == (0, f"Fine: {tensor} is right for this input.\n")
    wrong = RIGHT.replace("times(x, by), by", "times(x, 1.001 * by), by").replace(
        "* cache", "* cache * 0.999"
    )
    code, said = run(made, wrong, folder)
    assert code == 1
    assert f"Falls short: {tensor} is not right.\nWhat came:" in said


def test_it_says_where_it_is_worst_and_how_far_it_may_be(here: Here) -> None:
    code, said = here(receipt(), RIGHT.replace("times(x, by)", "times(x, by) + (x == 0.125)"))
    assert code == 1
    assert "1 of 6 entries are off. The worst:" in said
    assert "out[0, 2] is 1.375\n    right is 0.375\n    it is off by 1; up to " in said


@pytest.mark.parametrize(
    ("instead", "says"),
    [
        ("return 1 / 0, by", "ZeroDivisionError: division by zero\nFalls short: that was raised where out"),
        ("raise SystemExit(0)", "Falls short: that was raised where out"),
        ("return times(x, by)", "TypeError: returned one ndarray, 2 values expected"),
        ("return 1, 2, 3", "TypeError: returned 3 values, 2 expected"),
        ("return None, by", "It is a NoneType; an array of shape (2, 3) is right."),
        ("return x.T, by", "Its shape is (3, 2); (2, 3) is right."),
        ("return x > 0, by", "It holds values of type bool; real numbers are right."),
        ("return x + 0j, by", "It holds values of type complex128; real numbers are right."),
        ("return [[1], [2, 3]], by", "is right."),
    ],
)
def test_what_else_falls_short(here: Here, instead: str, says: str) -> None:
    code, said = here(receipt(), RIGHT.replace("return times(x, by), by", instead))
    assert (code, says in said) == (1, True), said


def test_a_missing_function_is_said_to_be_missing(here: Here) -> None:
    source = RIGHT.replace("def scale_backward", "def scale_back")
    assert here(receipt("dx"), source) == (1, "Falls short: there is no function scale_backward.\n")
    assert here(receipt("out"), source)[0] == 0


@pytest.mark.parametrize("source", ["import nothing_of_this_name", "def", "raise SystemExit(0)", "\x00"])
def test_a_file_that_cannot_be_imported(here: Here, source: str) -> None:
    code, said = here(receipt(), source)
    assert (code, "This file cannot be imported." in said) == (2, True)


def test_a_file_that_is_not_there_is_no_mistake_in_it(tmp_path: Path) -> None:
    (tmp_path / "receipt.py").write_text(script(receipt()), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "receipt.py", "nowhere.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    says = "There is no file nowhere.py here: name the one with your functions.\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, says, "")


def test_a_notebook_is_to_be_saved_as_a_file(here: Here) -> None:
    code, said = here(receipt(), "{}", "scale.ipynb")
    assert code == 2
    assert "save a notebook as one" in said


def test_what_hangs_is_ended_and_says_where(folder: Path) -> None:
    source = RIGHT.replace("return times(x, by), by", "while True: pass")
    code, said = run(receipt(limit_s=0.2), source, folder)
    assert code == 1
    assert "line 4 in scale_forward" in said
    assert run(receipt(limit_s=60.0), RIGHT, folder)[0] == 0


def test_relative_imports_find_the_files_beside_it(here: Here) -> None:
    assert here(receipt(), RIGHT.replace("from times", "from .times"))[0] == 0


def deciding(right: np.ndarray[Any, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """What is right, how far one may be from it, and the script that asks for it."""
    limit = allowed(right, NOISE)
    return right, limit, loaded(receipt(low=right, high=right, allowed=limit))


RIGHTS = (3 * X, X * 1e-12, np.where(X > 0, np.inf, X), np.full((2, 3), np.nan), (X > 0) * 1.0)
DECIDING = [deciding(right) for right in RIGHTS]
SHAPES = st.sampled_from([(2, 3), (2, 3, 1), (1, 2, 3), (6,), (3, 2), ()])
FACTORS = st.sampled_from([0.0, 1e-9, 0.5, 0.999, 1.001, 2.0, 1e6, np.nan, np.inf])


def returned(draw: Any, right: np.ndarray[Any, Any], limit: np.ndarray[Any, Any]) -> Any:
    """Something that a student may return: near the edge of what is allowed, of any type and shape."""
    value = np.array(right)
    index = draw.draw(st.integers(0, 5))
    value.flat[index] += draw.draw(FACTORS) * limit.flat[index]
    dtype = draw.draw(st.sampled_from(["f8", "f4", "f2", "i8", "c16", "?", "O", "U9"]))
    with np.errstate(all="ignore"):
        value = np.nan_to_num(value).astype(dtype) if dtype in ("i8", "?") else value.astype(dtype)
    shape = draw.draw(SHAPES)
    value = value.reshape(shape) if np.prod(shape) == 6 else value.reshape(2, 3)
    as_what = draw.draw(st.sampled_from(["array", "list", "tuple", "mixed", "other"]))
    if as_what in ("list", "tuple"):
        return value.tolist() if as_what == "list" else tuple(value.tolist())
    if as_what == "mixed":
        return [*value]
    other = st.sampled_from([None, True, "1.0", {}, 3, 2.5, 1j, [], [[1.0], [2.0, 3.0]], np.float32(2)])
    return value if as_what == "array" else draw.draw(other)


@given(st.data())
def test_it_decides_as_judging_does(data: Any) -> None:
    right, limit, names = data.draw(st.sampled_from(DECIDING))
    value = returned(data, right, limit)
    judged = compare(value, right, NOISE, SINGLE if is_single(value) else DOUBLE)
    assert (names["shortfall"](value) == "") == (judged.band is Band.ROUNDING), value


def test_between_both_sides_of_a_corner_all_is_right() -> None:
    low, high = np.zeros(3), np.array([0.0, 2.0, 0.0])
    names = loaded(receipt(low=low, high=high, allowed=np.full(3, 1e-9)))
    assert names["shortfall"](np.array([0.0, 0.7, 0.0])) == ""
    assert names["shortfall"](np.array([0.0, 2.0, 1e-10])) == ""
    assert "right is 0.0 to 2.0" in names["shortfall"](np.array([0.0, 2.1, 0.0]))
    assert names["shortfall"](np.array([0.1, 0.7, 0.0])) != ""


# --------------------------------------------------------------------------- what it gives


class Spy:
    """A student who keeps what it is given."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    def scale_forward(self, *args: Any) -> tuple[Any, str]:
        self.given.append(args)
        return 0.0, "cache"

    def scale_backward(self, *args: Any) -> Any:
        self.given.append(args)
        return 0.0


def strided(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.repeat(x, 2, axis=-1)[..., ::2]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("lay_out", [np.ascontiguousarray, np.asfortranarray, strided])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, bool])
def test_arguments_are_the_same_in_type_value_and_layout(large: bool, lay_out: Any, dtype: Any) -> None:
    x = lay_out(np.arange(120 if large else 12).reshape(4, -1).astype(dtype))
    of = case(inputs={"x": x, "by": [1, (2.0, "é"), None]}, upstream=x, expected={"out": X, "dx": X})
    spy = Spy()
    assert list(loaded(receipt("dx", of))["ask"](spy)) == [0.0]
    (given_x, by), (dout, cache) = spy.given
    assert (by, cache) == ([1, (2.0, "é"), None], "cache")
    for given_array in (given_x, dout):
        assert (given_array.dtype, given_array.strides) == (x.dtype, x.strides)
        assert np.array_equal(given_array, x)
        assert given_array.flags.writeable


def test_the_backward_is_not_called_where_only_the_forward_is_asked_for() -> None:
    spy = Spy()
    assert list(loaded(receipt("out"))["ask"](spy)) == [0.0]
    assert len(spy.given) == 1


def test_a_random_function_is_asked_once_a_seed_with_inputs_of_its_own() -> None:
    of = case(chance=Chance(Law(1.0, 1.0), (3, 5, 7), 2, {}))

    class Drawing(Spy):
        def scale_forward(self, x: Any, by: Any) -> Any:
            x += 1
            return np.random.random(), x[0, 0]

        def scale_backward(self, dout: Any, cache: Any) -> Any:
            return cache

    drawn = list(loaded(receipt("out", of))["ask"](Drawing()))
    assert drawn == [np.random.RandomState(seed).random_sample() for seed in (3, 5, 7)]
    assert list(loaded(receipt("dx", of))["ask"](Drawing())) == [2.0, 2.0]


def test_names_of_arguments_that_are_taken_or_no_names() -> None:
    args = ("np", "student", "seed", "class", "x y", "cache", "dout", "out", "complex")
    signature = Signature("scale_forward", args, ("out", "np"), "scale_backward", ("x",))
    inputs = {name: number + 0j for number, name in enumerate(args)}
    of = case(signature=signature, inputs=inputs)

    class Three(Spy):
        def scale_forward(self, *args: Any) -> Any:
            self.given.append(args)
            return 8.0, 9.0, "cache"

    spy = Three()
    assert list(loaded(receipt("dx", of))["ask"](spy)) == [0.0]
    assert spy.given[0] == tuple(inputs.values())
    assert spy.given[1][1] == "cache"


# --------------------------------------------------------------------------- whose text it is


def test_it_is_readable_from_the_top() -> None:
    text = script(receipt("dx"))
    assert text.startswith(MARK)
    for words in ("abababab", "python receipt.py scale.py", "hidden until now", "You halve it.", "0 / 4"):
        assert words in ast.get_docstring(ast.parse(text), clean=True)  # type: ignore[operator]
    assert "    out, cache = unpack(2, student.scale_forward(x, by))\n" in text
    assert "    dx = student.scale_backward(dout, cache)\n    yield dx\n" in text
    ast.parse(text, feature_version=(3, 9))


BREAKING = (
    '"""\nimport os; os._exit(9)\n"""',
    "'; import os; os._exit(9)  #",
    "$ask ${right} %s {0}",
    "\\",
    '"',
)


@pytest.mark.parametrize("text", [*NASTY, *BREAKING])
def test_text_of_anybody_becomes_no_code(text: str) -> None:
    signature = Signature("scale_forward", (text, "by"), (text + "1",), "scale_backward", (text,))
    tensor = text + "1"
    of = case(
        id=text, about=text, regime=text, signature=signature,
        inputs={text: X, "by": text}, expected={tensor: X, "d" + text: X},
    )  # fmt: skip
    made = receipt(tensor, of, title=text, part=text, submit=text, content=text, notes=(text,), name=text)
    made = replace(
        made, finding=replace(made.finding, cause=text, diagnosis=Diagnosis(text, text, text, text))
    )
    shape = [type(node) for node in ast.parse(script(receipt(of=case(inputs={"x": X, "by": "x"})))).body]
    assert [type(node) for node in ast.parse(script(made)).body] == shape
    assert not any(
        isinstance(n, ast.Attribute) and n.attr == "_exit" for n in ast.walk(ast.parse(script(made)))
    )
    spy = Spy()
    assert list(loaded(made)["ask"](spy)) == [0.0]
    assert spy.given[0][1] == text
    function = replace(of, signature=replace(signature, forward=text))
    with pytest.raises(AttributeError):
        list(loaded(replace(made, case=function))["ask"](spy))
