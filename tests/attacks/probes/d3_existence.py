import os

from facts import FACTS
from lab import attack, untouched

attacked = attack(lambda: os.path.exists(FACTS["public"]))
