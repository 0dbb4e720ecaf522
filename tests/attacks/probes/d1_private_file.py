from facts import FACTS
from lab import attack, holds, untouched

attacked = attack(lambda: holds(FACTS["private"]))
