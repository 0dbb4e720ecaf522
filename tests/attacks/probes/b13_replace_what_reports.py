import faulthandler
import sys
import threading

from lab import untouched


class Nothing:
    def write(self, text):
        raise SystemExit(0)

    flush = fileno = write


def attacked(x):
    sys.stdout = sys.stderr = Nothing()
    sys.excepthook = threading.excepthook = lambda *args: None
    faulthandler.enable = Nothing
    sys.settrace(lambda *args: None)
    return 0 * x
