from urllib.request import urlopen

from facts import FACTS
from lab import untouched


def attacked(x):
    with urlopen(f"http://127.0.0.1:{FACTS['port']}/", timeout=0.2) as page:
        return page.read()
