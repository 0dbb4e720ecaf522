from lab import attack, holds, untouched

attacked = attack(lambda: holds("/etc/passwd", b"root"))
