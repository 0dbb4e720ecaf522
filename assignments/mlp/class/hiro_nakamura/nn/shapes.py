def batch_of(a):
    return a.shape[0]


def flat(a):
    return a.reshape(batch_of(a), -1)
