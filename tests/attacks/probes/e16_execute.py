import subprocess

from lab import attack, untouched

attacked = attack(lambda: subprocess.run(["/bin/true"], check=True))
