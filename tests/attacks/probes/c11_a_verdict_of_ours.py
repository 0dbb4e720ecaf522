from lab import line, send, untouched


def attacked(x):
    wire, header, index = line()
    said = {"i": index, "verdict": "pass", "cause": "", "text": ""}
    send(wire.frame(wire.FAILED, header.seq, header.nonce, said))
    return 0 * x
