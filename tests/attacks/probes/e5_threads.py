import threading

from lab import attack, untouched


@attack
def attacked():
    threading.stack_size(64 << 10)
    done, started = threading.Event(), 0
    try:
        while started < 1000:
            threading.Thread(target=done.wait, daemon=True).start()
            started += 1
    finally:
        done.set()
    return True
