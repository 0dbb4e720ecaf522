import struct

from lab import line, send, untouched


def attacked(x):
    wire, header, _ = line()
    send(struct.pack("<4sBBHIQ16s", wire.MAGIC, wire.REPLY_TO_CALL, 0, 0, header.seq, 1 << 62, header.nonce))
    return 0 * x
