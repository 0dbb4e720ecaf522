"""Proves an assignment: makes the tasks, has them done, and says what holds."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import assignments
from assay.errors import AssayError
from assay.progress import Steps
from assay.proving.cache import Cache, default_place, digest
from assay.proving.limits import limited
from assay.proving.plans import plan_for, sources
from assay.proving.proof import Check, Proof
from assay.proving.students import INDIFFERENT
from assay.proving.task import Outcome, Task
from assay.proving.training import prove_training
from assay.proving.verdicts import TITLES, check_of, declared_in, mutants_check
from assay.proving.work import lost, work
from assay.proving.workloads import workloads_check
from grader.crew import Crew
from grader.sandbox.root import distributions
from suites.assignment import AuthoringError
from suites.mutation import Mutant, mutants
from suites.proof_oracle import UntraceableError, source_of
from suites.stubs import stubs
from suites.subjects import Tried
from suites.training import Training, training_parts

SEEDS = 3


def prove(
    assignment: str | Path,
    *,
    jobs: int,
    seeds: int = SEEDS,
    with_mutants: bool = True,
    steps: Steps | None = None,
    place: Path | None = None,
) -> Proof:
    """Prove an assignment. Raises AuthoringError where it cannot even be sealed."""
    started = time.monotonic()
    folder = assignments.find(assignment)
    declared = declared_in(folder)
    title = assignments.load(folder).title
    _refuse_missing(assignments.load(folder).packages)
    plan_for(folder, 0)  # what cannot be sealed is said at once
    tasks = list(_tasks(folder, seeds))
    made: dict[str, Mutant] = {}
    short: list[str] = []
    with_mutants = with_mutants and bool(assignments.load(folder).ops)
    if with_mutants:
        more, made, short = mutants_of(folder, seeds)
        tasks += more
    place = place or default_place(folder)
    outcomes, known = _outcomes(tasks, jobs, steps, place)
    kinds = [kind for kind in TITLES if _any(kind, outcomes) or (kind == "solution" and _asks(folder))]
    return Proof(
        folder.name,
        title,
        seeds,
        (
            *(check_of(kind, outcomes) for kind in kinds),
            *training_checks(folder, jobs, steps, place),
            *workload_checks(folder, steps, place),
        ),
        mutants_check(outcomes, made, declared, seeds, short) if with_mutants else None,
        time.monotonic() - started,
        known,
    )


def _refuse_missing(packages: Sequence[str]) -> None:
    """As a sandbox would, which no proof opens."""
    try:
        distributions(packages)
    except OSError as error:
        raise AuthoringError(str(error)) from error


def _tasks(folder: Path, seeds: int) -> Iterator[Task]:
    assignment = assignments.load(folder)
    yield Task("declaration", "the declaration", folder, seeds)
    if not _asks(folder):
        return
    if assignment.ops:
        yield Task("reference", "the reference", folder, seeds)
    for solution in _solutions(folder):
        yield Task("solution", solution.name, folder, seeds)
    yield Task("starter", "the starter", folder, seeds)
    tried = any(isinstance(part, Tried) for part in assignment.parts)
    for name in (*(stubs(assignment) if assignment.ops else ()), *(INDIFFERENT if tried else ())):
        yield Task("stub", name, folder, seeds)
    for index, variant in enumerate(assignment.all_variants):
        yield Task("variant", variant.id, folder, seeds, index)


def _asks(folder: Path) -> bool:
    """Whether there is more than training in it, whose proof is of another kind."""
    return any(not isinstance(part, Training) for part in assignments.load(folder).parts)


def _solutions(folder: Path) -> list[Path]:
    folders = [
        path for path in (folder / "solutions").glob("*") if path.is_dir() and path.name[0] not in "_."
    ]
    return sorted([*assignments.solutions(folder), *folders])


def mutants_of(folder: Path, seeds: int) -> tuple[list[Task], dict[str, Mutant], list[str]]:
    """A task a mutant, the mutants by words, and what oracle cannot be mutated."""
    where = sources(folder)
    reached: dict[str, set[str]] = {}
    short: list[str] = []
    for op in assignments.load(folder).ops:
        try:
            for module, found in where.made_of(op).items():
                reached.setdefault(module, set()).update(found)
        except UntraceableError as error:
            short.append(f"no mutants of {op.forward}: {error}")
    tasks: list[Task] = []
    made: dict[str, Mutant] = {}
    for module, names in reached.items():
        for mutant in mutants(source_of(module), names):
            words = f"{module.rpartition('.')[2]}.{mutant.words}"
            if words in made:
                words = f"{module}.{mutant.words}"
            made[words] = mutant
            tasks.append(Task("mutant", words, folder, seeds, module=module, source=mutant.source))
    return tasks, made, short


def _outcomes(
    tasks: Sequence[Task], jobs: int, steps: Steps | None, place: Path
) -> tuple[dict[Task, Outcome], int]:
    """The outcome of each task, and how many were known before."""
    outcomes: dict[Task, Outcome] = {}
    folder = tasks[0].folder
    with Cache(place) as cache:
        basis = _basis(folder)
        keys = {task: _key(basis, task) for task in tasks}
        for task in tasks:
            if (known := cache.get(keys[task])) is not None:
                outcomes[task] = Outcome(**known)
        todo = [task for task in tasks if task not in outcomes]
        known_before = len(outcomes)
        if steps is not None:
            steps.begin(f"Proving with {len(todo)} students", len(todo))
        with Crew(partial(limited, work), lost, jobs) as crew:
            for task, outcome in crew.do(todo):
                outcomes[task] = outcome
                cache.put(keys[task], asdict(outcome))
                if steps is not None:
                    steps.step()
    if _basis(folder) != basis:  # nobody knows what was proved of which
        place.unlink(missing_ok=True)
        raise AssayError("the assignment or Assay was changed while it was proved; run it again")
    return {task: outcomes[task] for task in tasks}, known_before


def _key(basis: str, task: Task) -> str:
    """What an outcome depends on: the task, the assignment, the oracles and the code that judges."""
    more: list[Any] = [task.kind, task.what, task.seeds, task.index, task.source]
    folder = task.folder
    beside = {"declaration": ["handout.md"], "starter": ["starter"], "solution": [f"solutions/{task.what}"]}
    for name in beside.get(task.kind, []):
        files = [folder / name] if (folder / name).is_file() else sorted((folder / name).rglob("*"))
        more += [(str(f.relative_to(folder)), f.read_bytes()) for f in files if f.is_file()]
    return digest(basis, *more)


def _basis(folder: Path) -> str:
    rooms = [
        Path(place) for name in ("suites", "grader", "reference") for place in sys.modules[name].__path__
    ]
    code = [file for room in rooms for file in sorted(room.rglob("*.py"))]
    code += [*sorted(Path(__file__).parent.glob("*.py")), *sorted(folder.glob("*.py"))]
    texts = [(file.name, file.read_bytes()) for file in code]
    return digest(str(folder), np.__version__, sys.version, find_spec("torch") is not None, *texts)


def _any(kind: str, outcomes: Mapping[Task, Outcome]) -> bool:
    return any(task.kind == kind for task in outcomes)


def training_checks(folder: Path, jobs: int, steps: Steps | None, place: Path) -> list[Check]:
    """What is proved of the parts that train, if there are any."""
    if not training_parts(assignments.load(folder)):
        return []
    with Cache(place.with_suffix(".trained.jsonl")) as cache:
        key = digest(_basis(folder), *(file.read_bytes() for file in folder.glob("*.toml")))
        found = prove_training(folder, jobs, cache, key, steps)
    return [
        Check("calibration", 0, tuple(found.calibration)),
        Check("trained", found.proved_right, tuple(found.right)),
        Check("untrained", found.proved_wrong, tuple(found.wrong)),
    ]


def workload_checks(folder: Path, steps: Steps | None, place: Path) -> list[Check]:
    """What is proved of the workloads, if there are any."""
    if not assignments.load(folder).workloads:
        return []
    with Cache(place.with_suffix(".workloads.jsonl")) as cache:
        return [workloads_check(folder, cache, _basis(folder), steps)]
