"""No cheat either: everything is computed twice. What cannot be told from the honest cannot be measured."""

import honest


def mlp_forward(*arguments):
    honest.mlp_forward(*arguments)
    return honest.mlp_forward(*arguments)


def mlp_backward(dscores, cache):
    honest.mlp_backward(dscores, cache)
    return honest.mlp_backward(dscores, cache)
