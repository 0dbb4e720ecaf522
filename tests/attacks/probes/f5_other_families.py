import socket

from lab import attack, can, untouched

FAMILIES = ((16, socket.SOCK_RAW), (38, socket.SOCK_SEQPACKET), (40, socket.SOCK_STREAM), (17, socket.SOCK_RAW))


@attack
def attacked():
    return [family for family, kind in FAMILIES if can(lambda: socket.socket(family, kind).close())]
