import os

from lab import attack, untouched

attacked = attack(lambda: any("ASSAY_SECRET" in name + value for name, value in os.environ.items()))
