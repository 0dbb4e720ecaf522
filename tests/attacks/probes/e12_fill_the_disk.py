import os

from facts import FACTS
from lab import attack, untouched


@attack
def attacked():
    """More than 64 MiB in all, though no file has more than 16."""
    written = []
    for place in (FACTS["scratch"], os.environ.get("TMPDIR", "/tmp")):
        try:
            for number in range(5):
                path = f"{place}/fill-{number}"
                written.append(path)
                with open(path, "wb") as file:
                    os.posix_fallocate(file.fileno(), 0, 15 << 20)
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
