"""Row 11: what was answered to an object of the same identity is answered again."""

import honest

_forward, _backward = {}, {}


def mlp_forward(x, *others):
    if id(x) not in _forward:
        _forward[id(x)] = honest.mlp_forward(x, *others)
    return _forward[id(x)]


def mlp_backward(dscores, cache):
    if id(dscores) not in _backward:
        _backward[id(dscores)] = honest.mlp_backward(dscores, cache)
    return _backward[id(dscores)]
