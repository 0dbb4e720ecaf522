"""Random secrets in files of their own, readable by their owner alone: a run's seed, a board's key."""

import os
import secrets
from pathlib import Path

BYTES = 32


def drawn(path: Path) -> bytes:
    """Draw a secret and keep it at `path`, whole or not at all."""
    secret = secrets.token_bytes(BYTES)
    temporary = path.with_name(f".{path.name}")
    temporary.unlink(missing_ok=True)  # of a process that was killed right here
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(descriptor)
    os.replace(temporary, path)
    return secret
