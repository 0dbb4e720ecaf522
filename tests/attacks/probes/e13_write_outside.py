from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    for place in (FACTS["scratch"], "/dev/shm", "/var/tmp"):
        try:
            open(f"{place}/{FACTS['name']}", "w").close()
        except OSError:
            pass
