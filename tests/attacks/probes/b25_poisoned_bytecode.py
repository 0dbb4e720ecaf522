import helper
from lab import untouched


def attacked(x):
    return helper.answer(x)
