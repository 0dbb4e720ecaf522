"""The three standard streams: all of them open, able to show any name, and left alone once nobody reads."""

from __future__ import annotations

import io
import os
import select
import sys


def prepare() -> None:
    """Open to nothing what whoever started us has closed, before a file of ours takes its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number that is free
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a name is no error


def reader_is_gone() -> bool:
    """Whether a broken pipe is what we print to: whoever reads has enough. From then on it goes nowhere.

    Where it is stderr, too, the work may have been cut off at a word of how far it was.
    """
    poll = select.poll()
    stdout, stderr = sys.stdout.fileno(), sys.stderr.fileno()
    for descriptor in (stdout, stderr):
        poll.register(descriptor, 0)  # for errors alone
    gone = {descriptor for descriptor, _ in poll.poll(0)}
    for descriptor in gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    return gone == {stdout}


def _nowhere() -> io.TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")
