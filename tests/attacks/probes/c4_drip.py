import time

from lab import line, send, untouched


def attacked(x):
    wire, header, index = line()
    for byte in wire.frame(wire.REPLY_TO_CALL, header.seq, header.nonce, (index, [(x,)], [])):
        send(bytes([byte]))
        time.sleep(0.1)
    return x * x + 1
