"""What is written as source makes the same values again, and text in it stays text."""

import ast
import base64
import io
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reports.source import WIDTH, array, docstring, is_name, literal, packed
from reports.text import inert

ANY_FLOAT = st.floats(allow_nan=True)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_FLOAT | st.text() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
DTYPES = st.sampled_from(["f8", "f4", "f2", "i8", "i4", "u1", "?", "c16"]).map(np.dtype)
ARRAYS = DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0)))


def made(source: str) -> Any:
    """The value, of source that is ASCII and has no name but NumPy's and `complex`."""
    assert source.isascii()
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    assert names <= {"np", "complex"}
    return eval(source, {"np": np})


def same(one: Any, other: Any) -> bool:
    """The same, type for type; NaN is itself, and 0 is not -0."""
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and repr(one) == repr(other)


@given(PLAIN)
def test_a_value_comes_out_as_it_was(value: Any) -> None:
    assert same(made(literal(value)), value)


@given(ARRAYS)
def test_an_array_has_its_type_its_shape_and_every_bit(value: np.ndarray[Any, Any]) -> None:
    again = made(array(value))
    assert (again.dtype, again.shape) == (value.dtype, value.shape)
    assert np.array_equal(again, value, equal_nan=value.dtype.kind in "fc")
    assert same(again.tolist(), value.tolist())


def test_long_rows_are_wrapped_within_numbers_never() -> None:
    value = np.random.default_rng(0).standard_normal((3, 20)) * 1e-8
    source = array(value, 4)
    assert max(map(len, source.splitlines())) <= WIDTH + 30
    assert np.array_equal(made(source), value)


@given(ARRAYS)
def test_a_packed_array_comes_out_as_it_was(value: np.ndarray[Any, Any]) -> None:
    again = np.load(io.BytesIO(zlib.decompress(base64.b64decode(packed(value)))))
    assert again.dtype == value.dtype
    assert again.tobytes() == value.tobytes()


@given(st.text() | st.text(alphabet="\"\\n\n'#{$}"))
def test_no_text_ends_a_docstring(text: str) -> None:
    module = ast.parse(docstring(text) + "\nx = 1\n")
    assert len(module.body) == 2
    assert ast.get_docstring(module, clean=False) == inert(text, 20_000, lines=True) + "\n"


@pytest.mark.parametrize("text", ["", "lambda", "a b", "a\n", "x=1", "ｅval", "é", "1a", "a;import os", "a."])
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)


def test_what_is_a_name() -> None:
    assert is_name("d_x1")
