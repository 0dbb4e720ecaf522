from lab import attack, libc, reaches, untouched

CALLS = (  # harmless with these arguments, wherever they are not refused
    (272, 0x04000000),  # unshare UTS
    (272, 0x10000000),  # unshare USER
    (250, 0, 0, 0),  # keyctl: which session keyring
    (321, 99, 0, 0),  # bpf, no such command
    (298, 0, 0, 0, 0, 0),  # perf_event_open of nothing
    (323, 99999),  # userfaultfd, no such flag
    (425, 0, 0),  # io_uring_setup of no entries
    (435, 0, 0),  # clone3 of nothing
    (246, 0, 0, 0, 0),  # kexec_load of nothing
)


@attack
def attacked():
    return [call for call in CALLS if reaches(*call)]
