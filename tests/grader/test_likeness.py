"""The same code under other names is alike; other code is not."""

import random
import re

import pytest

import assignments
from grader.likeness import alike, likeness
from grader.remarks import trees

SOURCE = (assignments.find("batchnorm") / "solutions" / "closed_form.py").read_text()
OTHERS = [
    path.read_text()
    for name in ("batchnorm", "mlp")
    for path in (assignments.find(name) / "solutions").glob("*.py")
]


def of(source: str) -> str:
    return likeness(trees({"batchnorm.py": source}))


def test_names_comments_and_layout_do_not_count() -> None:
    other = re.sub(r"\bnp\b", "xp", SOURCE)
    other = re.sub(r"\bgamma\b", "scale", other).replace("    ", "\t")
    other = '"""Mine, all mine."""\n# really\n\n' + re.sub(r"\n(\s*)return", r"\n\n\1# so\n\1return", other)
    assert other != SOURCE
    assert of(other) == of(SOURCE) != ""


@pytest.mark.parametrize(("one", "other"), [("sum", "mean"), (" + ", " - "), ("0", "1")])
def test_what_it_does_counts(one: str, other: str) -> None:
    assert one in SOURCE
    assert of(SOURCE.replace(one, other)) != of(SOURCE)


def test_names_of_arguments_that_a_library_knows_count() -> None:
    one, other = ("import numpy as np\n" + f"y = np.sum(x, {name}=1)\n" * 40 for name in ("axis", "keepdims"))
    assert of(one) != of(other)


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "1" * 4000, "1e999", "1e999j", "-0.0"])
def test_a_number_of_any_size_is_a_constant(number: str) -> None:
    """`repr` of an int refuses more than 4,300 digits, and would cost the submission its result."""
    assert of(f"{SOURCE}\nMASK = {number}\n") not in ("", of(SOURCE))


def test_two_names_in_each_others_place_count() -> None:
    assert of(SOURCE + "\ndef f(a, b):\n    return a - b") != of(SOURCE + "\ndef f(a, b):\n    return b - a")


def test_no_two_solutions_are_alike() -> None:
    digests = [of(source) for source in OTHERS if of(source)]
    assert len(digests) > 10
    assert len(set(digests)) == len(digests)


def test_a_handout_and_short_code_are_like_nothing() -> None:
    for name in ("batchnorm", "mlp", "cnn"):
        for path in (assignments.find(name) / "starter").glob("*.py"):
            assert of(path.read_text()) == ""
    assert of("def f(x):\n    return 2 * x") == ""


def test_order_of_files_does_not_count() -> None:
    files = {"a.py": SOURCE, "b.py": OTHERS[0]}
    assert likeness(trees(files)) == likeness(trees(dict(reversed(files.items()))))


def test_who_is_alike_knows_the_others() -> None:
    pairs = [("ada", "1"), ("bob", "2"), ("carl", "1"), ("dora", ""), ("emil", ""), ("fay", "1")]
    random.Random(0).shuffle(pairs)
    found = {student: sorted(others) for student, others in alike(pairs).items()}
    assert found == {"ada": ["carl", "fay"], "carl": ["ada", "fay"], "fay": ["ada", "carl"]}
