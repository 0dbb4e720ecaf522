"""The check of a random operation: sealed with a law, asked often, judged by statistics.

Sealing draws the inputs and a seed for every call, proves that the oracle obeys the law that was declared for
it, and runs the variants to see their traits. Judging needs the law and the traits alone: no draw of the
oracle's is kept. What is tested, and at which level, stands in suites/chance.py and docs/measuring.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from suites.assignment import AuthoringError, Op, Regime, Variant
from suites.blame import told
from suites.carry import OWN_GRADIENT, RIGHT_FOR_OWN, Carried
from suites.consistency import arrays, refuse_changes
from suites.diagnosis import Named, described
from suites.evidence import Look, most_telling
from suites.masks import Draws, follows_own, look_at_dx, look_at_out, same_trait, trait_of_dx, trait_of_out
from suites.questions import Observed, signature_of
from suites.tolerance import DOUBLE, Band, Comparison, as_array
from suites.types import Array, Case, Chance, Diagnosis, Failure, Law, Misconception, Trait, Value

BACKWARDS = 4  # calls of a case whose backward is asked, too: a mask drawn anew differs in the first
SURVEY = 4  # how often more than a student a variant is run
NEVER = "right where nothing is dropped, and nothing ever is"
NO_FORWARD = "there is no forward to compare it with"

Traits = dict[str, Trait]


# --------------------------------------------------------------------------- sealing


def random_case(
    op: Op,
    regime: Regime,
    variants: Sequence[Variant],
    id: str,
    inputs: Mapping[str, Value],
    rng: np.random.Generator,
    first: bool,
) -> Case:
    """One sealed case of a random operation. AuthoringError where the oracle does not obey the law."""
    assert op.law is not None
    args = [_wide(inputs[name]) for name in op.args]
    law = op.law(*args)
    x = np.asarray(args[op.args.index(_varied(op))])
    upstream = rng.uniform(0.5, 1.5, x.shape) * rng.choice((-1.0, 1.0), x.shape)
    dout = upstream.astype(np.asarray(inputs[_varied(op)]).dtype) if op.backward else None
    seeds = tuple(int(seed) for seed in rng.integers(1 << 31, size=regime.repeats))
    runs = regime.repeats * SURVEY
    backwards = min(BACKWARDS, regime.repeats) if op.backward else 0
    wide = None if dout is None else dout.astype(np.float64)
    survey = _Survey(op, law, args, x, wide, runs, int(rng.integers(1 << 63)))
    given = arrays(inputs)
    oracle = survey.of("", op.oracle, op.gradient)
    refuse_changes(op, regime, given, dict(zip(op.args, args)))
    _prove(op, regime, oracle)
    traits = {"": survey.traits(oracle)}
    traits |= {v.id: found for v in variants if (found := _variant_traits(op, v, survey))}
    expected = {op.outputs[0]: law.factor * x}
    if dout is not None:
        expected |= {op.signature.gradients[0]: law.factor * dout.astype(np.float64)}
    return Case(
        id=id,
        signature=op.signature,
        regime=regime.name,
        about=regime.about,
        tier=regime.tier,
        public=regime.public,
        strict=regime.strict,
        checks=regime.checks,
        inputs=inputs,
        upstream=dout,
        expected=expected,
        amplification=dict.fromkeys(expected, 0.0),
        echo=first,
        chance=Chance(law, seeds, backwards, traits),
    )


class _Survey:
    """Runs of the oracle and of variants on one case's inputs.

    Each draws from a stream of its own, so that one variant more changes nothing of the others.
    """

    def __init__(
        self,
        op: Op,
        law: Law,
        args: list[Any],
        x: Array,
        dout: Array | None,
        runs: int,
        seed: int,
    ) -> None:
        self.op, self.law, self.args, self.x, self.dout = op, law, args, x, dout
        self.runs, self.seed = runs, seed

    def of(self, id: str, forward: Any, backward: Any) -> Draws:
        rng = np.random.default_rng([self.seed, *id.encode()])
        outs, dxs = [], []
        for _ in range(self.runs):
            out = forward(*self.args, rng)
            if self.op.backward:
                out, cache = out
                if cache is not None and backward is not None:
                    dxs.append(backward(self.dout, cache, rng))
            outs.append(np.asarray(out, dtype=np.float64))
        gradients = np.array(dxs, dtype=np.float64) if dxs else None
        return Draws(self.law, self.x, np.array(outs), self.dout, gradients)

    def traits(self, draws: Draws) -> Traits:
        found = {self.op.outputs[0]: trait_of_out(draws)}
        if draws.dxs is not None:
            found[self.op.signature.gradients[0]] = trait_of_dx(draws)
        return found


def _varied(op: Op) -> str:
    """The argument that is multiplied by the mask."""
    return op.wrt[0] if op.wrt else op.args[0]


def _wide(value: Value) -> Any:
    wide = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return np.asarray(value, dtype=np.float64) if wide else value


def _prove(op: Op, regime: Regime, draws: Draws) -> None:
    reasons = look_at_out(draws, DOUBLE)[1] or (look_at_dx(draws, DOUBLE)[1] if op.backward else [])
    if reasons:
        said = reasons[0].format(t="its result")
        raise AuthoringError(f"the oracle of {op.forward} does not obey its law on {regime.name}: {said}")


def _variant_traits(op: Op, v: Variant, survey: _Survey) -> Traits:
    """What the variant shows, of the tensors that it is about; nothing where it raises."""
    try:
        if v.of is op.oracle:
            return survey.traits(survey.of(v.id, v.wrong, op.gradient))
        found = survey.traits(survey.of(v.id, op.oracle, v.wrong))
        return {name: trait for name, trait in found.items() if name in op.signature.gradients}
    except (ArithmeticError, ValueError, IndexError):
        return {}
    except Exception as error:
        raise AuthoringError(f"variant {v.id} does not run: {told(error, v.wrong)}") from error


# --------------------------------------------------------------------------- judging


def draws_look(tensor: str, o: Observed, seen: Sequence[Observed]) -> Comparison | Failure:
    """One case by its law. Where nothing is random, only who drops something elsewhere can be right."""
    looked, _ = _looked(tensor, o)
    if isinstance(looked, Failure) or looked.band is not Band.ROUNDING or not _chance(o).law.certain:
        return looked
    return replace(looked, band=Band.OFF, cause=NEVER, got=None) if _never_drops(tensor, seen) else looked


def name_draws(
    tensor: str, seen: Sequence[Observed], off: Sequence[Look], words: Mapping[str, Misconception]
) -> Named | None:
    """Name what the student did: a variant with the same traits in every case, or else what is off."""
    reasons = _reasons(tensor, off)
    symptom = "; ".join(reasons[:2])
    ids = _speaking(tensor, seen, seen) or _speaking(tensor, seen, [o for o, _ in off])
    if len(ids) == 1:
        (id,) = ids
        return Named(described(words[id], symptom), words[id].kind)
    if ids:
        several = " or ".join(words[id].says.rstrip(".") for id in ids)
        asked = next((id for id in ids if words[id].kind == "wrong"), ids[0])  # as it is ruled
        return Named(Diagnosis(symptom, "", f"One of: {several}.", words[asked].hint), "wrong")
    return Named(Diagnosis(symptom)) if symptom else None


def _speaking(tensor: str, seen: Sequence[Observed], some: Sequence[Observed]) -> tuple[str, ...]:
    """The variants that a tensor matches in some cases; for a gradient, the forward's only if out matches."""
    ids = _matching(tensor, some)
    out = signature_of(seen).outputs[0]
    if tensor == out or not ids:
        return ids
    forwards = {id for o in seen for id, traits in _chance(o).traits.items() if out in traits}
    own = set(_matching(out, seen))
    return tuple(id for id in ids if id in own) or tuple(id for id in ids if id not in forwards)


def carried_draws(
    tensor: str, seen: Sequence[Observed], words: Mapping[str, Misconception]
) -> Carried | None:
    """A backward that is right for a forward which is a named mistake, or only for one that is off."""
    drawn = [d for o in seen if (d := _draws(o)) is not None]
    if not drawn or not all(follows_own(d) for d in drawn):
        return None
    out = signature_of(seen).outputs[0]
    ids = _matching(out, seen)
    if len(ids) == 1:
        (id,) = ids
        return Carried(words[id].kind, RIGHT_FOR_OWN, words[id])
    if all(_right(out, o) for o in seen):
        return None
    return Carried("", OWN_GRADIENT)


def _chance(o: Observed) -> Chance:
    assert o.case.chance is not None
    return o.case.chance


def _right(tensor: str, o: Observed) -> bool:
    looked, _ = _looked(tensor, o)
    return not isinstance(looked, Failure) and looked.band is Band.ROUNDING


def _looked(tensor: str, o: Observed) -> tuple[Comparison | Failure, list[str]]:
    trouble = o.stacked(tensor)
    if not isinstance(trouble, np.ndarray):
        return trouble, []
    draws = _draws(o)
    if draws is None:
        return Comparison(Band.OFF, NO_FORWARD), []
    look = look_at_out if tensor in o.case.signature.outputs else look_at_dx
    compared, reasons = look(draws, o.unit(tensor))
    reasons = [reason.format(t=tensor) for reason in reasons]
    notes = tuple(dict.fromkeys(note for value in o.draws[tensor] for note in _forgiven(value, tensor, o)))
    return replace(compared, cause=reasons[0] if reasons else "", notes=(*compared.notes, *notes)), reasons


def _forgiven(value: Any, tensor: str, o: Observed) -> tuple[str, ...]:
    plain = isinstance(value, np.ndarray) and value.shape == o.case.expected[tensor].shape
    return () if plain else as_array(value, o.case.expected[tensor].shape)[2]


def _draws(o: Observed) -> Draws | None:
    """The draws of a case, without gradients where there is none that can be read."""
    signature = o.case.signature
    outs = o.stacked(signature.outputs[0])
    if not isinstance(outs, np.ndarray):
        return None
    x = np.asarray(o.case.inputs[(signature.wrt or signature.args)[0]], dtype=np.float64)
    dxs = o.stacked(signature.gradients[0]) if signature.gradients else None
    if not isinstance(dxs, np.ndarray) or o.case.upstream is None:
        return Draws(_chance(o).law, x, outs)
    return Draws(_chance(o).law, x, outs, o.case.upstream.astype(np.float64), dxs)


def _never_drops(tensor: str, seen: Sequence[Observed]) -> bool:
    """Whether a tensor has no zero in any draw, although the law of some case asks for them."""
    random = [o for o in seen if not _chance(o).law.certain]
    return bool(random) and not any(_drops(tensor, o) for o in random)


def _drops(tensor: str, o: Observed) -> bool:
    stacked = o.stacked(tensor)
    if not isinstance(stacked, np.ndarray):
        return False
    return bool(np.any((stacked == 0) & (o.case.expected[tensor] != 0)))


def _matching(tensor: str, seen: Sequence[Observed]) -> tuple[str, ...]:
    """Ids of the variants whose traits are the student's in every case, and not the oracle's in every one."""
    pairs = [(o, trait) for o in seen if (trait := _trait(tensor, o)) is not None]
    if not pairs:
        return ()
    return tuple(
        id
        for id, traits in _chance(pairs[0][0]).traits.items()
        if id and tensor in traits and _is(id, tensor, pairs)
    )


def _is(id: str, tensor: str, pairs: Sequence[tuple[Observed, Trait]]) -> bool:
    theirs = [(_chance(o).traits.get(id, {}).get(tensor), _chance(o).traits[""][tensor]) for o, _ in pairs]
    same = all(a is not None and same_trait(trait, a, SURVEY) for (a, _), (_, trait) in zip(theirs, pairs))
    return same and any(a is not None and not same_trait(a, b, 1) for a, b in theirs)


def _trait(tensor: str, o: Observed) -> Trait | None:
    draws = _draws(o)
    if draws is None:
        return None
    if tensor in o.case.signature.outputs:
        return trait_of_out(draws)
    return trait_of_dx(draws) if draws.dxs is not None else None


def _reasons(tensor: str, off: Sequence[Look]) -> list[str]:
    """What is off in the case to show: rather one in which something is random."""
    differing = [item for item in off if isinstance(item[1], Comparison)]
    random = [item for item in differing if not _chance(item[0]).law.certain]
    return _looked(tensor, most_telling(random or differing)[0])[1] if differing else []
