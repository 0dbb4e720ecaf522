import contextlib
import os

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    for descriptor in range(64):  # kept open: nobody is to see that we are gone
        with contextlib.suppress(OSError):
            os.set_inheritable(descriptor, True)
    os.execv("/bin/sh", ["sh", "-c", f": > {FACTS['scratch']}/{FACTS['name']}"])
