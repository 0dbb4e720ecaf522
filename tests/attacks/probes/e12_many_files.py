import os

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    for place in (FACTS["scratch"], os.environ.get("TMPDIR", "/tmp")):
        made = []
        try:
            for number in range(5000):
                path = f"{place}/many-{number}"
                open(path, "w").close()
                made.append(path)
            return True
        except OSError:
            continue
        finally:
            for path in made:
                os.unlink(path)
    return False
