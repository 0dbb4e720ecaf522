from lab import line, send, untouched


def attacked(x):
    wire, header, index = line()
    right = wire.frame(wire.REPLY_TO_CALL, header.seq, header.nonce, (index, [(x * x + 1,)], []))
    send(right + right)
    return 0 * x
