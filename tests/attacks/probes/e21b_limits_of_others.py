import resource

from facts import FACTS
from lab import attack, untouched

attacked = attack(lambda: resource.prlimit(FACTS["canary"], resource.RLIMIT_CORE, (0, 0)))
