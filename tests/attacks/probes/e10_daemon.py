import os
import time

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    if os.fork():
        os.wait()
        return False
    os.setsid()
    if os.fork():
        os._exit(0)
    with open(FACTS["scratch"] + "/daemon", "w") as file:
        file.write(str(os.getpid()))
    for descriptor in range(4):
        os.close(descriptor)
    time.sleep(60)
    os._exit(0)
