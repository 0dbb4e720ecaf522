from lab import attack, libc, untouched

attacked = attack(lambda: libc.prctl(3, 0, 0, 0, 0) == 1)  # PR_GET_DUMPABLE: others may look in
