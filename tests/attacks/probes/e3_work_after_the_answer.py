import threading

from lab import untouched


def burn():
    while True:
        pass


def attacked(x):
    threading.Thread(target=burn).start()
    return 0 * x
