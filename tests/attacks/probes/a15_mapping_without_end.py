import itertools
from collections.abc import Mapping

from lab import untouched


class Endless(Mapping):
    def __getitem__(self, key):
        return key

    def __iter__(self):
        return itertools.count()

    def __len__(self):
        return 1 << 60


def attacked(x):
    return Endless()
