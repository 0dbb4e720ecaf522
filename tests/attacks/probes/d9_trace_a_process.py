import os

from facts import FACTS
from lab import attack, libc, untouched


@attack
def attacked():
    if libc.ptrace(16, FACTS["canary"], 0, 0) < 0:  # PTRACE_ATTACH
        return False
    os.waitpid(FACTS["canary"], 0x40000000)
    libc.ptrace(17, FACTS["canary"], 0, 0)  # and let it go
    return True
