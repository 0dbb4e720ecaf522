import os
import socket

from lab import untouched


def attacked(x):
    reader, _ = os.pipe()
    with socket.socket(fileno=os.dup(3)) as stream:
        socket.send_fds(stream, [b"x" * 40], [reader] * 8)
    return 0 * x
