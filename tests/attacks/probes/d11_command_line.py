import sys

from lab import attack, holds, untouched

attacked = attack(lambda: "ASSAY_SECRET" in " ".join(sys.argv) or holds("/proc/self/cmdline", b"ASSAY_SECRET"))
