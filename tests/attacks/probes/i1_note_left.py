import os

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    for place in (os.environ.get("TMPDIR", "/tmp"), "/tmp", "/dev/shm", "/var/tmp", FACTS["shared"]):
        try:
            with open(f"{place}/{FACTS['run']}-note", "w") as file:
                file.write("note")
        except OSError:
            pass
