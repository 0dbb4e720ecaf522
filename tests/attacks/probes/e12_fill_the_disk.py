import os

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    """More than 64 MiB in all, though no file is large."""
    written = []
    for place in (FACTS["scratch"], os.environ.get("TMPDIR", "/tmp")):
        try:
            for number in range(80):
                path = f"{place}/fill-{number}"
                written.append(path)
                with open(path, "wb") as file:
                    file.write(bytes(1 << 20))
            return True
        except OSError:
            continue
        finally:
            for path in written:
                try:
                    os.unlink(path)
                except OSError:
                    pass
    return False
