"""The command line as its users meet it: exit codes, one sentence for a mistake, a run folder at the end."""

import csv
import json
import os
import pty
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

import assay
import assignments
from assay import cli
from assay.errors import AssayError
from grader.sandbox.levels import Level
from grader.sandbox.selftest import Proof, prove
from grader.sandbox.types import AS_USUAL, Housing
from grader.store import Store, read_info

from ..proofs import proof_of

ROOT = Path(__file__).parents[2]
SOLUTION = ROOT / "assignments" / "batchnorm" / "solutions" / "closed_form.py"
QUICK = ("--sandbox", "process", "--i-trust-these-submissions", "--jobs", "1")


class Ran:
    """How a command ended and what it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def mistake(self) -> str:
        """The one sentence of a mistake."""
        assert self.code == 2, self.err
        (line,) = [line for line in self.err.splitlines() if line not in STAGES]
        assert line.startswith("assay: ")
        assert "Traceback" not in self.err
        return line.removeprefix("assay: ")


STAGES = ("Proving the sandbox", "Sealing the assignment")
Run = Callable[..., Ran]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an empty folder. The level of QUICK is proved once for all of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("grader.sandbox.selftest.prove", proved)

    def command(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, out, err)

    return command


def proved(level: Level, housing: Housing = AS_USUAL) -> Proof:
    return (proof_of if level is Level.process else prove)(level, housing)


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "alice.py").write_bytes(SOLUTION.read_bytes())
    (folder / "bob.zip").write_bytes(b"PK")
    (folder / "roster.csv").write_text("alice\n")
    return folder


# --------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("grade nothing submissions --out run", "there is no assignment nothing; name a folder"),
        ("grade submissions submissions --out run", "the folder submissions has no assignment.py"),
        ("grade batchnorm nowhere --out run", "there is nothing at nowhere; name"),
        ("grade batchnorm empty --out run", "empty holds no submissions"),
        ("grade batchnorm submissions --out submissions", "holds other files and is no run folder"),
        ("grade batchnorm submissions --out submissions/alice.py", "is a file; name a folder"),
        ("grade batchnorm submissions --out /proc/run", "/proc/run: No such file or directory"),
        ("grade batchnorm submissions --out run --sandbox strong", "no sandbox level is called 'strong'"),
        ("grade batchnorm submissions --out run --min-isolation 9", "no sandbox level is called '9'"),
        ("grade batchnorm submissions --out run --sandbox process", "add --i-trust-these-submissions"),
        ("grade batchnorm submissions --out run --memory 12Q", "--memory is '12Q'; write a size such as"),
        ("grade batchnorm submissions --out run --memory 1K", "--memory is 1024 bytes; at least 32M"),
        ("grade batchnorm submissions --out run --timeout 0", "must be a positive number of seconds"),
        ("grade batchnorm submissions --out run --timeout nan", "must be a positive number of seconds"),
        ("grade batchnorm submissions --out run --timeout 1e7", "of seconds, at most 86400"),
        ("grade batchnorm submissions --out run --memory 1000000T", "no machine has more than 256T"),
        ("grade batchnorm submissions --out run --jobs 0", "--jobs is 0; at least one is needed"),
        ("grade batchnorm submissions --out run --only z*", "--only 'z*' matches none of 2 submissions"),
        ("grade batchnorm submissions --out run --timeout soon", "; see assay grade --help"),
        ("grade batchnorm submissions", "--out'; see assay grade --help"),
        ("grade --nonsense", "No such option '--nonsense'; see assay grade --help"),
        ("grade --memry 1G", "No such option '--memry'. Did you mean '--memory'? See assay grade --help"),
        ("nonsense", "No such command 'nonsense'; see assay --help"),
        ("chek", "Did you mean 'check'? See assay --help"),
        ("check --part", "Option '--part' requires an argument; see assay check --help"),
        ("leaderboard add run --board", "requires an argument; see assay leaderboard add --help"),
        ("report nowhere", "nowhere is no run folder: it has no run.json"),
        ("receipt nowhere ada dx", "nowhere is no run folder: it has no run.json"),
        ("receipt run ada", "Missing argument 'CHECK'; see assay receipt --help"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    run: Run, submissions: Path, tmp_path: Path, arguments: str, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    assert words in run(*arguments.split()).mistake()
    assert not (tmp_path / "run").exists()


def test_seed_files_that_are_none(run: Run, submissions: Path, tmp_path: Path) -> None:
    graded = ("grade", "batchnorm", submissions, "--out", tmp_path / "run", *QUICK)
    assert "seed: No such file" in run(*graded, "--seed-file", tmp_path / "seed").mistake()
    (tmp_path / "seed").write_text("short")
    assert (
        "is no seed: it must hold 16 to 4096 bytes"
        in run(*graded, "--seed-file", tmp_path / "seed").mistake()
    )


def test_an_out_that_cannot_be_written(submissions: Path, tmp_path: Path) -> None:
    """As somebody else: root may write anywhere."""
    if os.geteuid() == 0:
        out = Path("/sys/kernel")  # where root may not either
    else:
        out = tmp_path / "out"
        out.mkdir(mode=0o500)
    ended = subprocess.run(
        [sys.executable, "-m", "assay", "grade", "batchnorm", submissions, "--out", out, *QUICK],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("assay: ")


def test_the_run_of_another_assignment(run: Run, submissions: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in (ROOT / "assignments" / "batchnorm").glob("*.py"):
        (other / file.name).write_bytes(file.read_bytes())
    out = tmp_path / "run"
    assert run("grade", "batchnorm", submissions, "--out", out, *QUICK).code == 0
    refused = run("grade", other, submissions, "--out", out, *QUICK).mistake()
    assert refused == f"{out} is a run of batchnorm, not of other; name another folder"


def test_a_run_is_written_by_one_at_a_time(run: Run, submissions: Path, tmp_path: Path) -> None:
    from assay.runs import open_run

    with open_run(tmp_path / "run", "batchnorm", None):
        refused = run("grade", "batchnorm", submissions, "--out", tmp_path / "run", *QUICK).mistake()
    assert "another assay is grading into" in refused


def test_a_damaged_results_file(run: Run, submissions: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run("grade", "batchnorm", submissions, "--out", out, *QUICK)
    (out / "results.sqlite").write_text("what is this? " * 100)
    assert "is no results file" in run("report", out).mistake()


def test_a_bug_of_ours_is_no_traceback_either(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise KeyError("x")

    monkeypatch.setattr("assay.listing.entries", broken)
    ended = run("list")
    assert ended.code == 70
    assert ended.err.startswith("assay: this is a bug of Assay at test_cli.py:")
    monkeypatch.setenv("ASSAY_TRACEBACK", "1")
    assert "Traceback" in run("list").err


@pytest.mark.parametrize("size", ["512M", "512m", "512MB", "512MiB", "0.5G", str(512 << 20)])
def test_sizes(size: str) -> None:
    assert cli.size_in_bytes(size) == 512 << 20


@pytest.mark.parametrize("size", ["", "M", "-", "5X", "1e999", "nan", "5 5"])
def test_sizes_that_are_none(size: str) -> None:
    with pytest.raises(AssayError, match="write a size such as 512M"):
        cli.size_in_bytes(size)


# --------------------------------------------------------------------------- grading


def test_a_class_is_graded_and_resumed(run: Run, submissions: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ("grade", "batchnorm", submissions, "--out", out, *QUICK)
    first = run(*command)
    assert first.code == 0
    assert f"{out}/report/index.html" in first.out
    assert "Left out, as nobody's submission: roster.csv" in first.err
    assert "Could not be read: bob; the report and the gradebook say why" in first.err
    rows = gradebook(out)
    assert [(row["student"], row["status"]) for row in rows] == [("alice", "graded"), ("bob", "unreadable")]
    assert rows[0]["score"] == rows[0]["max_score"]
    assert (out / "report" / "index.html").is_file()
    assert (out / "feedback" / "alice.html").is_file()
    assert (out / "results" / "bob.json").is_file()

    assert "2 done before" in run(*command).err
    with Store(out / "results.sqlite") as store:
        assert store.last_attempt() == 2
    (out / "gradebook.csv").unlink()
    assert run("report", out).code == 0
    assert (out / "gradebook.csv").is_file()
    assert "1 graded, 1 unreadable" in run(*command, "--timeout", "3").err  # other limits, other results


def test_a_run_beside_the_submissions_is_nobodys(run: Run, submissions: Path) -> None:
    command = ("grade", "batchnorm", submissions, "--out", submissions / "run", *QUICK)
    assert run(*command).code == 0
    assert "2 of 2: 2 done before" in run(*command).err


def test_a_download_of_canvas_is_graded_by_student(run: Run, tmp_path: Path) -> None:
    folder, out = tmp_path / "canvas", tmp_path / "canvas" / "run"
    folder.mkdir()
    right, late = "smithbob_340934_11_batchnorm.py", "lane_LATE_77_13_mine-1.py"
    for name in (right, late):
        (folder / name).write_bytes(SOLUTION.read_bytes())
    (folder / "smithbob_340934_12_helper.py").write_text("HELP = 1\n")
    (folder / "fay_78_14_report.pdf").write_bytes(b"%PDF")
    (folder / "roster.csv").touch()
    command = ("grade", "batchnorm", folder, "--out", out, *QUICK)
    ended = run(*command)
    assert ended.code == 0
    assert "Left out, as nobody's submission: roster.csv" in ended.err
    rows = {row["student"]: row for row in gradebook(out)}
    assert list(rows) == ["fay_78", "lane_77", "smithbob_340934"]
    assert [row["status"] for row in rows.values()] == ["unreadable", "graded", "graded"]
    assert rows["lane_77"]["score"] == rows["smithbob_340934"]["score"] == rows["lane_77"]["max_score"]
    assert rows["lane_77"]["submission"] == late
    assert rows["smithbob_340934"]["submission"] == f"{right} and smithbob_340934_12_helper.py"
    assert "handed in late" in (out / "report" / "index.html").read_text()
    assert "handed in late" not in (out / "feedback" / "lane-77.html").read_text()
    assert "3 of 3: 3 done before" in run(*command).err  # the run in the folder is no stray name

    (folder / "notes.py").write_text("x = 1\n")
    ended = run(*command[:4], tmp_path / "again", *QUICK)
    assert "taken whole because of others: notes.py, run; move those away" in ended.err


def test_a_download_of_moodle_has_the_names_of_people(run: Run, tmp_path: Path) -> None:
    folder, out = tmp_path / "moodle", tmp_path / "run"
    for name in ("Zoe\u0308 O'Hara_77", "Bob Smith_78"):
        (folder / f"{name}_assignsubmission_file_").mkdir(parents=True)
        (folder / f"{name}_assignsubmission_file_" / "batchnorm.py").write_bytes(SOLUTION.read_bytes())
    (folder / "Bob Smith_78_assignsubmission_onlinetext_").mkdir()
    (folder / "Bob Smith_78_assignsubmission_onlinetext_" / "onlinetext.html").write_text("<p>Hello")
    command = ("grade", "batchnorm", folder, "--out", out, *QUICK)
    assert run(*command, "--only", "Zo\u00eb O'*").code == 0
    assert [row["student"] for row in gradebook(out)] == ["Zo\u00eb O'Hara_77"]
    assert run(*command).code == 0
    rows = gradebook(out)
    assert [row["student"] for row in rows] == ["Bob Smith_78", "Zo\u00eb O'Hara_77"]
    assert all(row["score"] == row["max_score"] for row in rows)
    for row in rows:
        assert (out / row["feedback"]).is_file()
    assert "Zo\u00eb O&#39;Hara_77" in (out / "report" / "index.html").read_text()


def gradebook(out: Path) -> list[dict[str, str]]:
    with open(out / "gradebook.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_seed_is_drawn_once_sealed_and_committed_to(run: Run, submissions: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ("grade", "batchnorm", submissions, "--out", out, *QUICK)
    run(*command)
    info, seed = read_info(out), (out / "seed").read_bytes()
    assert info is not None
    assert len(seed) == 32
    assert stat.S_IMODE((out / "seed").stat().st_mode) == 0o600
    assert info.seed_commitment == sha256(seed).hexdigest()
    (tmp_path / "other-seed").write_bytes(b"x" * 32)
    refused = run(*command, "--seed-file", tmp_path / "other-seed").mistake()
    assert "is not the seed that" in refused

    mine = ("grade", "batchnorm", submissions, "--out", tmp_path / "mine", *QUICK)
    assert run(*mine, "--seed-file", out / "seed").code == 0
    assert not (tmp_path / "mine" / "seed").exists()
    again = read_info(tmp_path / "mine")
    assert again is not None
    assert again.seed_commitment == info.seed_commitment
    assert "was graded with a seed file; name it again" in run(*mine).mistake()


def test_hostile_names_are_inert_on_the_terminal(run: Run, submissions: Path, tmp_path: Path) -> None:
    (submissions / "x\x1b[31m\n::error::.txt").touch()
    (submissions / "eve\x1b[2J.py").write_text("x = 1\n")
    ended = run("grade", "batchnorm", submissions, "--out", tmp_path / "run", *QUICK)
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err
    assert "\n::error" not in ended.err


def test_what_we_could_not_grade_is_listed(
    run: Run, submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay import grading
    from grader.batch import run_batch
    from tests.assay.test_cli import nothing_works

    def failing(*arguments: object, **options: object) -> object:
        return run_batch(*arguments, **{**options, "grading": nothing_works})  # type: ignore[arg-type]

    monkeypatch.setattr(grading, "run_batch", failing)
    command = ("grade", "batchnorm", submissions, "--out", tmp_path / "run", *QUICK)
    ended = run(*command)
    assert ended.code == 3
    assert "not graded for a reason that is ours, not the author's: alice;" in ended.err
    assert run("report", tmp_path / "run").code == 3
    monkeypatch.undo()
    assert run(*command).code == 0


def nothing_works(plan: object, level: str) -> None:
    raise OSError("no sandbox can be opened")


@pytest.mark.parametrize("level", [level.name for level in Level])
def test_every_level_that_works_here_grades_alike(
    run: Run, submissions: Path, tmp_path: Path, level: str
) -> None:
    if not proof_of(Level[level]).works:
        pytest.skip(f"{level} does not work here")
    out = tmp_path / "run"
    options = ("--sandbox", level, "--jobs", "1", "--i-trust-these-submissions")
    assert run("grade", "batchnorm", submissions / "alice.py", "--out", out, *options).code == 0
    with Store(out / "results.sqlite") as store:
        (record,) = store.latest()
    assert (record.sandbox, record.score) == (level, record.max_score)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--gpus", "1"), "this machine has no GPU that could be used: there is no nvidia-smi"),
        (("--gpus", "-1"), "--gpus is -1; at least one is needed"),
        (("--gpus", "1", "--jobs", "2"), "--jobs is 2 and --gpus 1: a GPU is for one submission at a time"),
        (
            ("--gpus", "1", "--sandbox", "docker-shared"),
            "--gpus is for the sandbox docker, not for docker_shared",
        ),
        (
            ("--image", "x", "--sandbox", "landlock"),
            "--image is for containers, not for the sandbox landlock",
        ),
    ],
    ids=["none", "negative", "jobs", "shared", "image"],
)
def test_what_containers_are_asked_for_in_vain(
    run: Run,
    submissions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert says in run("grade", "batchnorm", submissions, "--out", tmp_path / "run", *options).mistake()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "descent is timed on a GPU: add --gpus 1, which is for the sandbox docker"),
        (("--gpus", "1"), "this machine has no GPU that could be used: there is no nvidia-smi"),
        (("--gpus", "-1"), "--gpus is -1; at least one is needed"),
    ],
    ids=["not asked for", "none", "negative"],
)
def test_what_is_timed_on_a_gpu_says_so_before_anything_is_graded(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], says: str
) -> None:
    submission = assignments.find("descent") / "solutions" / "vectorised.py"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("bench", "descent", submission, *options).mistake() == says
    assert (
        run("grade", "descent", submission, "--bench", "--out", tmp_path / "run", *options).mistake() == says
    )
    assert not (tmp_path / "run").exists()


def test_an_engine_that_is_not_there_is_one_sentence(
    run: Run, submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    for options in (("--sandbox", "docker"), ("--image", "python:3.12-slim")):
        said = run("grade", "batchnorm", submissions, "--out", tmp_path / "run", *options).mistake()
        assert f"no Docker engine answers at unix://{tmp_path}/docker.sock (No such file" in said


def test_min_isolation_refuses_what_is_weaker(run: Run, submissions: Path, tmp_path: Path) -> None:
    command = ("grade", "batchnorm", submissions, "--out", tmp_path / "run", *QUICK)
    refused = run(*command, "--min-isolation", "landlock").mistake()
    assert refused == "the sandbox process is weaker than landlock, which --min-isolation asks for"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_cut_off_it_takes_its_sandboxes_along_and_resumes(
    submissions: Path, tmp_path: Path, run: Run, how: signal.Signals
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    tmp_path.chmod(0o755)
    holding = f"pipe = open({str(pipe)!r}, 'w')\nprint('x', file=pipe, flush=True)\nwhile True: pass\n"
    (submissions / "carol.py").write_text(holding)
    out = tmp_path / "run"
    arguments = ["grade", "batchnorm", str(submissions), "--out", str(out), *QUICK, "--timeout", "100"]
    process = subprocess.Popen(
        [sys.executable, "-m", "assay", *arguments], stderr=subprocess.PIPE, text=True, process_group=0
    )
    with open(pipe) as held:
        held.readline()  # carol is at work
        began = time.monotonic()
        if how == signal.SIGINT:
            os.killpg(process.pid, how)  # as a terminal does
        else:
            process.kill()
        held.read()  # carol has ended
        assert time.monotonic() - began < 30  # not by her own clock
    _, err = process.communicate()
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert err.splitlines()[-1] == "assay: interrupted; the same command resumes a run"
        assert "Traceback" not in err
    (submissions / "carol.py").write_text("x = 1\n")
    assert run(*arguments).code == 0
    with Store(out / "results.sqlite") as store:
        assert store.last_attempt() == 3


def test_a_terminal_gets_a_bar(submissions: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    arguments = ["grade", "batchnorm", str(submissions), "--out", str(tmp_path / "run"), *QUICK]
    with subprocess.Popen(
        [sys.executable, "-m", "assay", *arguments], stderr=theirs, stdout=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                seen += os.read(ours, 4096)
            except OSError:  # EIO: nobody holds the other end any more
                break
    os.close(ours)
    assert process.returncode == 0
    assert b"2/2" in seen
    assert b"1 graded, 1 unreadable" in seen


# --------------------------------------------------------------------------- the other commands


@pytest.mark.parametrize("command", [name for name in cli.app.commands if name != "leaderboard"])
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    shown = run(command, "--help")
    assert shown.code == 0
    assert f"Example: assay {command}" in shown.out


def test_help_and_version(run: Run) -> None:
    assert "Commands:" in run().out
    assert "the way it is graded.\n" in run().out
    assert run("--version").out == f"assay {assay.__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from assay import cli\n"
        "heavy = {'numpy', 'rich', 'jinja2', 'sqlite3', 'grader.batch', 'suites', 'assignments', 'reports'}\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: print(sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_list(run: Run) -> None:
    assert "batchnorm: Batch normalisation" in run("list").out
    entries = {entry["name"]: entry for entry in json.loads(run("list", "--json").out)}
    batchnorm = entries["batchnorm"]
    assert batchnorm["submit"] == "batchnorm.py"
    assert {part["name"] for part in batchnorm["parts"]} >= {"forward", "backward"}


def test_doctor_says_why_not(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setenv("PATH", str(tmp_path))
    groups = json.loads(run("doctor", "--json").out)
    assert [level["name"] for level in groups["sandboxes"]] == [level.name for level in Level]
    for finding in (finding for group in groups.values() for finding in group):
        assert finding["works"] or (finding["why"] and finding["mend"]), finding
    docker = next(engine for engine in groups["engines"] if engine["name"] == "docker")
    assert not docker["works"]
    text = run("doctor").out
    assert "there is no nvidia-smi" in text
    assert "assay grade would use" in text or "Only your own code" in text


def test_the_demo_grades_its_class(run: Run, tmp_path: Path) -> None:
    ended = run("demo")
    assert ended.code == 0
    assert "demo-run/report/index.html" in ended.out
    info = read_info(tmp_path / "demo-run")
    assert info is not None
    assert info.counts["graded"] >= 20
    assert info.counts["infrastructure-error"] == 0


@pytest.mark.parametrize("much", [1, 1_000_000])  # more than a pipe and its writer hold
def test_a_reader_who_has_enough_is_no_error(much: int) -> None:
    code = f"from assay import cli, listing; listing.lines = lambda _: ['x' * {much}]; cli.main(['list'])"
    ended = piped(f'{sys.executable} -c "{code}" | true')
    assert (ended.returncode, ended.stderr) == (0, "")


def test_who_is_cut_off_by_a_reader_of_everything_has_not_succeeded() -> None:
    tells = "lambda: print('x' * 1_000_000, file=sys.stderr)"
    code = f"import sys; from assay import cli, listing; listing.entries = {tells}; cli.main(['list'])"
    ended = piped(f'{sys.executable} -c "{code}" 2>&1 | true')
    assert (ended.returncode, ended.stderr) == (2, "")


def piped(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (EOFError("the far side is gone"), 70, "this is a bug of Assay at test_cli.py:"),
        (BrokenPipeError(32, "Broken pipe"), 2, "Broken pipe"),
    ],
)
def test_only_ctrl_c_is_an_interruption_and_no_error_goes_unsaid(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, says: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("assay.listing.entries", fail)
    ended = run("list")
    assert ended.code == code
    assert ended.err.startswith(f"assay: {says}")


def test_a_python_without_docstrings_is_told_of() -> None:
    """Without them no help has words and every assignment lacks what students are shown."""
    command = [sys.executable, "-OO", "-m", "assay", "list"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert (
        ended.stderr
        == "assay: Python runs without docstrings, which Assay shows; drop -OO and PYTHONOPTIMIZE\n"
    )


@pytest.mark.parametrize(("closed", "speaks"), [("<&- >&-", False), ("<&- 2>&-", True)])
def test_closed_streams_are_no_error(closed: str, speaks: bool) -> None:
    command = f"{sys.executable} -m assay check {SOLUTION} --assignment batchnorm --part inference {closed}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr, bool(ended.stdout)) == (0, "", speaks)
