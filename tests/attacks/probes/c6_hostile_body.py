from lab import line, send, untouched


def attacked(x):
    wire, header, _ = line()
    body = (b"l\x01\x00\x00\x00" * 100_000) + b"N"
    send(wire.pack(wire.REPLY_TO_CALL, header.seq, header.nonce, body))
    return 0 * x
