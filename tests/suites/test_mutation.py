"""Mutants of source text: what is mutated, what is left alone, and copies of modules with one mutated."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import reference
from assignments import find, load
from reference import affine, batchnorm, mlp
from suites.direct import Direct, oracles
from suites.mutation import mutants
from suites.proof import undeclared
from suites.proof_oracle import Sources, UntraceableError, copies, home, source_of, students_functions
from suites.stubs import stubs
from suites.types import Call, Failure, Opaque, Ref


def changes(source, functions=None):
    return {mutant.words for mutant in mutants(source, functions)}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", {"a + b -> a - b", "a + b -> a", "a + b -> b"}),
        ("a - b", {"a - b -> a + b", "a - b -> a", "a - b -> b - a"}),
        ("a / b", {"a / b -> a * b", "a / b -> a", "a / b -> b / a"}),
        ("a @ b", {"a @ b -> b @ a"}),
        ("-a", {"-a -> a"}),
        ("a > b", {"a > b -> a >= b", "a > b -> a <= b"}),
        ("a if b else c", {"a if b else c -> a", "a if b else c -> c"}),
        ("a.T", {"a.T -> a"}),
        ("a.transpose()", {"a.transpose() -> a"}),
        ("np.sqrt(a)", {"np.sqrt(a) -> a"}),
        ("a.sum(axis=k)", {"a.sum -> a.mean", "a.sum(axis=k) -> a.sum()"}),
        ("np.maximum(a, b)", {"np.maximum -> np.minimum"}),
        ("f(a, b)", {"f(a, b) -> f(b, a)"}),
        ("a.max(keepdims=True)", {"a.max -> a.min", "a.max(keepdims=True) -> a.max()"}),
        ("a[i:j]", {"a[i:j] -> a[:j]", "a[i:j] -> a[i:]"}),
        ("a and b", {"a and b -> a or b", "a and b -> a", "a and b -> b"}),
        (
            'a.open(encoding="utf-8", mode="w")',
            {"a.open(encoding='utf-8', mode='w') -> a.open(encoding='utf-8')"},
        ),
    ],
)
def test_each_expression_has_its_mutants(expression, expected):
    assert changes(f"def f(a, b, c, i, j, k):\n    return {expression}\n") == {f"f: {e}" for e in expected}


def test_numbers_are_known_by_their_line():
    found = changes("def f(a):\n    return a.g(1, 0.5)\n", {"f"})
    assert "f: return a.g(1, 0.5) -> return a.g((2), 0.5)" in found
    assert "f: return a.g(1, 0.5) -> return a.g((0), 0.5)" in found
    assert "f: return a.g(1, 0.5) -> return a.g(1, (1.0))" in found


def test_one_of_three_words_is_no_axis():
    assert not changes('def f(a):\n    return a.show(("x", "y", "z"))\n')


def test_one_of_three_axes_may_be_forgotten():
    assert "f: (0, 2, 3) -> (0, 3)" in changes("def f(a):\n    return a.sum((0, 2, 3))\n")


def test_statements_that_change_something_may_go():
    source = "def f(a, b):\n    a[0] = b\n    a += b\n    np.add.at(a, b)\n    return a\n"
    found = changes(source)
    assert {"f: a[0] = b -> pass", "f: a += b -> pass", "f: a += b -> a -= b"} <= found
    assert "f: np.add.at(a, b) -> pass" in found


def test_guards_words_annotations_and_defaults_are_left_alone():
    source = (
        '"""Words."""\nimport numpy as np\n\n'
        'def f(a: "list[1]", b=1 + 2):\n    """Words, 1 + 2."""\n'
        '    if a < 0:\n        raise ValueError(f"{a + 1} is bad")\n'
        '    assert a > 1\n    with np.errstate(divide="ignore"):\n        return a\n'
    )
    assert changes(source) == set()


def test_the_defaults_of_fields_are_left_alone_and_methods_are_not():
    source = (
        "class A:\n    x: int = field(default=3, repr=False)\n    def f(self):\n        return self.x + 1\n"
    )
    assert "A: self.x + 1 -> self.x - 1" in changes(source)
    assert not any("field" in words or "repr" in words for words in changes(source))


def test_calls_of_guards_and_the_rest_of_a_reshape_are_left_alone():
    source = (
        'def check(a):\n    """Refuse it."""\n    if a < 0:\n        raise ValueError\n\n\n'
        "def f(a):\n    check(a)\n    return a.reshape(len(a), -1)\n"
    )
    assert changes(source) == {"f: a.reshape(len(a), -1) -> a.reshape(-1, len(a))"}


def test_a_mutant_differs_in_one_line_and_every_mutant_compiles():
    source = source_of(batchnorm.__name__)
    before = source.splitlines()
    found = mutants(source, {"forward", "backward"})
    assert len(found) > 50
    assert len({mutant.words for mutant in found}) == len(found)
    for mutant in found:
        compile(mutant.source, "mutant", "exec")
        after = mutant.source.splitlines()
        assert len(after) == len(before)
        assert [n for n, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b] == [mutant.line]


def test_an_expression_over_several_lines_keeps_the_lines_after_it():
    source = "def f(a, b):\n    c = (\n        a\n        + b\n    )\n    return c - 1\n"
    (mutant,) = [m for m in mutants(source) if m.words == "f: a + b -> b"]
    assert mutant.source.splitlines()[-1] == "    return c - 1"
    space = {}
    exec(mutant.source, space)
    assert space["f"](5, 2) == 1


def test_the_same_change_twice_has_two_names():
    found = changes("def f(a, b):\n    c = a + b\n    return c, a + b\n")
    assert {"f: a + b -> a - b", "f: a + b -> a - b #2"} <= found


@pytest.mark.parametrize(
    ("expression", "change", "measured"),
    [
        ("a * 0.5", "(1.0)", True),
        ("a > 20 * b", "(21)", True),
        ("a > 2 * b", "(3)", False),
        ("a + 20 * b", "(21)", False),
        ("a < 2 * b", "a <= 2 * b", True),
        ("a <= b ** c", "a < b ** c", True),
        ("a < 2 * b", "a >= 2 * b", False),
        ("a < b", "a <= b", False),
        ("a > 1", "a >= 1", False),
        ("g(range(DRAWS))", "DRAWS - 1", True),
        ("g(range(DRAWS))", "range(1, DRAWS)", False),
        ("g(range(a))", "a - 1", False),
    ],
)
def test_what_only_moves_a_threshold_is_known(expression, change, measured):
    found = [m for m in mutants(f"def f(a, b, c):\n    return {expression}\n") if change in m.after]
    assert found
    assert all(m.measured is measured for m in found)


@pytest.mark.parametrize(
    ("constant", "change", "measured"),
    [
        ("DRAWS = 2000", "1999", True),
        ("STEP = 2.0**-14", "(2.0 * -14)", True),
        ("STEP = 2.0**-14", "2.0**-(15)", True),
        ("STEPS = (0.5, 2.0**-4)", "(2.0 * -4)", True),
        ("AXES = (0, 2)", "(0, (3))", False),
        ("NAMES = sorted(EVERY)[3:]", "[:]", False),
    ],
)
def test_what_a_constant_is_set_to_was_chosen(constant, change, measured):
    found = [m for m in mutants(f"{constant}\n") if change in m.after]
    assert found
    assert all(m.measured is measured for m in found)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("abs(a - b)", False),
        ("np.abs(a - b).sum()", False),
        ("np.linalg.norm(a - b, axis=1)", False),
        ("(a - b) ** 2", False),
        ("(a - b) ** 3", True),
        ("abs(c * (a - b))", True),
        ("f(a - b)", True),
    ],
)
def test_nobody_can_tell_a_difference_from_its_opposite_where_its_size_counts(expression, told):
    found = changes(f"def g(a, b, c):\n    return {expression}\n")
    assert ("g: a - b -> b - a" in found) is told
    assert "g: a - b -> a" in found


# ------------------------------------------------------------------ what an oracle is made of


SOURCES = Sources((find("mlp"), Path(reference.__file__).parent))
NETWORK = next(op for op in load("mlp").ops if op.forward == "mlp_forward")


def test_an_oracle_reaches_functions_of_other_modules():
    made_of = SOURCES.made_of(NETWORK)
    assert {"forward", "backward"} <= made_of["reference.affine"]
    assert "relu_forward" in made_of["reference.activations"]
    assert "sigmoid_forward" not in made_of["reference.activations"]
    assert not any("Array" in names for names in made_of.values())  # only annotations speak of it


def test_copies_know_each_other_and_the_originals_stay():
    source = source_of("reference.affine").replace("rows @ w + b", "rows @ w")
    made = copies(SOURCES.made_of(NETWORK), {"reference.affine": source})
    functions = students_functions([NETWORK], made)
    x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)
    out, _ = functions["mlp_forward"](x, w, b, w.T, b[:3])
    assert np.all(out == 12)  # neither bias
    assert np.all(mlp.forward(x, w, b, w.T, b[:3])[0] == 17)
    assert np.all(affine.forward(x, w, b)[0] == 4)


def test_a_function_of_no_module_cannot_be_traced():
    with pytest.raises(UntraceableError, match="is no function of a module"):
        home(lambda x: x)


# ------------------------------------------------------------------ students of this process


def test_a_direct_student_answers_whatever_happens():
    functions = {"f": lambda x: (x, "cache"), "g": lambda x: 1 / 0, "h": lambda d, c: object()}
    student = Direct(functions)
    x = np.ones(2)
    kept, opaque, raised, missing, lost = student.ask(
        Call("f", (x,), (None, Ref("c"))),
        Call("h", (x, Ref("c"))),
        Call("g", (x,)),
        Call("nowhere"),
        Call("h", (x, Ref("other"))),
    )
    assert np.all(kept.values[0] == x)
    assert isinstance(opaque.values[0], Opaque)
    assert all(isinstance(answer, Failure) for answer in (raised, missing, lost))


@pytest.mark.parametrize("name", ["zeros", "ones", "identity", "affine"])
def test_stubs_answer_every_operation(name):
    rng = np.random.default_rng(0)
    assignment = load("batchnorm")
    student = stubs(assignment)[name]
    for op in assignment.ops:
        drawn = op.regimes[0](rng)
        args = [drawn[arg] for arg in op.args]
        outputs = student.functions[op.forward](*args)
        right = oracles([op])[op.forward](*args)
        if op.backward:
            gradients = student.functions[op.backward](outputs[0], outputs[-1])
            assert [np.shape(g) for g in gradients] == [np.shape(drawn[n]) for n in op.wrt]
        if name in ("zeros", "ones"):
            first = outputs[0] if isinstance(outputs, tuple) else outputs
            assert np.shape(first) == np.shape(right[0] if isinstance(right, tuple) else right)


def test_what_is_not_declared_is_said():
    hidden = SimpleNamespace(name="odd", public=False, like="")
    op = SimpleNamespace(forward="f", args=("x",), domains={}, regimes=(hidden,), oracle=None, gradient=None)
    stray = SimpleNamespace(id="a.b", kind="note", of=len)
    assignment = SimpleNamespace(ops=(op,), all_variants=(stray,), conventions={"c.d": "required"})
    said = list(undeclared(assignment))
    assert len(said) == 5
    assert any("says nothing of its argument x" in sentence for sentence in said)
    assert any("regime odd of f is hidden" in sentence for sentence in said)
    assert any("'c.d', which is no variant of kind note" in sentence for sentence in said)
