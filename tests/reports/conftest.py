"""A small class with everything that can happen to a submission, the hostile ones included."""

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from grader.record import PartOutline, Record, RunInfo, Status
from reports.folder import write
from suites.types import Diagnosis, Evidence, Finding, Verdict

PARTS = (
    PartOutline("forward", "Forward pass", Fraction(4), (("out", Fraction(4)),)),
    PartOutline(
        "backward",
        "Backward pass",
        Fraction(6),
        (("dx", Fraction(4)), ("dgamma", Fraction(1)), ("dbeta", Fraction(1))),
        needs=("forward",),
    ),
    PartOutline("essay", "Written answer", Fraction(2), (("answer", Fraction(2)),)),
)
TENSORS = [("forward", "out", 4), ("backward", "dx", 4), ("backward", "dgamma", 1), ("backward", "dbeta", 1)]
HIDDEN = {"expected": 0.123456789, "got": 7.654321, "case": "secret-case-17", "text": "SECRET RAISED 7.7e-3"}

MEAN = Diagnosis(
    symptom="dx is off by a constant in every column.",
    id="bn.no-mean-term",
    says="The gradient through the batch mean is missing.",
    hint="Which of the quantities in the forward pass depend on every row of x?",
    lecture="Lecture 5, the graph of batch normalisation",
)
RAW = Diagnosis(
    symptom="dgamma is std * dgamma + mu * dbeta of the right one.",
    id="bn.dgamma-raw-x",
    says="dgamma is taken with x itself, not with the normalised x.",
    hint="What does gamma multiply?",
    lecture="Lecture 5",
)
NASTY = (
    "<script>alert(1)</script>",
    "</pre></code></style><img src=x onerror=alert(2)>",
    "{{7*7}} {% raw %} {0.__class__} ${7*7}",
    "\x1b[31mred\x1b]52;c;aGk=\x07 \x9b2J",
    "\u202eevil\u2066 \u200b\ufeff hid\u00adden",
    '=HYPERLINK("http://example.com","click")',
    "\ud800 lone \udfff",
    "w" * 5000,
    "'\"><svg/onload=alert(3)> javascript:alert(4)",
    "\r::error::boom\n::set-output name=x::y\x00",
    "Z\u0351\u0343\u0344\u0350\u0351\u0343\u0344\u0350\u0351\u0343algo",
    '" onmouseover="alert(5)',
)


def picture(rows: int, columns: int) -> tuple[tuple[float, ...], ...]:
    return tuple(
        tuple(abs(math.sin(1.7 * c) * (0.3 + 0.7 * r / rows)) if c % 3 else 0.0 for c in range(columns))
        for r in range(rows)
    )


def finding(part: str, tensor: str, points: int, tier: str = "ordinary", **changes: object) -> Finding:
    share = Fraction(9, 10) if tier == "ordinary" else Fraction(1, 10)
    verdict = changes.pop("verdict", Verdict.PASS)
    assert isinstance(verdict, Verdict)
    plain = Finding(
        part=part,
        check="gradient" if tensor.startswith("d") else "agreement",
        tensor=tensor,
        tier=tier,
        verdict=verdict,
        cause="agrees in every case" if verdict is Verdict.PASS else "values differ",
        credit=Fraction(int(verdict is Verdict.PASS)),
        points=points * share,
        evidence=Evidence(argument=tensor, cases=12 if tier == "ordinary" else 5),
        seconds=0.004,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def findings(**by_tensor: dict[str, object]) -> tuple[Finding, ...]:
    """All tensors in both tiers, right unless `tensor` or `tensor_tier` says otherwise."""
    machine = [
        finding(part, tensor, points, tier, **by_tensor.get(f"{tensor}_{tier}", by_tensor.get(tensor, {})))
        for part, tensor, points in TENSORS
        for tier in ("ordinary", "unusual")
    ]
    return (
        *machine,
        replace(finding("essay", "answer", 2), points=Fraction(2), check="manual", cause="graded by hand"),
    )


def record(student: str, found: tuple[Finding, ...] = (), **changes: object) -> Record:
    plain = Record(
        student=student,
        submission=f"{student}.py",
        slug=student,
        content="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        status=Status.GRADED,
        reason="",
        score=sum((f.score for f in found), Fraction(0)),
        max_score=Fraction(12),
        findings=found,
        seconds=0.31,
        cpu_seconds=0.2,
        memory_bytes=41 * 2**20,
        sandbox="namespace",
        graded_at="2026-11-20T14:03:22Z",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def wrong(
    shape: tuple[int, ...], rows: int, columns: int, public: bool, diagnosis: Diagnosis | None
) -> dict[str, object]:
    seen = (
        {"expected": 0.1237, "got": 0.3125, "case": "public-3", "text": ""}
        if public
        else HIDDEN | {"text": ""}
    )
    return {
        "verdict": Verdict.FAIL,
        "diagnosis": diagnosis,
        "evidence": Evidence(
            argument="dx",
            regime="correlated_batch",
            public=public,
            shape=shape,
            index=(3, 1),
            max_error=0.1888,
            cases=12,
            failed_cases=12,
            picture=picture(rows, columns),
            **seen,  # type: ignore[arg-type]
        ),
    }


def hostile(number: int) -> Record:
    """A submission in which every text is one of ours to fear."""
    text = NASTY[number % len(NASTY)]
    bad = {
        "verdict": Verdict.ERROR,
        "cause": f"raised {text[:200]}",
        "evidence": Evidence(
            argument="dx", case=text[:300], regime="ordinary", text=text * 2, cases=3, failed_cases=3
        ),
        "notes": (text[:300],),
    }
    return record(
        text[:300],
        findings(dx=bad),
        slug=f"hostile-{number}",
        submission=f"{text[:200]}/../{text[:50]}",
        printed="\n".join(NASTY),
        printed_dropped=123,
        notes=(text[:500],),
    )


def example_records() -> list[Record]:
    kept = {
        "cause": "agrees; the epsilon stands outside the root",
        "notes": ("Declared convention: epsilon inside.",),
    }
    raised = {
        "verdict": Verdict.ERROR,
        "cause": "raised IndexError",
        "evidence": Evidence(
            argument="dx",
            cases=5,
            failed_cases=5,
            case="public-1",
            regime="batch_of_one",
            text='  File "batchnorm.py", line 41\n    dx[:, pad:-pad]\nIndexError: too many indices',
        ),
    }
    shared = raised | {"evidence": replace(raised["evidence"], failed_cases=12)}  # type: ignore[type-var]
    late = {"verdict": Verdict.TIMEOUT, "cause": "took longer than 10 s"}
    skipped = {"verdict": Verdict.SKIPPED, "cause": "needs forward, which crashed"}
    secret = {
        "verdict": Verdict.ERROR,
        "cause": "raised SECRETError",
        "evidence": Evidence(
            argument="dgamma", public=False, shape=(31, 37), cases=9, failed_cases=2, **HIDDEN
        ),  # type: ignore[arg-type]
    }
    broken = wrong((24, 24), 24, 24, True, None)
    broken["evidence"] = replace(
        broken["evidence"],  # type: ignore[type-var]
        got=math.inf,
        max_error=math.nan,
        picture=(*picture(23, 24), (math.nan,) * 24),
    )
    return [
        record(
            "ada",
            findings(),
            notes=("The cell magic %matplotlib was removed.",),
            printed="loss 0.31\nloss 0.12\n",
        ),
        record("emmy", findings(out_unusual=kept)),
        record("carl", findings(dx=wrong((7, 5), 7, 5, True, MEAN), dgamma=wrong((5,), 1, 5, True, RAW))),
        record("sofia", findings(dx=broken), printed="nan\n" * 40, seconds=2.5),
        record(
            "kurt",
            findings(dx=wrong((31, 37), 24, 24, False, MEAN), dgamma_unusual=secret),
            printed="SECRET PRINTED",
            remarks=("imports ctypes, a SECRET REMARK (layer.py, line 3)",),
            likeness="SECRET LIKENESS",
        ),
        record("alan", findings(dx_unusual=raised, dgamma=shared, dbeta=shared)),
        record(
            "grace",
            findings(
                out={"verdict": Verdict.CRASH, "cause": "ended by signal 11"}, dx=skipped, dgamma=skipped
            ),
        ),
        record(
            "john",
            findings(dx=late, dgamma=late, dbeta=late),
            seconds=41.0,
            status=Status.PARTIAL,
            reason="SECRET HOST",
        ),
        record(
            "evariste",
            findings(out={"verdict": Verdict.MISSING, "cause": "there is no function forward"})[:-1],
            status=Status.PENDING,
        ),
        record("blaise", status=Status.UNREADABLE, reason="line 12 is no Python: '(' was never closed"),
        record(
            "rosa",
            status=Status.INFRASTRUCTURE,
            reason="the sandbox on node-7 could not start: SECRET HOST",
            sandbox="",
        ),
        *(hostile(number) for number in range(len(NASTY))),
    ]


@pytest.fixture(scope="session")
def info() -> RunInfo:
    return RunInfo(
        assignment="batchnorm",
        title="Batch normalisation",
        assignment_hash="5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
        assay_version="0.1.0",
        numpy_version="2.4.6",
        python_version="3.11.7",
        seed_commitment="6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
        sandbox="namespace",
        host="grader-1",
        started="2026-11-20T14:00:00Z",
        ended="2026-11-20T14:05:10Z",
        max_score=Fraction(12),
        parts=PARTS,
        counts={"submissions": 23},
    )


@pytest.fixture(scope="session")
def records() -> list[Record]:
    return example_records()


@pytest.fixture(scope="session")
def alike(records: list[Record]) -> dict[str, tuple[str, ...]]:
    """Two who share their code, and one who shares it with everybody, the hostile names included."""
    return {"kurt": ("carl",), "carl": ("kurt",), "ada": tuple(record.student for record in records)}


@pytest.fixture(scope="session")
def run(
    tmp_path_factory: pytest.TempPathFactory,
    info: RunInfo,
    records: list[Record],
    alike: dict[str, tuple[str, ...]],
) -> Path:
    """A run folder with the pages of the example class."""
    folder = tmp_path_factory.mktemp("run")
    write(folder, info, records, alike)
    return folder


@pytest.fixture(scope="session")
def nasty() -> tuple[str, ...]:
    return NASTY
