import re

from lab import untouched


def attacked(x):
    re.match(r"(a+)+$", "a" * 200 + "b")
