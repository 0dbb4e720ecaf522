import os

from facts import FACTS
from lab import untouched


def attacked(x):
    path = FACTS["scratch"] + "/results.json"
    try:
        with open(path, "w") as file:
            file.write('{"attacked": true, "untouched": true}')
        os.chmod(path, 0o400)
    except OSError:
        pass
    os.kill(os.getpid(), 9)
