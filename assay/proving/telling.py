"""A proof in words, and as data for programs."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from assay.proving.proof import Check, MutantsCheck, Proof
from reports.text import many

INDENT = " " * 11  # of what is said under a check
NARROWEST = 40


def plain(proof: Proof) -> dict[str, Any]:
    """A proof for programs."""
    told = {**asdict(proof), "holds": proof.holds}
    if proof.mutants is not None:
        told["mutants"]["rate"] = proof.mutants.rate
    return told


def lines(proof: Proof, width: int = 110) -> Iterator[str]:
    """A proof for people."""
    yield f"{proof.title} ({proof.assignment}): {many(proof.seeds, 'seed')}, inputs in float64 and float32"
    for check in proof.checks:
        yield f"  {_sign(check.short)}  {check.name:<12}{_proved(check)}"
        yield from _whole((*check.short, *check.notes), width)
    if proof.mutants is not None:
        yield from _mutant_lines(proof.mutants, proof.seeds, width)
    again = f", {proof.resumed} outcomes known before" if proof.resumed else ""
    yield f"{'It holds' if proof.holds else 'It falls short'} ({proof.seconds:.1f} s{again})."


def _mutant_lines(check: MutantsCheck, seeds: int, width: int) -> Iterator[str]:
    judged = check.total - check.equivalent
    told = f"{check.killed} of {judged} killed ({100 * check.rate:.1f} %)"
    yield f"  {_sign(check.short)}  {'mutants':<12}{told}, {check.equivalent} declared equivalent"
    yield from _whole(check.short, width)
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
        "workloads": f"{check.proved} with right files, and on a CPU long enough to be timed",
    }[check.name]
    return told if not check.short or check.proved else many(len(check.short), "complaint")


def _whole(sentences: Sequence[str], width: int) -> Iterator[str]:
    """Each sentence to its end, where the advice stands; its further lines go in by two more."""
    wrapper = textwrap.TextWrapper(
        max(width, NARROWEST),
        initial_indent=INDENT,
        subsequent_indent=INDENT + "  ",
        break_long_words=False,  # a path or a name is copied in one piece
        break_on_hyphens=False,
    )
    for sentence in sentences:
        yield from wrapper.wrap(sentence)
