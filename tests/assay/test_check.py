"""`assay check` as a student meets it: right, wrong, broken, watched; and what it never tells."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

import assignments
from assay import check as checks
from assay import cli
from assay.checking import Checked, Checker
from assay.telling import PLAIN_SIGNS
from grader.plan import make_plan
from grader.sandbox.running import SandboxError

ROOT = Path(__file__).parents[2]
BATCHNORM = ROOT / "assignments" / "batchnorm"
RIGHT = (BATCHNORM / "solutions" / "closed_form.py").read_text()
NO_MEAN_TERM = (BATCHNORM / "class" / "felix_braun.py").read_text()  # the variant bn.no-mean-term
UNBIASED = (BATCHNORM / "class" / "grace_okafor.py").read_text()  # the variant bn.unbiased-forward
WORDS = {variant.id: variant.words for variant in assignments.load(BATCHNORM).all_variants}
ALL_RIGHT = "20 / 20 points on the public cases; 15 kinds of input are checked only when graded."

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Run `assay check` in an empty folder, on no terminal of any width: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)

    def command(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["check", *map(str, arguments)])
        out, err = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return command


@pytest.fixture
def hasty(tmp_path: Path) -> Path:
    """The assignment, with little patience."""
    folder = tmp_path / "hasty"
    folder.mkdir()
    for file in BATCHNORM.glob("*.py"):
        (folder / file.name).write_text(file.read_text().replace("seconds=2.0", "seconds=0.2"))
    return folder


def in_words(text: str) -> str:
    """The text without the line breaks that the terminal's width made."""
    return " ".join(text.split())


# --------------------------------------------------------------------------- right and wrong


def test_what_is_right_ends_with_0(check: Check) -> None:
    Path("batchnorm.py").write_text(RIGHT)
    code, out, err = check("batchnorm.py")
    assert (code, err) == (0, "")
    assert ALL_RIGHT in out
    assert out.startswith("Batch normalisation: batchnorm.py\n")
    assert "✗" not in out
    assert "\x1b" not in out


def test_what_is_wrong_gets_a_question_and_no_name(check: Check) -> None:
    Path("batchnorm.py").write_text(NO_MEAN_TERM)
    code, out, _ = check("batchnorm.py")
    told = in_words(out)
    assert code == 1
    assert WORDS["bn.no-mean-term"].hint in told
    assert re.search(r"✗ Training, backward +3 / 8", out)
    assert re.search(r"Worst entry dx\[\d, \d\]: expected \S+, got \S+ \(3 of 3 cases are off\)", told)
    assert "Seen on" in told
    assert "13.5 / 20 points" in out
    for unsaid in (WORDS["bn.no-mean-term"].says, "bn.no-mean-term"):
        assert unsaid not in told


def test_a_question_is_asked_once_where_the_tensors_have_causes_of_their_own(check: Check) -> None:
    right = (ROOT / "assignments" / "mlp" / "solutions" / "course_style.py").read_text()
    swapped = right + (
        "\nin_order = mlp_backward\n"
        "def mlp_backward(dscores, cache):\n"
        "    dx, dw1, db1, dw2, db2 = in_order(dscores, cache)\n"
        "    return dx, dw2, db2, dw1, db1\n"
    )
    Path("mlp.py").write_text(swapped)
    code, out, _ = check("mlp.py", "--part", "network backward")
    assert code == 1
    assert out.count("Which order") == 1
    assert "    dw1, db1, dw2, db2 (ordinary inputs)  fail\n    dw1: shape (7, 3), expected (4, 7)\n" in out


def test_what_is_raised_at_one_place_is_told_once_whatever_its_numbers(check: Check) -> None:
    wrong_axis = (
        "import numpy as np\ndef batchnorm_forward(x, gamma, beta, eps):\n    return x - x.mean(axis=1)\n"
    )
    Path("batchnorm.py").write_text(wrong_axis)
    code, out, _ = check("batchnorm.py", "--part", "forward")
    assert code == 1
    assert out.count("Raised") == 1
    assert "    out (ordinary and unusual inputs)  error\n    ordinary inputs: raised ValueError: " in out


def test_what_has_no_points_and_costs_those_of_others_is_told(check: Check) -> None:
    """To pass what is right earns nothing by itself: who refuses it loses what is caught."""
    Path("gradcheck.py").write_text("def check_gradient(f, gradient, x):\n    return False\n")
    code, out, _ = check("gradcheck.py", "--part", "checker")
    assert code == 1
    assert "right for a vector (ordinary inputs)  fail" in out
    assert "Is your tolerance relative?" in in_words(out)
    assert "caught, but what is right is refused, too" in in_words(out)


def test_a_narrow_terminal_gets_short_lines(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = " ".join(["words"] * 30)
    Path("batchnorm.py").write_text(f"def batchnorm_inference(*a):\n    raise ValueError({words!r})\n")
    _, out, _ = check("batchnorm.py")
    told = [line for line in out.splitlines() if not line.startswith("    |")]
    assert max(map(len, told)) <= 80
    assert f"error: raised ValueError: {words}" in in_words("\n".join(told))
    assert "    words" in out


@pytest.mark.parametrize("option", [(), ("--json",), ("--html", "page.html")])
def test_the_name_is_in_no_sentence_that_builds_on_it(check: Check, option: tuple[str, ...]) -> None:
    """A backward that is right for a wrong forward: why is told, the forward's mistake is not named."""
    Path("batchnorm.py").write_text(UNBIASED)
    code, out, _ = check("batchnorm.py", *option)
    told = in_words(out if "--html" not in option else Path("page.html").read_text())
    assert code == 1
    assert "right for your own forward" in told
    assert not [word.id for word in WORDS.values() if word.id in told or word.says in told]


def test_only_public_cases_are_asked(check: Check) -> None:
    Path("batchnorm.py").write_text(RIGHT.replace("cache):", "cache):\n    print('asked')", 1))
    code, out, _ = check("batchnorm.py", "--json", "--part", "backward", "--seed", 7)
    data = json.loads(out)
    plan = make_plan(BATCHNORM, b"assay check 7", only=["backward"], public=True)
    assert code == 0
    assert all(case.public for case in plan.all_cases)
    assert data["printed"].count("asked") == len(plan.all_cases) == 5
    assert data["hidden_kinds"] == 5


def test_a_case_is_the_same_whatever_is_sealed_beside_it() -> None:
    seed = b"x" * 16
    whole = {case.id: case for case in make_plan(BATCHNORM, seed).all_cases}
    for case in make_plan(BATCHNORM, seed, only=["inference"], public=True).all_cases:
        assert case.signature.forward == "batchnorm_inference"
        for name, value in case.expected.items():
            assert np.array_equal(value, whole[case.id].expected[name])


def test_the_seed_is_fresh_unless_it_is_named(check: Check) -> None:
    Path("batchnorm.py").write_text(NO_MEAN_TERM)

    def worst(*options: object) -> tuple[int, float]:
        data = json.loads(check("batchnorm.py", "--json", "--part", "backward", *options)[1])
        return data["seed"], data["parts"][0]["findings"][0]["evidence"]["expected"]

    first, again, named = worst(), worst(), worst("--seed", 12)
    assert first != again
    assert worst("--seed", first[0]) == first
    assert worst("--seed", 12) == named


# --------------------------------------------------------------------------- broken code


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("def broken(:\n    pass\n", "error: syntax error in line"),
        ("import os\ndef batchnorm_inference(*a):\n    os._exit(3)\n", "crash: the process ended itself"),
        ("def batchnorm_inference(*a):\n    while True: pass\n", "timeout: took more than 0.2 s"),
        ("del batchnorm_inference\n", "missing: there is no function batchnorm_inference"),
        ("def batchnorm_inference(*a):\n    return [][1]\n", "error: raised IndexError"),
    ],
)
def test_broken_code_is_told_as_such(check: Check, hasty: Path, change: str, verdict: str) -> None:
    Path("mine.py").write_text(f"{RIGHT}\n{change}")
    code, out, err = check("mine.py", "--assignment", hasty)
    assert (code, err) == (1, "")
    assert out.count(verdict) == 1
    assert ("19 / 20 points" in out) == ("syntax" not in verdict)


def test_what_was_raised_and_printed_is_inert(check: Check) -> None:
    lines = (
        "def helper(x):\n    raise ValueError('\\x1b[31m' + '\\u202e')",
        "def batchnorm_inference(*a):\n    print('\\x1b[2J')\n    return helper(a)\n",
    )
    Path("batchnorm.py").write_text("\n".join((RIGHT, *lines)))
    _, out, _ = check("batchnorm.py")
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert re.search(r'\| +File "batchnorm.py", line \d+, in helper', out)
    assert r"ValueError: \x1b[31m\u202e" in out
    assert "Printed\n| \\x1b[2J\n" in out


def test_what_is_printed_without_end_is_cut(check: Check) -> None:
    Path("batchnorm.py").write_text(RIGHT + "\nfor number in range(100000): print(number)\n")
    code, out, _ = check("batchnorm.py", "--part", "inference")
    assert code == 0
    assert re.search(r"Printed \(\d+ characters more\)\n\| 0\n", out)
    assert len(out.splitlines()) < 40


# --------------------------------------------------------------------------- what is checked


def test_a_folder_and_the_current_one(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = BATCHNORM / "class" / "chen_wei"  # two files
    assert check(folder)[0] == 0
    monkeypatch.chdir(folder)
    code, out, _ = check()
    assert code == 0
    assert ALL_RIGHT in out


def test_a_required_convention_costs_and_is_asked_about(check: Check) -> None:
    outside = "    return gamma * (x - mean) / (np.sqrt(var) + eps) + beta\n"
    head = "import numpy as np\ndef batchnorm_inference(x, gamma, beta, mean, var, eps):\n"
    Path("batchnorm.py").write_text(head + outside)
    code, out, _ = check("batchnorm.py", "--part", "inference")
    assert code == 1
    assert "0.9 / 1 points" in out
    assert "convention, costs 0.1 points: another convention than the handout's" in out
    assert "pass" not in out
    assert in_words(out).count(WORDS["bn.eps-outside"].hint) == 1


def test_a_lone_folder_around_it_does_not_count(check: Check) -> None:
    Path("homework/week3").mkdir(parents=True)
    Path("homework/week3/batchnorm.py").write_text(RIGHT)
    assert check("homework", "--part", "inference")[0] == 0


def test_parts(check: Check) -> None:
    Path("batchnorm.py").write_text(NO_MEAN_TERM)
    code, out, _ = check("batchnorm.py", "--part", "forward", "--part", "inference")
    assert code == 0
    assert "5 / 5 points" in out
    assert "backward" not in out


def test_json_is_strict_and_says_the_same(check: Check) -> None:
    Path("batchnorm.py").write_text(NO_MEAN_TERM.replace("return dx", "dx[0] = np.nan; return dx"))
    code, out, _ = check("batchnorm.py", "--json")
    data = json.loads(out, parse_constant=pytest.fail)
    assert code == 1
    assert (data["assignment"], data["score"], data["max_score"]) == ("batchnorm", 13.5, 20)
    assert not data["full"]
    parts = {part["name"]: part for part in data["parts"]}
    finding = next(each for each in parts["backward"]["findings"] if each["tensor"] == "dx")
    assert finding["verdict"] == "fail"
    assert finding["evidence"]["about"]
    assert finding["evidence"]["case"].startswith("batchnorm_forward/")


def test_the_page_is_self_contained(check: Check) -> None:
    Path("batchnorm.py").write_text(NO_MEAN_TERM)
    code, out, _ = check("batchnorm.py", "--html", "page.html")
    page = Path("page.html").read_text()
    assert code == 1
    assert "Page  page.html" in out
    assert "Content-Security-Policy" in page
    links = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'>\s]*)""", page)
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "@import" not in page
    assert WORDS["bn.no-mean-term"].hint in page
    assert WORDS["bn.no-mean-term"].says not in page
    assert "15 kinds of input are checked only when graded" in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("nowhere.py", "there is nothing at nowhere.py; name a file or a folder"),
        (
            "homework.py",
            "homework.py is for; name it with --assignment, one of: activations (activ",
        ),
        ("empty", "there is no Python file, notebook or archive in empty; name your file or the folder"),
        ("texts", "there is no Python file, notebook or archive in texts; name your file or the folder"),
        ("batchnrom.py", "batchnrom.py is for: did you mean batchnorm.py? Rename it, or name one with --as"),
        ("batchnorm.py --assignment batchnrm", "there is no assignment batchnrm; did you mean batchnorm?"),
        ("batchnorm.py --assignment MLP", "there is no assignment MLP; did you mean mlp?"),
        ("batchnorm.py --part backwrd", "batchnorm has no part 'backwrd'; did you mean 'backward'?"),
        ("batchnorm.py --part Training,forward", "has no part 'Training,forward'; did you mean 'forward'?"),
        ("empty --assignment batchnorm", "batchnorm.py was expected"),
        ("both", "both holds work for batchnorm and mlp; name one with --assignment"),
        ("batchnorm.py --assignment nothing", "there is no assignment nothing; name a folder"),
        ("batchnorm.py --part sideways", "batchnorm has no part 'sideways'; its parts are: 'forward', "),
        ("batchnorm.py --html empty", "--html is empty; name a file that ends in .html"),
        ("batchnorm.py --html batchnorm.py", "--html is batchnorm.py; name a file that ends in .html"),
        ("batchnorm.py --html nowhere/x.html", "cannot be written: there is no folder nowhere"),
        ("batchnorm.py --html pages.html", "cannot be written: it is a folder"),
        ("batchnorm.py --html /proc/x.html", "/proc/x.html cannot be written: "),
        ("batchnorm.py --seed soon", "; see assay check --help"),
        ("nul/batchnorm.py", "holds NUL bytes"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(check: Check, arguments: str, words: str) -> None:
    for folder in ("empty", "both", "pages.html", "nul", "texts"):
        Path(folder).mkdir()
    for name in (
        "batchnorm.py",
        "both/batchnorm.py",
        "both/mlp.py",
        "homework.py",
        "texts/notes.txt",
        "batchnrom.py",
    ):
        Path(name).write_text(RIGHT)
    Path("nul/batchnorm.py").write_bytes(b"x\0")
    code, _, err = check(*arguments.split())
    assert code == 2
    (line,) = err.splitlines()
    assert line.startswith("assay: ")
    assert words in line
    assert Path("batchnorm.py").read_text() == RIGHT


def test_what_is_not_needed_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "batchnorm.py").write_text(RIGHT)
    code = (
        "import sys; from assay import cli\n"
        f"try: cli.main(['check', {str(tmp_path)!r}, '--part', 'inference'])\n"
        "except SystemExit: print(sorted({'rich', 'hypothesis', 'sqlite3', 'torch'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_an_assignment_with_other_packages_gets_its_own_launcher(check: Check, hasty: Path) -> None:
    declaration = hasty / "assignment.py"
    text = declaration.read_text().replace("seconds=0.2", 'seconds=0.2, packages=("numpy", "jinja2")')
    declaration.write_text(text)
    Path("mine.py").write_text("import jinja2\n" + RIGHT)
    assert check("mine.py", "--assignment", hasty)[0] == 0
    assert check("mine.py", "--assignment", "batchnorm")[0] == 1


def test_help_has_an_example(check: Check) -> None:
    code, out, _ = check("--help")
    assert code == 0
    assert "Example: assay check batchnorm.py" in out


# --------------------------------------------------------------------------- terminals


def test_a_terminal_gets_colours_and_an_old_one_plain_signs(tmp_path: Path) -> None:
    (tmp_path / "batchnorm.py").write_text(RIGHT)
    command = [sys.executable, "-m", "assay", "check", str(tmp_path), "--part", "inference"]
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    assert b"\x1b[32m" in on_terminal(command, environment)
    assert b"\x1b" not in on_terminal(command, {**environment, "NO_COLOR": "1"})
    plain = subprocess.run(
        command, env={**environment, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, check=True
    )
    assert f"{PLAIN_SIGNS[0]} Inference" in plain.stdout


def on_terminal(command: list[str], environment: dict[str, str]) -> bytes:
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs, env=environment):
        os.close(theirs)
        seen = b""
        while True:
            try:
                seen += os.read(ours, 4096)
            except OSError:  # EIO: nobody holds the other end any more
                break
    os.close(ours)
    return seen


# --------------------------------------------------------------------------- watching


@contextmanager
def watched(path: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", IO[str], IO[str]]]:
    """`assay check --watch`, with its output; killed if it says nothing for long."""
    command = [sys.executable, "-m", "assay", "check", str(path), "--watch", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        patience = threading.Timer(120, process.kill)
        patience.start()
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            yield process, process.stdout, process.stderr
        finally:
            patience.cancel()
            process.kill()


def until(stream: IO[str], words: str) -> str:
    seen = ""
    for line in stream:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"it ended without {words!r}: {seen}")


def save(path: Path, text: str | bytes) -> None:
    """As editors do: a new file under the old name."""
    temporary = path.with_name("#saving")
    temporary.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.replace(temporary, path)


def test_watching_checks_again_at_every_change_until_ctrl_c(tmp_path: Path) -> None:
    mine = tmp_path / "batchnorm.py"
    save(mine, NO_MEAN_TERM)
    with watched(tmp_path, "--part", "backward") as (process, out, err):
        first = until(out, "--seed")
        assert "3 / 8 points" in first
        until(err, "Ctrl-C ends")
        save(mine, b"\0")
        assert "holds NUL bytes" in until(err, "assay: ")
        until(err, "Ctrl-C ends")
        save(mine, RIGHT)
        second = until(out, "--seed")
        assert "8 / 8 points" in second
        assert re.match(r"-- \d\d:\d\d:\d\d ---+\n", second)
        assert first.splitlines()[-1] == second.splitlines()[-1]  # the same cases
        until(err, "Ctrl-C ends")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert (out.read(), err.read()) == ("", "")


def test_watching_goes_on_where_no_sandbox_could_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def saved_twice(paths: Sequence[Path]) -> Iterator[None]:
        yield from (None, None)
        raise KeyboardInterrupt

    def fails(checker: Checker) -> Checked:
        raise SandboxError("there is no room for a process")

    monkeypatch.setattr("assay.watching.changes", saved_twice)
    monkeypatch.setattr(Checker, "check", fails)
    (tmp_path / "batchnorm.py").write_text(RIGHT)
    with pytest.raises(SystemExit):
        checks.check(tmp_path, watch=True)
    assert capsys.readouterr().err.count("assay: there is no room for a process\n") == 2


def test_watching_for_programs_prints_a_line_a_check(tmp_path: Path) -> None:
    mine = tmp_path / "batchnorm.py"
    save(mine, NO_MEAN_TERM)
    with watched(mine, "--part", "backward", "--json") as (process, out, _):
        scores: list[Any] = [json.loads(out.readline())["score"]]
        save(mine, RIGHT)
        scores.append(json.loads(out.readline())["score"])
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert scores == [3, 8]


def test_watching_notices_an_edited_assignment(tmp_path: Path, hasty: Path) -> None:
    mine = tmp_path / "mine.py"
    save(mine, RIGHT)
    declaration = hasty / "assignment.py"
    with watched(mine, "--assignment", str(hasty), "--json") as (_, out, err):
        assert json.loads(out.readline())["max_score"] == 20
        until(err, "Ctrl-C ends")
        good = declaration.read_text()
        save(declaration, "1 / 0")
        until(err, "cannot be imported")
        save(declaration, good.replace("agreement(out=4)", "agreement(out=5)"))
        assert json.loads(out.readline())["max_score"] == 21


@pytest.mark.parametrize("name", ["batchnorm.ipynb", "batchnorm.zip"])
def test_a_notebook_and_an_archive(check: Check, name: str) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": RIGHT, "outputs": [], "execution_count": None}
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    if name.endswith(".zip"):
        with zipfile.ZipFile(name, "w") as archive:
            archive.writestr("batchnorm.ipynb", notebook)
    else:
        Path(name).write_text(notebook)
    assert check(name, "--part", "inference")[0] == 0
