"""What `assay validate` proves of workloads: whoever is timed answers what the oracle does, and can be timed.

Each file that a workload names runs in the sandbox of a self-check, on inputs of the size that is timed.
"""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.random import Generator

import assignments
from assay.launching import LEVEL
from assay.progress import Steps
from assay.proving.cache import Cache, digest
from assay.proving.proof import Check
from grader.bench import QUESTION_S, Source
from grader.sandbox.launch import open_launcher
from grader.sandbox.types import Launcher, Limits
from suites.assignment import Assignment, AuthoringError
from suites.turns import NotMeasured
from suites.workload import Workload
from suites.yardstick import calibrate, off_by, right_enough


def workloads_check(folder: Path, cache: Cache, key: str, steps: Steps | None) -> Check:
    """Prove all workloads of an assignment. `key` says of which code; what holds is not run again.

    What is for a GPU is left out, and not counted, where there is no PyTorch to run it.
    """
    declared = assignments.load(folder)
    here = [workload for workload in declared.workloads if workload.on == "cpu" or _has_torch()]
    if steps is not None:
        steps.begin(f"Workloads to run: {len(here)}", len(here))
    short: list[str] = []
    proved = 0
    for workload in here:
        said = _known(folder, declared, workload, cache, key)
        short += said
        proved += not said
        if steps is not None:
            steps.step()
    return Check("workloads", proved, tuple(short))


def _known(folder: Path, declared: Assignment, workload: Workload, cache: Cache, key: str) -> list[str]:
    named = [file for file in (workload.reference, workload.naive, workload.torch) if file]
    missing = [f"{workload.name}: there is no {file}" for file in named if not (folder / file).is_file()]
    if missing:
        return missing
    texts = [(folder / file).read_bytes() for file in named]
    hashed = digest("workload", key, workload.name, *texts, _has_torch())
    if cache.get(hashed) is None:
        if said := list(_complaints(folder, declared, workload)):
            return said
        cache.put(hashed, [])
    return []


def _complaints(folder: Path, declared: Assignment, workload: Workload) -> Iterator[str]:
    rng = np.random.default_rng()
    with open_launcher(LEVEL, declared.packages) as launcher:
        sources = _Sources(folder, declared, launcher)
        if workload.on == "cuda":  # how long it takes is for a GPU to say
            yield from _of_row(workload, workload.reference, sources, rng)
            return
        yield from _of_reference(workload, sources, rng)
        if workload.naive:  # in calls of one layer, as it is timed
            yield from _of_row(replace(workload, depth=1), workload.naive, sources, rng)
    if workload.torch and _has_torch():
        with open_launcher(LEVEL, (*declared.packages, "torch")) as launcher:
            yield from _of_row(workload, workload.torch, _Sources(folder, declared, launcher), rng)


def _of_reference(workload: Workload, sources: "_Sources", rng: Generator) -> Iterator[str]:
    try:
        null = sources.made(workload.null_source(workload.inputs(rng)))
        calibrate(workload, sources.file(workload.reference).open, null.open, rng)
    except AuthoringError as error:
        yield str(error)
    except NotMeasured as why:
        yield f"{workload.name}: {workload.reference} cannot be timed: {why.verdict}, {why.cause}"


def _of_row(workload: Workload, file: str, sources: "_Sources", rng: Generator) -> Iterator[str]:
    try:
        off = off_by(workload, sources.file(file).open, rng)
    except NotMeasured as why:
        yield f"{workload.name}: {file} cannot be timed: {why.verdict}, {why.cause}"
        return
    if not off <= right_enough(workload):
        yield f"{workload.name}: {file} is off by {off:.1e}: whoever is compared with is right"


def _has_torch() -> bool:
    return find_spec("torch") is not None


class _Sources:
    """Makes what is opened in sandboxes of files of the assignment."""

    def __init__(self, folder: Path, declared: Assignment, launcher: Launcher) -> None:
        self._folder, self._submit, self._launcher = folder, declared.submit, launcher
        self._limits = Limits(question_s=QUESTION_S, memory_bytes=declared.memory)

    def file(self, name: str) -> Source:
        return self.made((self._folder / name).read_text(encoding="utf-8"))

    def made(self, text: str) -> Source:
        return Source(self._launcher, {self._submit: text}, self._submit, self._limits)
