import ctypes

from facts import FACTS
from lab import attack, libc, untouched


class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


@attack
def attacked():
    here, there = ctypes.create_string_buffer(8), Span(FACTS["address"], 8)
    mine = Span(ctypes.addressof(here), 8)
    return libc.process_vm_readv(FACTS["canary"], ctypes.byref(mine), 1, ctypes.byref(there), 1, 0) == 8
