"""Whatever value a frame holds: it answers the call or is a protocol error, and claims no verdict of ours."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import wire
from grader.student.ends import MAX_CAUSE, BrokenError
from grader.student.replies import CLAIMS, MAX_TEXT, answer, failed
from suites.types import Answer, Call, Failure, Opaque, Ref, Reply, Verdict

CALL = Call("forward", (1.0,), (None, Ref("cache")), (0,))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.floats(),
    st.sampled_from([*map(str, Verdict), "x" * 5000, ""]),
    st.just(np.ones(2)),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)
CROSSED = st.lists(st.one_of(VALUES, VALUES.map(lambda x: (x,)), st.text(max_size=300)), max_size=3)
TIMES = st.one_of(LEAVES, st.sampled_from([1, wire.MAX_DEVICE_US, wire.MAX_DEVICE_US + 1]))
REPLIES = st.one_of(
    VALUES,
    st.tuples(st.integers(-1, 1), CROSSED, CROSSED),
    st.tuples(st.just(0), CROSSED, CROSSED, TIMES),
)
FAILURES = st.one_of(
    VALUES,
    st.dictionaries(st.sampled_from(["i", "verdict", "cause", "text", "more"]), LEAVES),
    st.fixed_dictionaries(dict.fromkeys(("i", "verdict", "cause", "text"), LEAVES)),
)


def heard(ask: Callable[[], Answer]) -> Answer | None:
    """The answer, or None for a protocol error."""
    try:
        return ask()
    except BrokenError as broken:
        if broken.verdict is not Verdict.PROTOCOL:
            raise
        return None


@settings(max_examples=300)
@given(REPLIES)
def test_a_reply_is_an_answer_or_none(value: Any) -> None:
    got = heard(lambda: answer(CALL, 0, wire.REPLY_TO_CALL, value, 0.5))
    if got is None:
        return
    assert isinstance(got, Reply)
    assert (len(got.values), len(got.echoed), got.seconds) == (1, 1, 0.5)
    assert got.device_us == (value[3] if len(value) == 4 else 0)
    assert type(got.device_us) is int
    assert 0 <= got.device_us <= wire.MAX_DEVICE_US
    for each in (*got.values, *got.echoed):
        assert not isinstance(each, Opaque) or len(each.kind) <= MAX_CAUSE


@settings(max_examples=300)
@given(FAILURES)
def test_a_failure_claims_only_what_is_its_own(value: Any) -> None:
    got = heard(lambda: failed(value, 0, 0.5))
    if got is None:
        return
    assert isinstance(got, Failure)
    assert str(got.verdict) in CLAIMS
    assert len(got.cause) <= MAX_CAUSE
    assert len(got.text) <= MAX_TEXT


@pytest.mark.parametrize("device_us", [1, 1500, wire.MAX_DEVICE_US])
def test_a_reply_may_say_what_its_device_took(device_us: int) -> None:
    got = answer(CALL, 0, wire.REPLY_TO_CALL, (0, [(1,)], [(2,)], device_us), 0.5)
    assert got == Reply((1,), (2,), 0.5, device_us)


@pytest.mark.parametrize("device_us", [0, -1, wire.MAX_DEVICE_US + 1, 1.5, True, None, "1", (1,), np.ones(1)])
def test_a_time_of_a_device_that_is_none_is_a_protocol_error(device_us: Any) -> None:
    with pytest.raises(BrokenError, match="a time of its device that is none") as caught:
        answer(CALL, 0, wire.REPLY_TO_CALL, (0, [(1,)], [(2,)], device_us), 0.5)
    assert caught.value.verdict is Verdict.PROTOCOL
