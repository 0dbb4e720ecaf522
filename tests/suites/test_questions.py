"""From cases to questions, and from answers to what was observed."""

from dataclasses import replace

import numpy as np
import pytest

from reference import affine
from suites import Law, Op, regime
from suites.questions import Observed, ask_cases, backward_call, forward_call, questions_of
from suites.seal import seal, streams
from suites.tolerance import DOUBLE, SINGLE
from suites.types import Chance, Failure, Ref, Reply, Verdict


@regime()
def rows(rng):
    """Rows of numbers."""
    return {"x": rng.normal(size=(5, 4)), "w": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}


LAYER = Op(
    *("forward", affine.forward, ("x", "w", "b"), (rows,)),
    backward="backward",
    gradient=affine.backward,
    wrt=("x", "w", "b"),
)


@pytest.fixture
def case():
    (sealed,) = seal(LAYER, (), streams(b"questions"))
    return sealed


def test_a_case_is_a_forward_and_its_backward(case):
    forward, backward = questions_of(case)
    assert (forward.do, forward.args[0] is case.inputs["x"]) == ("forward", True)
    cache = Ref(f"{case.id}/cache")
    assert (forward.results, forward.echo) == ((None, cache), (0, 1, 2))
    assert (backward.do, backward.args[0] is case.upstream, backward.args[1]) == ("backward", True, cache)
    assert (backward.results, backward.echo) == ((None,) * 3, (0,))
    silent = questions_of(replace(case, echo=False))
    assert [call.echo for call in silent] == [(), ()]
    assert len(questions_of(replace(case, upstream=None))) == 1


def test_a_call_keeps_its_cache_under_the_name_it_is_given(case):
    assert forward_call(case, case.inputs, "here").results[-1] == Ref("here")
    assert backward_call(case, case.upstream, "here").args[1] == Ref("here")
    plain = replace(case, signature=replace(case.signature, backward=None, wrt=(), outputs=("a", "b")))
    assert forward_call(plain, case.inputs).results == (None, None)
    number = {**case.inputs, "w": 3.0}
    assert forward_call(case, number, echo=True).echo == (0, 2)


def random(case, seeds=(7, 8, 9), backwards=2, **changed):
    return replace(case, chance=Chance(Law(0.5, 2.0), seeds, backwards, {}), **changed)


def test_a_random_function_is_asked_once_a_seed(case):
    calls = questions_of(random(case))
    assert [call.do for call in calls] == ["forward", "backward"] * 2 + ["forward"]
    assert [call.seed for call in calls] == [7, None, 8, None, 9]  # a backward finds the state as it was left
    assert [call.echo for call in calls] == [(0, 1, 2), (0,), (), (), ()]
    kept = [Ref(f"{case.id}/cache/0"), Ref(f"{case.id}/cache/1")]
    assert [call.results[-1] for call in calls[::2]] == [*kept, Ref(f"{case.id}/cache")]
    assert [call.args[1] for call in calls[1::2]] == kept
    assert [call.do for call in questions_of(random(case, upstream=None))] == ["forward"] * 3
    assert [call.echo for call in questions_of(random(case, echo=False))] == [()] * 5


class Scripted:
    """A student who gives these answers in turn."""

    def __init__(self, *answers):
        self.answers = answers

    def ask(self, *calls):
        assert len(calls) == len(self.answers)
        return list(self.answers)


def reply(*values, seconds=0.0, echoed=()):
    return Reply(values, echoed, seconds)


def test_all_draws_of_a_tensor_are_observed_and_their_time(case):
    inputs = tuple(case.inputs.values())
    answers = (
        reply(1.0, seconds=1.0, echoed=(inputs[0], 2 * inputs[1], inputs[2])),
        reply(10.0, 11.0, 12.0, seconds=3.0, echoed=(2 * case.upstream,)),
        reply(2.0, seconds=2.0),
        Failure(Verdict.ERROR, "raised", seconds=6.0),
        reply(3.0, seconds=4.0),
    )
    (seen,) = ask_cases(Scripted(*answers), [random(case)])
    assert seen.draws["out"] == [1.0, 2.0, 3.0]
    assert seen.draws["dx"] == [10.0, answers[3]]
    assert seen.draws["db"] == [12.0, answers[3]]
    assert seen.values == {"out": 1.0, "dx": 10.0, "dw": 11.0, "db": 12.0}
    assert seen.seconds == {"out": 7.0, "dx": 3.0, "dw": 3.0, "db": 3.0}
    assert seen.changed == ("w", "dout")
    (seen,) = ask_cases(Scripted(*answers[::2]), [random(case, upstream=None)])
    assert seen.draws == {"out": [1.0, 2.0, 3.0]}


def test_answers_go_back_to_their_cases_and_share_their_time(case):
    failure = Failure(Verdict.TIMEOUT, "too long", seconds=5.0)
    answers = (reply(1.0), reply(1.0, 2.0, 3.0, seconds=6.0), reply(4.0), failure)
    first, second = ask_cases(Scripted(*answers), [replace(case, echo=False)] * 2)
    assert first.values == {"out": 1.0, "dx": 1.0, "dw": 2.0, "db": 3.0}
    assert first.seconds == {"out": 0.0, "dx": 2.0, "dw": 2.0, "db": 2.0}
    assert second.values == {"out": 4.0, "dx": failure, "dw": failure, "db": failure}
    assert first.changed == second.changed == ()


def test_what_comes_back_as_it_went_in_is_unchanged(case):
    x = case.inputs["x"]
    nan = np.where(np.arange(3) == 1, np.nan, 0.0)
    odd = replace(case, inputs={"x": x, "w": 3.0, "b": nan}, upstream=None)
    (seen,) = ask_cases(Scripted(reply(1.0, echoed=(x, nan))), [odd])
    assert seen.changed == ()
    (seen,) = ask_cases(Scripted(reply(1.0, echoed=(x.tolist(), nan))), [odd])
    assert seen.changed == ("x",)  # no array any more
    (seen,) = ask_cases(Scripted(Failure(Verdict.ERROR, "raised")), [odd])
    assert seen.changed == ()


def test_single_precision_is_expected_where_anything_is_float32(case):
    narrow = np.float32(case.inputs["b"])
    assert Observed(case, {"out": np.ones(3)}).unit("out") == DOUBLE
    assert Observed(case, {"out": np.ones(3, np.float32), "dx": np.ones(3)}).unit("out") == SINGLE
    assert Observed(case, {"out": np.ones(3, np.float32), "dx": np.ones(3)}).unit("dx") == DOUBLE
    assert Observed(replace(case, inputs={**case.inputs, "b": narrow}), {"out": 1.0}).unit("out") == SINGLE


def test_what_failed_is_not_right(case):
    assert Observed(case, {"out": case.expected["out"]}).right("out")
    assert not Observed(case, {"out": case.expected["out"] + 1}).right("out")
    assert not Observed(case, {"out": Failure(Verdict.ERROR, "raised")}).right("out")
    assert not Observed(case, {}).right("out")
