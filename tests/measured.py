"""Runs that measured something, written by the real store, as a class and a course would leave them."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

from grader.record import PartOutline, Record, RunInfo, Status
from grader.store import Store, write_info
from suites.measurement import Baseline, Measurement
from suites.types import Finding, Verdict

BASELINES = (
    Baseline("naive loops", 41.0, 39.5, 42.6),
    Baseline("reference", 1.0, 0.99, 1.01),
    Baseline("PyTorch", 0.62, 0.6, 0.64),
)


def speed(value: float | None, half: float = 0.02, **changes: object) -> Measurement:
    """A ratio to the reference, with a symmetric interval on the logarithmic scale."""
    low, high = (None, None) if value is None else (value * (1 - half), value / (1 - half))
    plain = Measurement(
        quantity="speed", value=value, low=low, high=high, n=24, unit="x the reference's CPU time",
        better="lower", scale="log", band=0.04879, device="2 cores, x86-64", suite="1",
        baselines=BASELINES, details={"floor": 0.008},
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def accuracy(value: float | None, half: float = 0.24, **changes: object) -> Measurement:
    """A percentage, with the interval of five seeds."""
    low, high = (None, None) if value is None else (value - half, value + half)
    plain = Measurement(
        quantity="accuracy", value=value, low=low, high=high, n=5, unit="%", better="higher", scale="linear",
        band=0.2, device="2 cores, x86-64", suite="1", baselines=(Baseline("reference", 97.0, 96.8, 97.2),),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def found(measurement: Measurement, what: str = "conv_forward", verdict: Verdict = Verdict.PASS) -> Finding:
    """What a suite reports of it."""
    cause = "" if verdict is Verdict.PASS else "SECRET CAUSE"
    return Finding(
        "fast", measurement.quantity, what, "ordinary", verdict, cause, Fraction(1), Fraction(1),
        measurement=measurement,
    )  # fmt: skip


def record(student: str, *findings: Finding, code: str = "", at: str = "2026-11-20T14:00:00") -> Record:
    """One submission; its content is the student's own unless `code` names another."""
    return Record(
        student=student,
        submission=f"{student}.py",
        slug=sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:12],
        content=sha256((code or f"code of {student}").encode("utf-8", "surrogatepass")).hexdigest(),
        status=Status.GRADED,
        reason="",
        score=Fraction(1),
        max_score=Fraction(1),
        findings=findings,
        sandbox="namespace",
        graded_at=f"{at}+00:00",
    )


def info(seed: str = "first", assignment: str = "conv", title: str = "Convolution") -> RunInfo:
    """A run under a seed of its own."""
    return RunInfo(
        assignment=assignment,
        title=title,
        assignment_hash="5" * 64,
        assay_version="0.1.0",
        numpy_version="2.4.6",
        python_version="3.11.7",
        seed_commitment=sha256(seed.encode()).hexdigest(),
        sandbox="namespace",
        host="grader-1",
        started="2026-11-20T14:00:00+00:00",
        ended="2026-11-20T14:05:00+00:00",
        max_score=Fraction(1),
        parts=(PartOutline("fast", "Fast", Fraction(1), (("conv_forward", Fraction(1)),)),),
        fingerprint=sha256(f"{assignment} {seed}".encode()).hexdigest(),
    )


def write_run(run: Path, records: Iterable[Record], about: RunInfo | None = None) -> Path:
    """A run folder as grading leaves it, as far as a board reads it."""
    run.mkdir(parents=True, exist_ok=True)
    about = about or info()
    write_info(run, about)
    with Store(run / "results.sqlite") as store:
        for each in records:
            store.add(each, about.fingerprint)
    return run


def write_opt_in(path: Path, students: Iterable[tuple[str, str]]) -> Path:
    """Who takes part, and under which name."""
    quoted = [",".join('"' + text.replace('"', '""') + '"' for text in pair) for pair in students]
    path.write_text("student,pseudonym\n" + "".join(f"{line}\n" for line in quoted), encoding="utf-8")
    return path
