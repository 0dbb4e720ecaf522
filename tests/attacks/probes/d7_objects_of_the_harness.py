import gc
import types

from lab import attack, untouched

ROOMS = {"oracle", "reference", "suites", "assignments", "reports", "assay"}


@attack
def attacked():
    for thing in gc.get_objects():
        owner = thing if isinstance(thing, types.FunctionType) else type(thing)
        if str(getattr(owner, "__module__", "")).split(".")[0] in ROOMS:
            return True
        if isinstance(thing, dict) and ("seed_commitment" in thing or "expected" in thing):
            return True
    return False
