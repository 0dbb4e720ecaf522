from facts import FACTS
from lab import attack, libc, untouched


@attack
def attacked():
    found = libc.shmget(FACTS["key"], 4096, 0)
    if found >= 0:
        libc.shmctl(found, 0, None)
    return found >= 0
