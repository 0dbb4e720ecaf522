"""From what became of the students to what is proved of each kind of them."""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.errors import AssayError
from assay.proving.proof import Check, MutantsCheck, Survivor
from assay.proving.task import Outcome, Task
from suites.mutation import Mutant

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


def check_of(kind: str, outcomes: Mapping[Task, Outcome]) -> Check:
    """What is proved of one kind of student."""
    mine = [(task, outcome) for task, outcome in outcomes.items() if task.kind == kind]
    short = [sentence for _, outcome in mine for sentence in outcome.short]
    if kind == "solution" and not mine:
        short.append("there is no solution in solutions/")
    notes = [note for _, outcome in mine for note in outcome.notes]
    proved = sum(not outcome.short for _, outcome in mine)
    return Check(TITLES[kind], proved, tuple(short), tuple(notes))


def mutants_check(
    outcomes: Mapping[Task, Outcome],
    made: Mapping[str, Mutant],
    declared: Mapping[str, str],
    seeds: int,
    short: Sequence[str],
) -> MutantsCheck:
    """What became of the mutants, beside what the author declares of them."""
    killed, equivalent, complaints = 0, 0, list(short)
    survivors: list[Survivor] = []
    used: set[str] = set()
    for task, outcome in outcomes.items():
        if task.kind != "mutant":
            continue
        mutant = made[task.what]
        key = key_of(task.what, declared)
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


def key_of(words: str, declared: Mapping[str, str]) -> str:
    """The declaration that a mutant falls under: its own words, or a beginning of them that ends in ` *`."""
    if words in declared:
        return words
    return next((k for k in declared if k.endswith(" *") and words.startswith(k[:-1])), "")


def declared_in(folder: Path) -> dict[str, str]:
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
