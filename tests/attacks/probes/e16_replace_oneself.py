import os

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    os.execv("/bin/sh", ["sh", "-c", f": > {FACTS['scratch']}/{FACTS['name']}"])
