"""Speed of a class: the reference, the rows to compare with and each submission, one after another, alone.

Every side runs in sandboxes of its own, the reference too: as source that is sent there like a submission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from grader.alone import alone, before_others
from grader.intake.submission import Submission
from grader.processors import processor
from grader.sandbox.launch import open_launcher
from grader.sandbox.types import AS_USUAL, Housing, Launcher, Limits
from grader.student import SandboxStudent
from suites.assignment import Assignment, AuthoringError
from suites.measurement import Baseline
from suites.parts import Timed
from suites.ratio import exponent, root_mean_square
from suites.speed import Session, TimedWorkload, gate, measured, overall, unmeasured
from suites.throughput import Comparison, Pair, compare, estimated, growth, pipe_doubt
from suites.turns import NotMeasured
from suites.types import Finding, Verdict
from suites.workload import Workload
from suites.yardstick import Calibration, Protocol, calibrate, lengthened

Tell = Callable[[str], None]

QUESTION_S = 30.0  # wall time a call: slow code is slow, and a busy machine makes it slower
TRIES = 3  # of what is inconclusive, or failed on our side
FLOORS = 3  # comparisons of the reference with itself


@dataclass
class Prepared:
    """What a session knows of one workload: the reference alone, against itself, and the rows beside it.

    workload  as it is timed here: with as many steps as a GPU needs.
    """

    workload: Workload
    calibration: Calibration
    floor: float = 0.0
    rows: tuple[Baseline, ...] = ()
    pipes: list[float] = field(default_factory=list)  # at the sizes of the growth
    growth: float = 0.0


class Bench:
    """A session on this machine: a context manager that holds the host's lock and one launcher.

    with Bench(assignment, folder, "namespace", official=True) as bench:
        findings = bench.measure(submission)
    """

    def __init__(
        self,
        assignment: Assignment,
        folder: Path,
        level: str,
        *,
        official: bool,
        housing: Housing = AS_USUAL,
        protocol: Protocol | None = None,
        tell: Tell = lambda text: None,
        rows: bool = True,
    ) -> None:
        self.assignment, self.folder, self._level = assignment, folder, level
        self._housing = housing
        self._official, self._tell, self._rows = official, tell, rows
        self._processor = processor(assignment.timed_on, tell)
        self._protocol = protocol or self._processor.protocol
        self.limits = Limits(
            question_s=QUESTION_S, total_s=600.0, cpu_s=300.0, memory_bytes=assignment.memory
        )
        self.rng = np.random.default_rng()  # of the system's entropy: what is timed is nobody's to foresee
        self.prepared: dict[str, Prepared] = {}
        self._peaks = (0.0, 0.0)
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(alone(self._tell))
            self.launcher = self._launcher(self.assignment.packages)
            stack.callback(self.launcher.close)
            self._processor.take(self.launcher)
            stack.enter_context(before_others())
            peak = Source(self.launcher, {"peak.py": self._processor.peak_source}, "peak.py", self.limits)
            with peak.open() as student:
                self._peaks = self._processor.peaks(student)
            for workload in self.assignment.workloads:
                self._tell(f"Timing the reference: {workload.name}")
                self.prepared[workload.name] = self._prepare(workload)
            self._exits = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    @property
    def session(self) -> Session:
        """What holds for all that is measured here."""
        known = self.prepared.items()
        peak, bandwidth = self._peaks
        return Session(
            device=self._processor.device(),
            official=self._official,
            peak=peak,
            bandwidth=bandwidth,
            unit=self._processor.unit,
            floors={name: prepared.floor for name, prepared in known},
            rows={name: prepared.rows for name, prepared in known},
        )

    def measure(
        self, submission: Submission, right: Callable[[Workload], bool] = lambda workload: True
    ) -> list[Finding]:
        """A finding for each workload whose operation is `right`, and one for all of them."""
        session = self.session
        findings = []
        for workload in self.assignment.workloads:
            if right(workload):
                findings.append(self._measured(workload, submission, session))
            else:
                why = NotMeasured(Verdict.SKIPPED, "only what is right is timed")
                findings.append(unmeasured(workload.name, why, session))
        return [*findings, overall(findings, session)]

    def _measured(self, workload: Workload, submission: Submission, session: Session) -> Finding:
        source = Source(self.launcher, submission.files, submission.main, self.limits)
        why = NotMeasured(Verdict.INCONCLUSIVE, "")
        for _ in range(TRIES):
            try:
                return measured(self._time(workload, source), session)
            except NotMeasured as error:
                why = error
                if why.verdict not in (Verdict.INCONCLUSIVE, Verdict.INFRASTRUCTURE):
                    break
        return unmeasured(workload.name, why, session)

    def _time(self, workload: Workload, source: Source) -> TimedWorkload:
        prepared, reference = self.prepared[workload.name], self.reference(workload)
        workload, calibration = prepared.workload, prepared.calibration
        comparison = self._compared(workload, source, reference, calibration)
        estimate = estimated(comparison, calibration, self.rng)
        gate(comparison, estimate, calibration, self._protocol)
        details = _read(workload, comparison, calibration)
        if self._peaks[0]:
            details["peak_flops_per_s"] = self._peaks[0]
        details["memory_bytes"], details["reference_memory_bytes"] = source.memory, reference.memory
        if workload.sizes:
            costs = growth(workload, source.open, self.rng)
            grown = exponent(workload.sizes, _without(costs, prepared.pipes), self.rng)
            details |= {"growth": grown.theta, "growth_low": grown.low, "growth_high": grown.high}
            details["reference_growth"] = prepared.growth
        estimate = estimate.widened(pipe_doubt(comparison, calibration))
        return TimedWorkload(workload, comparison, estimate, details)

    # ----------------------------------------------------------------------- the session

    def _prepare(self, workload: Workload) -> Prepared:
        with _author_answers(workload, workload.reference):
            reference, null = self.reference(workload), self._null(workload)
            sides = (reference.open, null.open, self.rng, self._protocol)
            if workload.on == "cuda":
                workload = lengthened(workload, *sides)
            calibration = calibrate(workload, *sides)
            prepared = Prepared(workload, calibration)
            prepared.floor = self._floor(workload, reference, calibration)
            if workload.sizes:
                prepared.pipes = [float(np.median(c)) for c in growth(workload, null.open, self.rng)]
                costs = _without(growth(workload, reference.open, self.rng), prepared.pipes)
                prepared.growth = exponent(workload.sizes, costs, self.rng).theta
        if self._rows:
            prepared.rows = tuple(self._rows_of(workload))
        return prepared

    def _floor(self, workload: Workload, reference: Source, calibration: Calibration) -> float:
        """How far from equal the reference shows against itself: of several comparisons, not of one."""
        thetas = []
        for _ in range(FLOORS):
            same = self._compared(workload, reference, reference, calibration)
            thetas.append(estimated(same, calibration, self.rng).theta)
        return root_mean_square(thetas)

    def _compared(
        self, workload: Workload, student: Source, reference: Source, calibration: Calibration
    ) -> Comparison:
        sides, steady = (student.open, reference.open), self._processor.steady
        return compare(workload, *sides, calibration, self.rng, self._protocol, steady)

    def _rows_of(self, workload: Workload) -> Iterator[Baseline]:
        if workload.naive:
            source = self._file(workload.naive, self.launcher)
            short = Protocol(warm_ups=1, pairs=3, launches=1, most_launches=1, spaced=False, slowest=np.inf)
            yield from self._row("naive loops", replace(workload, depth=1), source, short)
        if workload.torch and find_spec("torch") is not None:
            with closing(self._launcher((*self.assignment.packages, "torch"))) as launcher:
                yield from self._row(
                    "PyTorch", workload, self._file(workload.torch, launcher), self._protocol
                )

    def _row(self, name: str, workload: Workload, source: Source, protocol: Protocol) -> Iterator[Baseline]:
        """Somebody else's figure; none where the machine gives none. AuthoringError where its code fails."""
        self._tell(f"Timing a row to compare with: {name}")
        reference, null = self.reference(workload), self._null(workload)
        any_length = replace(self._protocol, least_call_s=0.0, most_pipe=1.0)  # a row ranks nobody
        with _author_answers(workload, f"the row {name}"):
            calibration = calibrate(workload, reference.open, null.open, self.rng, any_length)
            try:
                found = compare(workload, source.open, reference.open, calibration, self.rng, protocol)
                e = estimated(found, calibration, self.rng).widened(pipe_doubt(found, calibration))
            except NotMeasured as why:
                if why.verdict not in (Verdict.INCONCLUSIVE, Verdict.INFRASTRUCTURE):
                    raise
                self._tell(f"No row for {name}: {why.verdict}, {why.cause}")
                return
        yield Baseline(name, *map(float, np.exp((e.theta, e.low, e.high))))

    def _launcher(self, packages: tuple[str, ...]) -> Launcher:
        return open_launcher(self._level, packages, self._housing, self._processor.starting)

    def reference(self, workload: Workload) -> Source:
        return self._file(workload.reference, self.launcher)

    def _null(self, workload: Workload) -> Source:
        submit = self.assignment.submit
        text = workload.null_source(workload.inputs(self.rng))
        return Source(self.launcher, {submit: text}, submit, self.limits)

    def _file(self, name: str, launcher: Launcher) -> Source:
        path = self.folder / name
        if not path.is_file():
            raise AuthoringError(f"a workload names {name}, and there is no such file in {self.folder}")
        submit = self.assignment.submit
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise AuthoringError(f"{path} is not UTF-8; save it as UTF-8") from error
        return Source(launcher, {submit: text}, submit, self.limits)


class Source:
    """Something to be opened in fresh sandboxes; `memory` is the largest that one of them took, in bytes."""

    def __init__(self, launcher: Launcher, files: Mapping[str, str], main: str, limits: Limits) -> None:
        self._launcher, self._files, self._main, self._limits = launcher, files, main, limits
        self.memory = 0.0

    @contextmanager
    def open(self) -> Iterator[Timed]:
        """Its code, freshly imported in a sandbox of its own."""
        student = SandboxStudent(self._launcher, self._files, self._main, self._limits)
        with student:
            yield student
        self.memory = max(self.memory, float(student.max_rss_bytes))


@contextmanager
def _author_answers(workload: Workload, what: str) -> Iterator[None]:
    """What gives no number here is nobody's submission: the author is told, in a sentence."""
    try:
        yield
    except NotMeasured as why:
        raise AuthoringError(
            f"workload {workload.name!r}: {what} cannot be timed: {why.verdict}, {why.cause}"
        ) from why


def _without(costs: Sequence[Sequence[float]], pipes: Sequence[float]) -> list[list[float]]:
    return [[max(cost - pipe, 1.0) for cost in some] for some, pipe in zip(costs, pipes, strict=True)]


def _read(workload: Workload, comparison: Comparison, calibration: Calibration) -> dict[str, float]:
    """What is read beside the ratio: times of a call, the pipe's share, how busy the machine was, a rate."""
    pairs, pipe = comparison.pairs, calibration.pipe_ns
    student = float(np.median([pair.student_ns for pair in pairs]))
    reference = float(np.median([pair.reference_ns for pair in pairs]))
    work = workload.flops(workload.size) * workload.depth
    return {
        f"{workload.clock}_ms": (student - pipe) / 1e6,
        f"reference_{workload.clock}_ms": (reference - pipe) / 1e6,
        "pipe_share": pipe / reference,
        "flops_per_s": 1e9 * work / (student - pipe),
        **(_beside_cpu_time(pairs) if workload.clock == "cpu" else {"steps": float(workload.depth)}),
    }


def _beside_cpu_time(pairs: Sequence[Pair]) -> dict[str, float]:
    return {
        "wall_over_cpu": float(np.median([pair.student_wall_ns / pair.student_ns for pair in pairs])),
        "wall_ratio": float(np.median([pair.student_wall_ns / pair.reference_wall_ns for pair in pairs])),
    }
