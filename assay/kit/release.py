"""The command `assay release`: a folder to hand out, with nothing in it that gives an answer away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import assignments
from assay.checked import only_when_graded
from assay.checking import seed_of
from assay.errors import AssayError
from assay.kit import archive, placing
from assay.kit.readme import readme
from assay.kit.sealed import Kit
from assay.kit.untold import untold
from grader.intake.files import is_ignored
from grader.plan import make_plan, outlines
from reports.text import many
from suites.assignment import Part

HANDOUT, STARTER, README = "handout.md", "starter", "README.txt"


def release(assignment: str, out: Path, *, seed: int = 0) -> Iterator[str]:
    """Build the kit and say what is in it.

    AuthoringError where the assignment cannot be sealed, AssayError where it has nothing to hand out, or
    where `out` is anything but new or a kit of the same assignment that nobody has changed.
    """
    folder = assignments.find(assignment)
    starter = _starter(folder)
    handout = _handout(folder)
    if out.resolve().is_relative_to((folder / STARTER).resolve()):
        raise AssayError(f"{out} lies in the starter, all of which goes into a kit; name another folder")
    placing.refuse_others(out, folder.name)
    kit = sealed(folder, seed)
    files = {**starter, HANDOUT: handout, README: readme(kit, sorted(starter)).encode()}
    if kit.plan.parts:
        files[archive.NAME] = archive.archive(kit)
    placing.place(out, folder.name, files)
    return _told(kit, files, out)


def sealed(folder: Path, seed: int) -> Kit:
    """What the archive of an assignment knows: public cases of its operations.

    A special part is sealed with code of the author's (a reference to train beside, functions that are called
    back), or is of the author's own making. None of it goes into a kit, so it is not sealed at all.
    """
    declared = assignments.load(folder)
    held = [part.name for part in declared.parts if isinstance(part, Part)]
    plan = make_plan(folder, seed_of(seed), only=held, public=True)
    parts = outlines(declared)
    worth = sum((part.points for part in parts), Fraction(0))
    return Kit(
        plan=untold(replace(plan, outlines=parts, max_score=worth)),
        seed=seed,
        hidden={op.forward: sum(not regime.public for regime in op.regimes) for op in declared.ops},
        ungiven={part.name: part.title for part in parts if part.name not in held},
        version=version("assay"),
    )


def _starter(folder: Path) -> dict[str, bytes]:
    """The files of the starter by path below it."""
    top = folder / STARTER
    paths = [path.relative_to(top) for path in sorted(top.rglob("*")) if path.is_file()]
    work = [path for path in paths if not any(map(is_ignored, path.parts))]
    found = {path.as_posix(): (top / path).read_bytes() for path in work}
    if not found:
        raise AssayError(f"{top} holds no file for students to start from; put there what they hand in")
    for name in (HANDOUT, README, archive.NAME, placing.MANIFEST):
        if name in found:
            raise AssayError(f"{top / name} has the name of a file that a kit adds; rename it")
    return found


def _handout(folder: Path) -> bytes:
    path = folder / HANDOUT
    if not path.is_file():
        raise AssayError(f"there is no {path} to hand out; write one")
    return path.read_bytes()


def _told(kit: Kit, files: Mapping[str, bytes], out: Path) -> Iterator[str]:
    yield f"Made {out}: {', '.join(sorted(files))}"
    plan = kit.plan
    if plan.parts:
        size = f"{len(files[archive.NAME]) / 1024:.0f} KiB"
        cases, parts = many(len(plan.all_cases), "public case"), many(len(plan.parts), "part")
        yield f"{archive.NAME} ({size}) asks {cases} of {parts}, drawn from seed {kit.seed}."
    else:
        yield f"There is no {archive.NAME}: no part of this assignment can be checked without code of yours."
    if later := only_when_graded(sum(kit.hidden.values()), kit.ungiven.values()):
        yield f"{later[:1].upper()}{later[1:]}."
