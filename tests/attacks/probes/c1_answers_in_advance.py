from lab import line, send, untouched


def attacked(x):
    wire, header, index = line()
    for ahead in range(1, 40):
        send(wire.frame(wire.REPLY_TO_CALL, header.seq + ahead, bytes(16), (index, [(x,)], [])))
    return 0 * x
