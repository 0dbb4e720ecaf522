"""What the driver's own tool says of this machine's GPUs, as text."""

from __future__ import annotations

import shutil
import subprocess

_ASK_S = 30.0  # a driver that nobody uses is loaded first


def asked(*fields: str, gpu: str = "") -> list[list[str]]:
    """A row for each GPU, or for the one with the id `gpu`: a text for each field, as nvidia-smi names them.

    FileNotFoundError where there is no such tool, OSError where it finds no GPU: each one sentence.
    """
    tool = shutil.which("nvidia-smi")
    if tool is None:
        raise FileNotFoundError("there is no nvidia-smi")
    which = (f"--id={gpu}",) if gpu else ()
    query = (tool, *which, f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits")
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=_ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OSError(f"nvidia-smi does not answer: {error}") from error
    lines = told.stdout.splitlines() if not told.returncode else ()
    rows = [[part.strip() for part in line.split(",")] for line in lines]
    found = [row for row in rows if len(row) == len(fields) and row[0]]
    if not found:
        said = (told.stderr or told.stdout).strip().split("\n")[0]
        raise OSError(f"nvidia-smi finds no GPU: {said or 'it lists none'}")
    return found
