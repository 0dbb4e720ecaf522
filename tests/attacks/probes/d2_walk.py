import os

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    return any("public" in files for _, _, files in os.walk(FACTS["above"]))
