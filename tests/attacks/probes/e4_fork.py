import os

from lab import attack, untouched


@attack
def attacked():
    children = 0
    while children < 20:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        children += 1
    return children
