"""What probes share: it is handed in beside each of them, with `facts.py`, which says where its canaries are.

Everything aims at canaries of our own. That an attack got through is told by printing THROUGH; what can be
seen from outside (a dead process, a file, a connection) is looked at there.
"""

import ctypes
import os
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
REFUSED = (1, 38)  # EPERM, ENOSYS


def untouched(x):
    """The other function, always right: it shows who else an attack hurts."""
    return 2 * x


def attack(body):
    """A function that tries the attack once and answers wrongly: what it scores, it scores by the attack."""
    tried = []

    def attacked(x):
        if not tried:
            tried.append(True)
            try:
                if body():
                    print("THROUGH", flush=True)
            except Exception as error:
                print("held:", type(error).__name__, error)
        return 0 * x

    return attacked


def can(action):
    """Whether an action is not refused."""
    try:
        action()
        return True
    except (OSError, MemoryError, ValueError, RuntimeError):
        return False


def holds(path, what=b"canary"):
    """Whether a file can be read, and holds this."""
    with open(path, "rb") as file:
        return what in file.read(1 << 20)


def reaches(number, *arguments):
    """Whether a system call reaches the kernel's own code: it fails there, or not at all."""
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return result >= 0 or ctypes.get_errno() not in REFUSED


def connects(family, kind, address):
    """Whether a socket can be had and a listener of ours be reached."""
    with socket.socket(family, kind) as client:
        client.settimeout(1)
        client.connect(address)
        client.send(b"THROUGH")
    return True


def frames():
    """The frames of those who called us."""
    frame = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def line():
    """The harness's wire, and header and index of the question that is being answered."""
    for frame in frames():
        if "header" in frame.f_locals and "index" in frame.f_locals:
            return frame.f_globals["wire"], frame.f_locals["header"], frame.f_locals["index"]
    raise LookupError("there is no harness to be found")


def send(data):
    """Write to the harness's own connection."""
    while data:
        data = data[os.write(3, data) :]
