from lab import attack, libc, untouched


@attack
def attacked():
    made = libc.shmget(0, 4096, 0o1600)
    if made >= 0:
        libc.shmctl(made, 0, None)  # and away with it
    return made >= 0
