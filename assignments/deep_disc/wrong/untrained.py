"""Returns the weights as they were drawn."""


def fit(X, y, weights, steps, seed):
    return weights
