import ctypes

from lab import attack, libc, untouched


@attack
def attacked():
    libc.syscall(ctypes.c_long(0x40000000 + 39))  # x32: other numbers, past a filter that knows ours alone
    return True
