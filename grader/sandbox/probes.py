"""Short hostile probes, run as a submission; all aim at canaries of our own."""

SOURCE = '''
import mmap, os, socket

def read(path):
    """True if a file that is not ours could be read."""
    try:
        with open(path, "rb") as file:
            return b"canary" in file.read()
    except OSError:
        return False

def write(paths):
    """Try to make each of these files."""
    for path in paths:
        try:
            with open(path, "wb") as file:
                file.write(b"x")
        except OSError:
            pass
    return False

def connect(port):
    """True if a listener of the host could be reached."""
    try:
        with socket.socket() as client:
            client.settimeout(1)
            client.connect(("127.0.0.1", port))
        return True
    except OSError:
        return False

def fork():
    """True if another process could be started."""
    try:
        pid = os.fork()
    except OSError:
        return False
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True

def kill(pid):
    """True if another process could be signalled."""
    try:
        os.kill(pid, 9)
        return True
    except OSError:
        return False

def allocate(size):
    """True if more memory than allowed could be had, private or shared."""
    for take in (bytearray, lambda size: mmap.mmap(-1, size)):
        try:
            take(size)
            return True
        except (MemoryError, OSError):
            pass
    return False

def spin():
    while True:
        pass
'''
