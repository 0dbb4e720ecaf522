"""Grading a class from end to end: find, choose a sandbox, seal, grade, write what people read."""

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import assignments
from assay.errors import AssayError
from assay.fresh import in_fresh_process
from assay.progress import SILENT, Progress, one_by_one
from assay.runs import info_of, open_run
from grader.batch import is_chosen, run_batch, workers_for
from grader.intake import Found, discover
from grader.judges import in_sandbox
from grader.likeness import alike
from grader.machine import cores
from grader.record import RunInfo
from grader.sandbox.types import AS_USUAL, Housing
from grader.store import Store
from reports.text import many

if TYPE_CHECKING:
    from grader.planned import Plan
    from grader.sandbox.levels import Level

SMALLEST_MEMORY, LARGEST_MEMORY = 32 << 20, 256 << 40  # the kernel's limits hold no number of any size
LONGEST_TIMEOUT_S = 24 * 3600  # nor do its clocks


def grade(
    assignment: str | Path,
    submissions: str | Path,
    out: str | Path,
    *,
    sandbox: str = "auto",
    min_isolation: str | None = None,
    jobs: int | None = None,
    only: str = "*",
    force: bool = False,
    timeout: float | None = None,
    memory: int | None = None,
    seed_file: str | Path | None = None,
    trust: bool = False,
    image: str | None = None,
    gpus: int = 0,
    bench: bool = False,
    progress: Progress = SILENT,
) -> RunInfo:
    """Grade submissions into the run folder `out`, and return what its run.json says.

    A run that was cut off resumes. `timeout` is in seconds a question, `memory` in bytes a sandbox; `trust`
    says that the submissions may do what their author could do: below the level landlock it must be true.
    `image` is what containers are built upon, and `gpus` how many GPUs they may use, one a submission: both
    are for the sandbox docker.
    `bench` also times what is right, one submission after the other, once all are graded.
    Raises AssayError, or another error with one sentence, where the input is wrong.
    """
    _check_limits(timeout, memory)
    folder = assignments.find(assignment)
    if bench and not assignments.load(folder).workloads:
        raise AssayError(f"{folder.name} declares no workload that could be timed; leave out --bench")
    run = Path(out)
    found = _found(Path(submissions), assignments.load(folder).submit, run)
    chosen = [each for each in found if is_chosen(each, only)]
    if not chosen:
        raise AssayError(f"--only {only!r} matches none of {many(len(found), 'submission')}")
    housing = Housing(image or "", gpus)
    cores = jobs_or_gpus(jobs, gpus) if gpus else jobs_or_cores(jobs)
    progress.say("Proving the sandbox")
    level = choose_level(sandbox, min_isolation, trust=trust, housing=housing, progress=progress)
    if bench:
        check_processor(folder.name, assignments.load(folder).timed_on, level, housing)
    with open_run(run, folder.name, Path(seed_file) if seed_file else None) as seed:
        progress.say("Sealing the assignment")
        plan = sealed(folder, seed, timeout, memory)
        build_image(level, plan.packages, housing, progress)
        progress.say(f"Grading {many(len(chosen), 'submission')} in the sandbox {level}")
        workers = cores if jobs or gpus else workers_for(_level(level), cores, len(chosen))
        at_once = max(1, cores // len(chosen))  # a class takes all cores by itself, a single one has them
        info = run_batch(
            found,
            plan,
            run,
            level=level,
            jobs=workers,
            only=only,
            force=force,
            progress=progress.graded,
            grading=partial(in_sandbox, housing=housing, jobs=at_once),
        )
        if bench:
            in_fresh_process(partial(_time, folder, chosen, plan, run, level, housing), progress)
        write_reports(run, progress)
    return info


def _time(
    folder: Path,
    chosen: list[Found],
    plan: "Plan",
    run: Path,
    level: str,
    housing: Housing,
    progress: Progress,
) -> None:
    """Time what is right and not timed yet, one submission after the other."""
    from grader.alone import await_quiet
    from grader.bench import Bench
    from grader.bench_class import TimedClass
    from grader.sandbox.levels import level_named

    declared = assignments.load(folder)
    with Store(run / "results.sqlite", create=False) as store:
        timed = TimedClass(declared, plan, store, chosen)
        if timed.waiting:
            await_quiet(progress.say)
            official = level_named(level).trusted_with_strangers
            with Bench(
                declared, folder, level, official=official, housing=housing, tell=progress.say
            ) as session:
                progress.say(f"Timing {many(timed.waiting, 'submission')}, one after another")
                timed.run(session, progress.graded)


def write_reports(run: Path, progress: Progress = SILENT) -> RunInfo:
    """Write the pages, the gradebook and the JSON of a run from its results."""
    from reports.folder import write

    info = info_of(run)
    with Store(run / "results.sqlite", create=False) as store:
        info = replace(info, counts=store.counts())  # a run that was killed did not write its last ones
        progress.say("Writing the report")
        records = one_by_one(store.latest(), sum(info.counts.values()), progress)
        write(run, info, records, alike(store.likenesses()))
    return info


def _found(submissions: Path, submit: str, run: Path) -> list[Found]:
    if not os.path.lexists(submissions):
        raise AssayError(f"there is nothing at {submissions}; name a file or a folder of submissions")
    found = discover(submissions, submit, run)
    if not found:
        raise AssayError(f"{submissions} holds no submissions: no .py files, notebooks, archives or folders")
    return found


def jobs_or_cores(jobs: int | None) -> int:
    """How many processes: as many as asked for, or one a core."""
    if jobs is None:
        return cores()
    if jobs < 1:
        raise AssayError(f"--jobs is {jobs}; at least one is needed")
    return jobs


def jobs_or_gpus(jobs: int | None, gpus: int) -> int:
    """How many processes: one a GPU, for it holds one submission at a time."""
    if gpus < 1:
        raise AssayError(f"--gpus is {gpus}; at least one is needed")
    if jobs is not None and jobs > gpus:
        raise AssayError(f"--jobs is {jobs} and --gpus {gpus}: a GPU is for one submission at a time")
    return jobs_or_cores(gpus if jobs is None else jobs)


def _check_limits(timeout: float | None, memory: int | None) -> None:
    if timeout is not None and not 0 < timeout <= LONGEST_TIMEOUT_S:
        most = f"at most {LONGEST_TIMEOUT_S}"
        raise AssayError(f"--timeout is {timeout}; it must be a positive number of seconds, {most}")
    if memory is not None and memory < SMALLEST_MEMORY:
        raise AssayError(f"--memory is {memory} bytes; at least {SMALLEST_MEMORY >> 20}M is needed")
    if memory is not None and memory > LARGEST_MEMORY:
        raise AssayError(f"--memory is {memory} bytes; no machine has more than {LARGEST_MEMORY >> 40}T")


def sealed(folder: Path, seed: bytes, timeout: float | None, memory: int | None) -> "Plan":
    """The assignment, sealed with a seed, under these limits or else its own."""
    from grader.plan import make_plan

    plan = make_plan(folder, seed)
    limits = plan.limits
    if timeout is not None and timeout != limits.question_s:
        total, cpu = max(limits.total_s, timeout), max(limits.cpu_s, timeout)
        limits = replace(limits, question_s=timeout, total_s=total, cpu_s=cpu)
    if memory is not None:
        limits = replace(limits, memory_bytes=memory)
    if limits == plan.limits:
        return plan
    # Other limits, other verdicts: what was graded under them is graded again.
    fingerprint = sha256(f"{plan.fingerprint} {limits.question_s} {limits.memory_bytes}".encode()).hexdigest()
    return replace(plan.within(limits), fingerprint=fingerprint)


# --------------------------------------------------------------------------- levels


def choose_level(
    sandbox: str,
    min_isolation: str | None,
    *,
    trust: bool,
    housing: Housing = AS_USUAL,
    progress: Progress = SILENT,
) -> str:
    """The name of a level that is proved to hold here, strong enough and, if weak, allowed in words."""
    least = _level(min_isolation) if min_isolation else None
    if sandbox == "auto" and housing != AS_USUAL:
        sandbox = "docker"
    level = _strongest(trust) if sandbox == "auto" else _asked_for(_level(sandbox), trust, housing, progress)
    if least is not None and level < least:
        raise AssayError(
            f"the sandbox {level.name} is weaker than {least.name}, which --min-isolation asks for"
        )
    return level.name


def build_image(level: str, packages: tuple[str, ...], housing: Housing, progress: Progress) -> None:
    """Build the image that containers of this level need, if it is not there, and tell how far that is."""
    if not _level(level).in_container:
        return
    from grader.sandbox.docker import engine, image

    with closing(engine.connect()) as client:
        image.build(client, image.Recipe.of(packages, housing.base), progress.say)


def check_processor(assignment: str, on: str, level: str, housing: Housing) -> None:
    """Raise AssayError where an assignment is timed on a GPU and the sandbox would have none."""
    from grader.sandbox.levels import Level

    if on == "cuda" and not housing.gpus and _level(level) is not Level.process:
        raise AssayError(f"{assignment} is timed on a GPU: add --gpus 1, which is for the sandbox docker")


def _level(name: str) -> "Level":
    from grader.sandbox.levels import level_named

    try:
        return level_named(name)
    except ValueError as error:
        raise AssayError(str(error)) from error


def _asked_for(level: "Level", trust: bool, housing: Housing, progress: Progress) -> "Level":
    from grader.sandbox.levels import Level
    from grader.sandbox.selftest import prove

    if housing.base and not level.in_container:
        raise AssayError(f"--image is for containers, not for the sandbox {level.name}: add --sandbox docker")
    if housing.gpus and level is not Level.docker:
        raise AssayError(f"--gpus is for the sandbox docker, not for {level.name}")
    if not level.trusted_with_strangers and not trust:
        raise AssayError(
            f"the sandbox {level.name} does not keep other people's code from your files; "
            "add --i-trust-these-submissions if they are your own"
        )
    if housing.gpus:
        from grader.sandbox.docker.gpus import first_gpus

        found = first_gpus(housing.gpus)
        progress.say("GPUs: " + ", ".join(f"{gpu.name} ({gpu.memory_bytes >> 30} GiB)" for gpu in found))
    build_image(level.name, ("numpy",), housing, progress)
    proof = prove(level, housing)
    if not proof.works:
        raise AssayError(f"{proof.why}; it needs {proof.mend}")
    return level


def _strongest(trust: bool) -> "Level":
    from grader.sandbox.levels import Level
    from grader.sandbox.running import SandboxError
    from grader.sandbox.selftest import prove, strongest

    try:
        return strongest().level
    except SandboxError as error:
        weak: Sequence[Level] = (Level.seccomp, Level.process) if trust else ()
        for level in weak:
            if prove(level).works:
                return level
        raise AssayError(
            f"{error}; for your own code there is --sandbox process --i-trust-these-submissions"
        ) from error
