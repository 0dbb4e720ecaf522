"""`assay validate` on what `assay new` makes, and on the same with something wrong in it."""

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from assay import cli
from assay.errors import AssayError
from assay.new import make
from assay.proving.cache import Cache
from assay.proving.limits import HARD_S, MEMORY, OutOfTime, limited, soft_limit
from assay.proving.plans import plan_for
from assay.proving.proof import Proof
from assay.proving.prove import _solutions, prove
from assay.proving.task import Task
from assay.proving.telling import lines
from assay.proving.work import lost, work
from grader.crew import Crew
from suites import AuthoringError
from suites.direct import Direct
from suites.proof import plainly_off
from suites.types import Case

RETURN = "    return gamma * x + beta,"
IDLE = "    beta = beta + 0.0 * x[0]\n"  # shows nowhere
Edit = Callable[[str, str, str], None]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    list(make("toy", tmp_path / "toy"))
    return tmp_path / "toy"


@pytest.fixture
def edit(toy: Path) -> Edit:
    def change(file: str, old: str, new: str) -> None:
        text = (toy / file).read_text("utf-8")
        assert old in text
        (toy / file).write_text(text.replace(old, new), encoding="utf-8")

    return change


def short(proof: Proof) -> dict[str, tuple[str, ...]]:
    found = {check.name: check.short for check in proof.checks if check.short}
    return {**found, **({"mutants": proof.mutants.short} if proof.mutants and proof.mutants.short else {})}


def alone(toy: Path, kind: str, what: str = "", index: int = 0) -> list[str]:
    """What falls short of one task, in this process."""
    return work(Task(kind, what, toy, 1, index)).short


def test_what_is_scaffolded_holds_and_is_not_proved_twice(toy: Path, edit: Edit) -> None:
    proof = prove(toy, jobs=2)
    assert short(proof) == {}
    assert proof.holds
    assert proof.mutants is not None
    assert proof.mutants.rate == 1
    assert proof.mutants.total > 15
    assert {check.name: check.proved for check in proof.checks}["solutions"] == 2
    again = prove(toy, jobs=2)
    done = again.mutants.total + sum(check.proved for check in again.checks) if again.mutants else 0
    assert again.resumed == done
    edit("solutions/in_one_go.py", "x * gamma + beta", "x * gamma")  # one file, one student
    changed = prove(toy, jobs=1)
    assert changed.resumed == done - 1
    assert list(short(changed)) == ["solutions"]
    assert not changed.holds


def test_an_oracle_that_no_input_shows_has_survivors(toy: Path, edit: Edit) -> None:
    edit("oracle.py", RETURN, IDLE + RETURN)
    proof = prove(toy, jobs=2, seeds=1)
    assert proof.mutants is not None
    survivors = {survivor.words: survivor for survivor in proof.mutants.survivors}
    missing = "oracle.forward: beta + 0.0 * x[0] -> beta"
    assert survivors[missing].same
    assert survivors[missing].before == "beta = beta + 0.0 * x[0]"
    assert not proof.holds
    told = "\n".join(lines(proof))
    assert "of the mutants are killed; 99 % must be" in told
    assert f"{missing}\n" in told
    assert "+ beta = (beta)" in told
    declared = "".join(f"{json.dumps(words)} = 'Nothing is added.'\n" for words in survivors)
    (toy / "equivalent.toml").write_text(declared, encoding="utf-8")
    excused = prove(toy, jobs=1, seeds=1)
    assert excused.resumed > 20  # what is declared changes no outcome
    assert excused.mutants is not None
    assert excused.mutants.equivalent == len(survivors)
    assert excused.holds
    lie = '"oracle.forward: gamma * x + beta -> gamma * x" = "No."\n"oracle.nowhere: a -> b" = "Gone."\n'
    (toy / "equivalent.toml").write_text(declared + lie, encoding="utf-8")
    said = "\n".join(short(prove(toy, jobs=1, seeds=1))["mutants"])
    assert "declared equivalent, but forward/out/ordinary: values differ tells it" in said
    assert "speaks of a mutant that there is not, or that is killed: oracle.nowhere" in said


def test_a_beginning_may_be_declared(toy: Path, edit: Edit) -> None:
    edit("oracle.py", RETURN, IDLE + RETURN)
    (toy / "equivalent.toml").write_text(
        '"oracle.forward: beta + 0.0 * x[0] -> *" = "a"\n"oracle.forward: 0.0 * x[0] -> *" = "b"\n'
        '"oracle.forward: beta = beta + 0.0 * x[0] -> *" = "c"\n',
        encoding="utf-8",
    )
    proof = prove(toy, jobs=2, seeds=1)
    assert proof.mutants is not None
    assert proof.mutants.survivors == ()
    assert proof.mutants.equivalent >= 3


def test_a_declaration_that_leaves_something_out(toy: Path, edit: Edit) -> None:
    edit("assignment.py", '(like="nominal")', "()")
    edit("assignment.py", '        "beta": "shift, one number a feature",\n', "")
    edit("assignment.py", '"x": rng.normal(size=(n, d))', '"x": np.ones((n, d))')
    edit("assignment.py", "return batch(rng, 1, 6)", "return batch(np.random.default_rng(1), 1, 6)")
    said = "\n".join(alone(toy, "declaration"))
    assert "regime wide of toy_forward is hidden" in said
    assert "says nothing of its argument beta" in said
    assert "regime one_row of toy_forward is the same under every seed" in said
    assert "the tables of the handout are old" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("generated: inputs", "generated: input", "no table is called 'input'"),
        ("<!-- generated: inputs -->", "", "the handout has no table of inputs"),
    ],
)
def test_a_handout_without_its_tables_falls_short(
    toy: Path, edit: Edit, old: str, new: str, said: str
) -> None:
    edit("handout.md", old, new)
    (sentence,) = alone(toy, "declaration")
    assert said in sentence


def test_values_outside_the_declared_domain_are_refused(toy: Path, edit: Edit) -> None:
    edit("assignment.py", "lambda x: x.ndim == 2", "lambda x: len(x) > 1")
    with pytest.raises(AuthoringError, match="regime one_row draws a 'x' that is not in its domain: a batch"):
        prove(toy, jobs=1)


def test_packages_that_are_not_there_are_told_before_anything_is_tried(toy: Path, edit: Edit) -> None:
    edit("assignment.py", 'title="Toy"', 'title="Toy", packages=("numpy", "nowhere-at-all")')
    with pytest.raises(AuthoringError, match="lists the package 'nowhere-at-all', which is not installed"):
        prove(toy, jobs=1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "dbeta=1),",
            'dbeta=1), sums_to_zero("rows sum to zero", "dx", (1,))',
            "part backward: dx of the oracle",
        ),
        (
            "    domains={",
            '    terms={"dx": lambda dout, cache: {"half": dout}},\n    domains={',
            "do not sum to it",
        ),
    ],
)
def test_what_is_not_true_of_the_oracle_is_refused_before_a_class_reads_it(
    toy: Path, edit: Edit, old: str, new: str, said: str
) -> None:
    edit("assignment.py", "agreement, gradient, regime", "agreement, gradient, regime, sums_to_zero")
    edit("assignment.py", old, new)
    with pytest.raises(AuthoringError, match=said):
        prove(toy, jobs=1)


def test_a_starter_that_does_the_work(toy: Path, edit: Edit) -> None:
    done = (toy / "solutions" / "in_one_go.py").read_text("utf-8")
    (toy / "starter" / "toy.py").write_text(done.replace("toy_backward(", "other("), encoding="utf-8")
    said = alone(toy, "starter")
    assert any("the starter earns 18/5 in forward/out/ordinary" in sentence for sentence in said)
    assert "the starter has no toy_backward(dout, cache)" in said


def test_a_solution_is_left_out_that_imports_what_is_not_there(toy: Path) -> None:
    names = {path.name for path in _solutions(toy)}
    assert names
    (toy / "solutions" / "elsewhere.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    (toy / "solutions" / "several").mkdir()
    assert {path.name for path in _solutions(toy)} == names | {"several"}


def test_the_reference_must_keep_its_points(toy: Path, edit: Edit) -> None:
    elsewhere = "    beta = beta + (threading.current_thread() is not threading.main_thread())\n"
    edit("oracle.py", RETURN, elsewhere + RETURN)  # the student's thread is another
    edit("oracle.py", "import numpy", "import threading\n\nimport numpy")
    said = alone(toy, "reference")
    assert any("forward/out/ordinary: fail, values differ" in sentence for sentence in said)


def test_a_gradient_that_all_share_is_held_against_the_forward(toy: Path, edit: Edit) -> None:
    """The oracle and every solution have the formula from the same sheet, and no student shows it."""
    edit("solutions/in_one_go.py", "(dout * x).sum(0)", "2 * (dout * x).sum(0)")
    edit("oracle.py", "(dout * x).sum(axis=0)", "2 * (dout * x).sum(axis=0)")
    said = "the oracle's dgamma is not the gradient of its own toy_forward, on "
    found = [sentence for sentence in alone(toy, "reference") if sentence.startswith("the oracle's")]
    assert found
    assert all(sentence.startswith(said) for sentence in found)
    assert alone(toy, "solution", "in_one_go.py") == []


def test_a_solution_that_falls_short_says_what_is_off(toy: Path, edit: Edit) -> None:
    edit("solutions/in_one_go.py", "return dout * gamma,", "return -dout * gamma,")
    said = "in_one_go.py, float64, backward/dx/ordinary: fail, values differ: dx has the opposite sign"
    assert said in alone(toy, "solution", "in_one_go.py")
    (toy / "solutions" / "with_loops.py").write_text("def (", encoding="utf-8")
    odd = alone(toy, "solution", "with_loops.py")
    assert len(odd) == 4
    assert all("syntax error" in sentence for sentence in odd)  # what needs the forward is not told, too


@pytest.mark.parametrize(
    ("returned", "wrong", "right"),
    [("(gamma * x + beta).astype(np.float32)", 32, 64), ("np.sqrt(1) * gamma * x + beta", 64, 32)],
)
def test_an_oracle_keeps_the_precision_of_its_arguments(
    toy: Path, edit: Edit, returned: str, wrong: int, right: int
) -> None:
    edit("oracle.py", RETURN, f"    return {returned},")
    said = f"answers out in float{wrong} where its arrays are float{right}; let it keep their dtype"
    assert f"the oracle of toy_forward {said}" in alone(toy, "reference")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "assignment.py",
            "return batch(rng, 3, 8)",
            "return batch(np.random.mtrand._rand, 3, 8)",
            "regime wide of toy_forward draws something else under the same seed: "
            "draw everything from the Generator that it is given",
        ),
        (
            "oracle.py",
            RETURN,
            "    beta = beta + np.random.normal()\n" + RETURN,
            "the oracle of toy_forward answers the same inputs differently on regime wide: "
            "let nothing in it be left to chance",
        ),
    ],
)
def test_what_another_chance_decides_is_told(
    toy: Path, edit: Edit, file: str, old: str, new: str, said: str
) -> None:
    edit(file, old, new)
    assert said in alone(toy, "declaration")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "return dx, dbeta, dbeta",
            "return dx, _, dbeta",
            "it changes nothing on any input: a regime is missing, or it is the oracle itself",
        ),
        ('kind="wrong"', 'kind="accept"', ""),
    ],
)
def test_a_variant_is_held_to_its_kind(toy: Path, edit: Edit, old: str, new: str, said: str) -> None:
    edit("variants.py", old, new)
    complaints = alone(toy, "variant", "toy.dgamma-without-x")
    assert complaints == [] if not said else said in complaints[0]


def test_two_variants_that_no_input_tells_apart(toy: Path, edit: Edit) -> None:
    twin = '\n\n@variant("toy.twin", of=oracle.backward, kind="wrong", says="Twin.", hint="?")\n'
    with (toy / "variants.py").open("a", encoding="utf-8") as file:
        file.write(twin + "def twin(dout, cache):\n    return dgamma_without_x.wrong(dout, cache)\n")
    nowhere, where, *_ = alone(toy, "variant", "toy.twin", 1)
    assert "it is named nowhere" in nowhere
    assert "no input tells it from another variant; leave one out, or add a regime. One of: Your" in where


TRIED = '''
import numpy as np
from suites import Function, subject

@subject("e.off", of="twice", says="Off.", hint="?")
def number(rng):
    """A vector."""
    x = rng.normal(size=3)
    return Function(lambda y: y, ((3,),)), x, 2 * x
'''


@pytest.mark.parametrize(("accuracy", "earns"), [(1e-6, False), (1.5, True)])
def test_who_does_not_look_must_earn_nothing(tmp_path: Path, accuracy: float, earns: bool) -> None:
    """Of a part that is content with an error of 150 %, zeros would."""
    (tmp_path / "subjects.py").write_text(TRIED, encoding="utf-8")
    (tmp_path / "assignment.py").write_text(
        "from suites import Assignment, Estimates\nfrom . import subjects\n"
        f'part = Estimates("e", "twice", subjects, worth=1, accuracy={accuracy})\n'
        'assignment = Assignment(title="T", submit="t.py", parts=(part,))\n',
        encoding="utf-8",
    )
    said = [alone(tmp_path, "stub", what) for what in ("True", "False", "AssertionError", "zero")]
    assert said[:3] == [[], [], []]
    assert said[3] == (["who says 'zero' to everything earns e/number/ordinary"] if earns else [])


def test_a_tensor_that_is_exactly_zero_is_measured_by_its_conditioning(toy: Path) -> None:
    """A gradient that cancels has no size of its own: its rounding is no plain mistake."""
    case = next(iter(cases_of(toy)))
    zero = replace(
        case,
        expected={"out": 0 * case.expected["out"]},
        amplification={**case.amplification, "out": 1.0},
    )
    for off, plain in ((1e-9, False), (1e-3, True)):
        rounded = Direct({case.signature.forward: lambda *args, off=off: (0 * args[0] + off, args)})
        found = {tensor for _, tensor, _ in plainly_off([replace(zero, upstream=None)], rounded, "float64")}
        assert ("out" in found) is plain


def cases_of(toy: Path) -> list[Case]:
    return [case for cases in plan_for(toy, 0).cases.values() for case in cases]


def test_a_mutant_that_does_not_end_is_killed(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(task: Task) -> None:
        while True:
            pass

    monkeypatch.setattr("assay.proving.work.KINDS", {"mutant": endless, "stub": endless})
    with soft_limit(0.05):
        assert work(Task("mutant", "m", toy, 2)).killed == 2
    with soft_limit(0.05):
        assert work(Task("stub", "zeros", toy, 2)).short == ["zeros takes too long"]
    with pytest.raises(OutOfTime), soft_limit(0.05):
        endless(Task("mutant", "m", toy, 2))
    assert lost(Task("mutant", "m", toy, 2)).killed == 2
    assert lost(Task("stub", "zeros", toy, 2)).short


def test_a_cache_that_was_cut_off_still_reads(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "cache.jsonl"
    for _ in range(2):
        cache = Cache(file)
        cache.__enter__()
        cache.put("a", {"n": 1})
        cache.put("b", {"n": 2})
        cache.__exit__(KeyboardInterrupt, None, None)
    file.write_text(file.read_text("utf-8")[:-9], encoding="utf-8")
    with Cache(file) as cache:
        assert cache.get("a") == {"n": 1}
        assert cache.get("d") is None
        cache.put("c", {"n": 3})
    with Cache(file) as cache:  # which forgets what nobody asked for
        assert cache.get("b") is None
        assert cache.get("c") == {"n": 3}
    with Cache(file) as cache:
        assert cache.get("a") is None


def test_the_command_speaks_to_people_and_programs(toy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def command(*arguments: object) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(
                ["validate", str(toy), "--no-mutants", "--seeds", "1", "--jobs", "1", *map(str, arguments)]
            )
        return ended.value.code, capfd.readouterr().out

    code, out = command("--json")
    told = json.loads(out)
    assert code == 0
    assert told["holds"] is True
    assert told["mutants"] is None
    assert [check["name"] for check in told["checks"]][:2] == ["declaration", "reference"]
    (toy / "solutions" / "in_one_go.py").write_text("def toy_forward(x, gamma, beta): return 1, 2", "utf-8")
    code, out = command()
    assert code == 1
    assert "SHORT  solutions" in out
    assert "It falls short" in out


def test_what_it_cannot_read_is_said_in_a_sentence(toy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (toy / "equivalent.toml").write_text('"a" = 1', encoding="utf-8")
    for arguments, said in (
        (["validate", str(toy)], "gives no reason for 'a'"),
        (["validate", str(toy), "--seeds", "0"], "--seeds is 0"),
        (["validate", "nowhere"], "there is no assignment nowhere"),
    ):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 2
        assert said in capfd.readouterr().err


def test_what_is_changed_meanwhile_is_not_proved(toy: Path, edit: Edit, cache: Path) -> None:
    class Meddling:
        def begin(self, text: str, total: int) -> None:
            edit("oracle.py", "axis=0", "axis=(0,)")

        def step(self) -> None:
            """Nothing."""

    with pytest.raises(AssayError, match="was changed while it was proved"):
        prove(toy, jobs=1, seeds=1, with_mutants=False, steps=Meddling())
    assert not list(cache.rglob("*.jsonl"))


def test_interrupted_it_goes_on_where_it_stopped(toy: Path, cache: Path) -> None:
    command = [sys.executable, "-m", "assay", "validate", str(toy), "--jobs", "1", "--seeds", "9"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    kept = cache / "assay" / "validate"
    until = time.monotonic() + 30
    while time.monotonic() < until and not any(f.stat().st_size > 100 for f in kept.glob("*.jsonl")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command goes on where it stopped" in err
    assert "Traceback" not in err
    assert prove(toy, jobs=2, seeds=9, with_mutants=False).resumed > 0


def test_a_bundled_one_holds_without_its_mutants() -> None:
    proof = prove("pooling", jobs=2, seeds=1, with_mutants=False)
    assert short(proof) == {}


def limits(task: int) -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0]


def test_a_task_has_little_memory_and_time() -> None:
    with Crew(partial(limited, limits), limits, 1) as crew:
        found = [limit for _, limit in crew.do([1, 2])]
    assert {memory for memory, _ in found} == {MEMORY}
    assert all(HARD_S < seconds < HARD_S + 10 for _, seconds in found)
