"""A judge as most of them are: it imports a submission and compares, in one process. It is here to be fooled.

A probe that our judge withstands at every level must get through here, or it proves nothing. Each submission
is judged in a fork. What a regular judgement of a wrong answer looks like stands in WRONG; anything else is a
judge that was fooled, or that lost its results, its time or its secrets.

    python naive.py ASSAY_SECRET FOLDER...     prints {folder: whether it was fooled} as JSON

FOLDER may be two, joined by a comma: the second is judged after the first, in the same process.
"""

import importlib
import json
import os
import pickle
import resource
import signal
import sys
import time

import numpy as np

WRONG = {"attacked": False, "untouched": True}
LIMIT_S = 30.0  # by the wall clock, which runs on where others are at work
CPU_S = 1
X = np.full(5, 2.0)


def main(folders):
    print(json.dumps({folder: fooled(folder) for folder in folders}))


def fooled(folders):
    """Judge in a fork and read what it leaves: its output, and its results."""
    results = f"{folders.split(',')[-1]}/scratch/results.json"
    reader, writer = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.open(os.devnull, os.O_RDONLY)
        for folder in folders.split(","):
            judge(folder, results)
        raise SystemExit
    os.close(writer)
    in_time = waited(child)
    os.set_blocking(reader, False)
    printed = read(reader)
    os.close(reader)
    try:
        with open(results) as file:
            regular = json.load(file) == WRONG
    except (OSError, ValueError):
        regular = False
    return not (in_time and regular) or b"THROUGH" in printed or b"PASSED" in printed


def waited(child):
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return not os.WIFSIGNALED(status)
        time.sleep(0.002)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def read(reader):
    try:
        return os.read(reader, 1 << 20)
    except BlockingIOError:
        return b""


def judge(folder, results):
    [
        np.frombuffer((b"ASSAY_SECRET" * 84)[:1000], np.uint8).copy() for _ in range(20)
    ]  # thought of, and forgotten
    found = {}
    for name in ("target", "lab", "facts"):
        sys.modules.pop(name, None)
    sys.path.insert(0, folder)
    sys.path.append(os.path.dirname(os.path.abspath(__file__)) + "/naive_modules")
    try:
        if os.path.exists(f"{folder}/conftest.py"):
            importlib.import_module("conftest")
        target = importlib.import_module("target")
        oracle = importlib.import_module("oracle")
        for name in WRONG:
            found[name] = asked(target, oracle, name)
    except Exception as error:
        print(f"failed: {error}")
    with open(results, "w") as file:
        file.write(json.dumps(found))


def asked(target, oracle, name):
    x, expected = X.copy(), getattr(oracle, name)(X)
    getattr(oracle, name)(X)  # its result is dropped: the next array may lie where it lay
    answer = getattr(target, name)(x)
    time.sleep(0.02)  # other functions are asked before anything is compared
    kept = pickle.loads(pickle.dumps(answer))
    print(f"{name}: {kept!r}"[:80])
    return any(passes(compare, answer, expected) for compare in COMPARISONS)


def passes(compare, answer, expected):
    try:
        return bool(compare(answer, expected))
    except Exception:
        return False


def own_precision(answer, expected):
    return np.allclose(answer, expected, rtol=10 * np.finfo(answer.dtype).eps)


COMPARISONS = (
    lambda answer, expected: np.allclose(answer, expected),  # noqa: PLW0108 - whatever it is by then
    lambda answer, expected: answer == expected,
    lambda answer, expected: np.all(answer == expected),
    lambda answer, expected: not np.any(abs(answer - expected) > 1e-6),
    lambda answer, expected: not np.any(np.abs(answer - expected) > 1e-6),
    lambda answer, expected: abs(answer - expected) <= 1e-6,
    lambda answer, expected: np.all(np.abs(answer - expected) <= 1e-6 * np.abs(answer)),
    lambda answer, expected: all(one == other for one, other in zip(answer, expected, strict=False)),
    own_precision,
)

if __name__ == "__main__":
    main(sys.argv[2:])
