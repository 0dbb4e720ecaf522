import os

from facts import FACTS
from lab import attack, untouched

PLACES = (os.environ.get("TMPDIR", "/tmp"), "/tmp", "/dev/shm", "/var/tmp", FACTS["shared"])


@attack
def attacked():
    return [place for place in PLACES if os.path.exists(f"{place}/{FACTS['run']}-note")]
