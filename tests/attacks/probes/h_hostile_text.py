from facts import FACTS
from lab import untouched


def attacked(x):
    """<script>alert(1)</script>"""
    for text in FACTS["texts"]:
        print(text)
    raise ValueError("\n".join(FACTS["texts"]))
