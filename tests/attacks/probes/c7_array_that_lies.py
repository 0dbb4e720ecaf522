from lab import line, send, untouched


def attacked(x):
    wire, header, _ = line()
    body = b"a\x0b\x00\x02" + (1 << 31).to_bytes(8, "little") * 2 + bytes(8)
    send(wire.pack(wire.REPLY_TO_CALL, header.seq, header.nonce, body))
    return 0 * x
