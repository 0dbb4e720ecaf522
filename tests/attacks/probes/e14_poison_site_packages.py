import os

import numpy as np
from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    for place in (*FACTS["installed"], os.path.dirname(os.path.dirname(np.__file__))):
        try:
            with open(f"{place}/{FACTS['name']}.pth", "w") as file:
                file.write("# canary")
        except OSError:
            pass
