from facts import FACTS
from lab import attack, libc, untouched


@attack
def attacked():
    libc.shmget(FACTS["key"], 4096, 0o1666)
