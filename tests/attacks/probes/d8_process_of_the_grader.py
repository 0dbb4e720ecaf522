import os

from lab import attack, untouched


@attack
def attacked():
    pid = os.getpid()
    while pid > 1:
        with open(f"/proc/{pid}/environ", "rb") as file:
            if b"ASSAY_SECRET" in file.read():
                return True
        with open(f"/proc/{pid}/stat") as file:
            pid = int(file.read().rpartition(")")[2].split()[1])
    return False
