"""The command `assay validate`: proves an assignment, for people or for programs."""

import json
import shutil
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import assignments
from assay import validate_work as proofs
from assay.errors import DONE, INTERRUPTED, AssayError
from assay.progress import Steps, counted
from assay.validate_cache import Cache, default_place, digest
from assay.validate_pool import Tasks
from assay.validate_training import prove_training, training_parts
from assay.validate_work import Outcome, Task
from suites.mutation import Mutant, mutants
from suites.proof import stubs
from suites.proof_oracle import UntraceableError, source_of
from suites.subjects import Tried
from suites.training import Training

SHORT = 1  # something falls short
SEEDS = 3
BAR = 0.99  # of the mutants that are not equivalent
EQUIVALENT = "equivalent.toml"
TITLES = {
    "declaration": "declaration",
    "reference": "reference",
    "solution": "solutions",
    "starter": "starter",
    "stub": "stubs",
    "variant": "variants",
}


@dataclass(frozen=True)
class Check:
    """What was proved of one kind of student, or what falls short."""

    name: str
    proved: int
    short: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survivor:
    """A mutant that nothing tells from the oracle, or not under every seed."""

    words: str
    file: str
    line: int
    before: str
    after: str
    killed: int  # under how many seeds
    same: bool  # bit for bit on all inputs that were tried


@dataclass(frozen=True)
class MutantsCheck:
    """What became of the mutants of the oracles."""

    total: int
    killed: int
    equivalent: int
    survivors: tuple[Survivor, ...]
    short: tuple[str, ...]

    @property
    def rate(self) -> float:
        """The share that is killed of those that are not declared equivalent."""
        judged = self.total - self.equivalent
        return self.killed / judged if judged else 1.0


@dataclass(frozen=True)
class Proof:
    """Everything that was proved of an assignment."""

    assignment: str
    title: str
    seeds: int
    checks: tuple[Check, ...]
    mutants: MutantsCheck | None
    seconds: float
    resumed: int = field(default=0)  # tasks whose outcome was known

    @property
    def holds(self) -> bool:
        """Whether nothing falls short."""
        wrong = any(check.short for check in self.checks)
        return not wrong and (self.mutants is None or not self.mutants.short)


def validate(
    assignment: str, *, jobs: int, seeds: int = SEEDS, with_mutants: bool = True, as_json: bool = False
) -> int:
    """Prove an assignment, say what was found, and return the exit code."""
    if jobs < 1 or seeds < 1:
        raise AssayError(f"--{'jobs' if jobs < 1 else 'seeds'} is {min(jobs, seeds)}; at least one is needed")
    try:
        with counted() as steps:
            proof = prove(assignment, jobs=jobs, seeds=seeds, with_mutants=with_mutants, steps=steps)
    except KeyboardInterrupt:
        print("assay: interrupted; the same command goes on where it stopped", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    if as_json:
        print(json.dumps(plain(proof), indent=2))
    else:
        width = min(shutil.get_terminal_size((110, 24)).columns, 110)
        for line in lines(proof, width):
            print(line)
    return DONE if proof.holds else SHORT


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
    declared = _declared(folder)
    title = assignments.load(folder).title
    proofs.plan_for(folder, 0)  # what cannot be sealed is said at once
    tasks = list(_tasks(folder, seeds))
    made: dict[str, Mutant] = {}
    short: list[str] = []
    with_mutants = with_mutants and bool(assignments.load(folder).ops)
    if with_mutants:
        more, made, short = _mutants(folder, seeds)
        tasks += more
    place = place or default_place(folder)
    outcomes, known = _outcomes(tasks, jobs, steps, place)
    kinds = [kind for kind in TITLES if _any(kind, outcomes) or (kind == "solution" and _asks(folder))]
    return Proof(
        folder.name,
        title,
        seeds,
        (*(_check(kind, outcomes) for kind in kinds), *_training_checks(folder, jobs, steps, place)),
        _mutants_check(outcomes, made, declared, seeds, short) if with_mutants else None,
        time.monotonic() - started,
        known,
    )


# --------------------------------------------------------------------------- tasks


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
    for name in (*(stubs(assignment) if assignment.ops else ()), *(proofs.INDIFFERENT if tried else ())):
        yield Task("stub", name, folder, seeds)
    for index, variant in enumerate(assignment.all_variants):
        yield Task("variant", variant.id, folder, seeds, index)


def _asks(folder: Path) -> bool:
    """Whether there is more than training in it, whose proof is of another kind."""
    return any(not isinstance(part, Training) for part in assignments.load(folder).parts)


def _solutions(folder: Path) -> list[Path]:
    found = sorted((folder / "solutions").glob("*"))
    return [path for path in found if path.suffix == ".py" or (path.is_dir() and path.name[0] not in "_.")]


def _mutants(folder: Path, seeds: int) -> tuple[list[Task], dict[str, Mutant], list[str]]:
    """A task a mutant, the mutants by words, and what oracle cannot be mutated."""
    where = proofs.sources(folder)
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
        if todo:
            for task, outcome in Tasks(proofs.work, proofs.lost, min(jobs, len(todo))).run(todo):
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
    code += [*sorted(Path(__file__).parent.glob("validate*.py")), *sorted(folder.glob("*.py"))]
    texts = [(file.name, file.read_bytes()) for file in code]
    return digest(str(folder), np.__version__, sys.version, *texts)


# --------------------------------------------------------------------------- what came of it


def _any(kind: str, outcomes: Mapping[Task, Outcome]) -> bool:
    return any(task.kind == kind for task in outcomes)


def _check(kind: str, outcomes: Mapping[Task, Outcome]) -> Check:
    mine = [(task, outcome) for task, outcome in outcomes.items() if task.kind == kind]
    short = [sentence for _, outcome in mine for sentence in outcome.short]
    if kind == "solution" and not mine:
        short.append("there is no solution in solutions/")
    notes = [note for _, outcome in mine for note in outcome.notes]
    proved = sum(not outcome.short for _, outcome in mine)
    return Check(TITLES[kind], proved, tuple(short), tuple(notes))


def _training_checks(folder: Path, jobs: int, steps: Steps | None, place: Path) -> list[Check]:
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


def _mutants_check(
    outcomes: Mapping[Task, Outcome],
    made: Mapping[str, Mutant],
    declared: Mapping[str, str],
    seeds: int,
    short: Sequence[str],
) -> MutantsCheck:
    killed, equivalent, complaints = 0, 0, list(short)
    survivors: list[Survivor] = []
    used: set[str] = set()
    for task, outcome in outcomes.items():
        if task.kind != "mutant":
            continue
        mutant = made[task.what]
        key = _key_of(task.what, declared)
        if outcome.killed == seeds:
            killed += 1
            if key == task.what:
                used.add(key)
                complaints.append(f"declared equivalent, but {outcome.by} tells it: {task.what}")
        elif key and not outcome.killed:
            used.add(key)
            equivalent += 1
        else:
            file = Path(*Path(str(sys.modules[task.module].__file__)).parts[-2:])
            told = (mutant.line, mutant.before, mutant.after, outcome.killed, outcome.same)
            survivors.append(Survivor(task.what, str(file), *told))
    for key in declared:
        if key not in used:
            complaints.append(f"{EQUIVALENT} speaks of a mutant that there is not, or that is killed: {key}")
    check = MutantsCheck(killed + equivalent + len(survivors), killed, equivalent, tuple(survivors), ())
    if check.rate < BAR:
        complaints.insert(0, f"{100 * check.rate:.1f} % of the mutants are killed; {100 * BAR:g} % must be")
    elif not check.total and not short:
        complaints.append("there are no mutants: the oracle has no code of its own")
    return MutantsCheck(check.total, killed, equivalent, tuple(survivors), tuple(dict.fromkeys(complaints)))


def _key_of(words: str, declared: Mapping[str, str]) -> str:
    """The declaration that a mutant falls under: its own words, or a beginning of them that ends in ` *`."""
    if words in declared:
        return words
    return next((k for k in declared if k.endswith(" *") and words.startswith(k[:-1])), "")


def _declared(folder: Path) -> dict[str, str]:
    """The mutants that the author calls equivalent, with reasons."""
    file = folder / EQUIVALENT
    if not file.is_file():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssayError(f"{file} cannot be read: {error}") from error
    for words, reason in found.items():
        if not isinstance(reason, str) or not reason.strip():
            raise AssayError(f"{file} gives no reason for {words!r}; write it as a string")
    return found


# --------------------------------------------------------------------------- telling


def plain(proof: Proof) -> dict[str, Any]:
    """A proof for programs."""
    told = {**asdict(proof), "holds": proof.holds}
    if proof.mutants is not None:
        told["mutants"]["rate"] = proof.mutants.rate
    return told


def lines(proof: Proof, width: int = 110) -> Iterator[str]:
    """A proof for people."""
    yield f"{proof.title} ({proof.assignment}): {proof.seeds} seeds, inputs in float64 and float32"
    for check in proof.checks:
        yield f"  {_sign(check.short)}  {check.name:<12}{_proved(check)}"
        yield from (f"           {_cut(sentence, width - 11)}" for sentence in (*check.short, *check.notes))
    if proof.mutants is not None:
        yield from _mutant_lines(proof.mutants, proof.seeds, width)
    again = f", {proof.resumed} outcomes known before" if proof.resumed else ""
    yield f"{'It holds' if proof.holds else 'It falls short'} ({proof.seconds:.1f} s{again})."


def _mutant_lines(check: MutantsCheck, seeds: int, width: int) -> Iterator[str]:
    judged = check.total - check.equivalent
    told = f"{check.killed} of {judged} killed ({100 * check.rate:.1f} %)"
    yield f"  {_sign(check.short)}  {'mutants':<12}{told}, {check.equivalent} declared equivalent"
    yield from (f"           {_cut(sentence, width - 11)}" for sentence in check.short)
    for survivor in check.survivors:
        how = f"killed under {survivor.killed} of {seeds} seeds" if survivor.killed else "survives"
        same = ", the same bit for bit on all that was tried" if survivor.same else ""
        yield f"           {survivor.file}:{survivor.line} {how}{same}"
        yield f"             - {survivor.before}"
        yield f"             + {survivor.after}"
        yield f"             {survivor.words}"


def _sign(short: Sequence[str]) -> str:
    return "SHORT" if short else "ok   "


def _proved(check: Check) -> str:
    told = {
        "declaration": "words, siblings, handout, chance",
        "reference": "full marks through the wire",
        "solutions": f"{check.proved} with full marks",
        "starter": "earns nothing",
        "stubs": f"{check.proved} that earn nothing but what they have right",
        "variants": f"{check.proved} named alone, charged as declared",
        "calibration": "fresh, and between the naive baseline and the reference",
        "trained": f"{check.proved} solutions reach every level",
        "untrained": f"{check.proved} that reach none",
    }[check.name]
    return told if not check.short or check.proved else f"{len(check.short)} complaints"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
