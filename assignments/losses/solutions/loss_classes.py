"""Each loss an object that keeps what its gradient needs."""
import numpy as np


class Mean:
    def __init__(self, *args):
        self.n = len(args[-1])

    def __call__(self):
        return (np.sum(self.each()) / self.n, *(g / self.n for g in self.slopes()))


class Logistic(Mean):
    def __init__(self, z, y):
        super().__init__(z, y)
        self.x = np.where(y == 1, -z, z)
        self.sign = np.where(y == 1, -1.0, 1.0)

    def each(self):
        return np.maximum(self.x, 0) + np.log1p(np.exp(-np.abs(self.x)))

    def slopes(self):
        e = np.exp(-np.abs(self.x))
        yield self.sign * np.where(self.x > 0, 1, e) / (1 + e)


class Hinge(Mean):
    def __init__(self, z, y):
        super().__init__(z, y)
        n, c = z.shape
        others = np.array([[j for j in range(c) if j != label] for label in y])
        self.z, self.y, self.others = z, y, others
        self.m = 1 - (np.take_along_axis(z, y[:, None], 1) - np.take_along_axis(z, others, 1))

    def each(self):
        return self.m * (self.m > 0)

    def slopes(self):
        dz = np.zeros(self.z.shape)
        up = np.where(self.m > 0, 1.0, 0.0)
        np.put_along_axis(dz, self.others, up, 1)
        np.put_along_axis(dz, self.y[:, None], -up.sum(1, keepdims=True), 1)
        yield dz


class Power(Mean):
    def __init__(self, y, t, p):
        super().__init__(y, t)
        self.e, self.p = y - t, p

    def each(self):
        return np.abs(self.e) ** self.p

    def slopes(self):
        yield self.p * np.abs(self.e) ** (self.p - 1) * np.sign(self.e)


class Mixture(Mean):
    def __init__(self, a, mu, s, t):
        super().__init__(a, mu, s, t)
        self.d = t.shape[-1]
        self.prior = self.soft(a)
        self.diff = mu - t[:, None]
        self.precision = np.exp(-s)
        self.e2 = np.sum(self.diff**2, -1) * self.precision
        with np.errstate(divide="ignore"):
            self.q = np.log(self.prior) - 0.5 * (self.e2 + self.d * s + self.d * np.log(2 * np.pi))

    @staticmethod
    def soft(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    def each(self):
        top = self.q.max(-1, keepdims=True)
        return -top - np.log(np.exp(self.q - top).sum(-1, keepdims=True))

    def slopes(self):
        r = self.soft(self.q)
        yield self.prior - r
        yield (r * self.precision)[..., None] * self.diff
        yield r * (self.d - self.e2) / 2


def binary_cross_entropy(z, y):
    return Logistic(z, y)()


def svm_loss(z, y):
    return Hinge(z, y)()


def squared_loss(y, t):
    return Power(y, t, 2)()


def absolute_loss(y, t):
    return Power(y, t, 1)()


def zero_one_loss(y, t):
    return sum(int(a) != int(b) for a, b in zip(y, t)) / len(y)


def top_k_error(scores, y, k):
    kth = np.sort(scores, axis=1)[:, -k]
    return float(np.mean(scores[range(len(y)), y] < kth))


def gaussian_nll(mu, s, t):
    """A mixture of one component for every number."""
    n, d = mu.shape
    flat = Mixture(np.zeros((n * d, 1)), mu.reshape(-1, 1, 1), s.reshape(-1, 1), t.reshape(-1, 1))
    loss, _, dmu, ds = flat()
    return d * loss, d * dmu.reshape(n, d), d * ds.reshape(n, d)


def mixture_nll(a, mu, s, t):
    return Mixture(a, mu, s, t)()


class Penalty:
    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = l1, l2

    def __call__(self, w):
        value = self.l2 * np.sum(w**2) + self.l1 * np.sum(np.abs(w))
        return value, 2 * self.l2 * w + self.l1 * np.sign(w)


def l2_penalty(w, b, lam):
    return Penalty(l2=lam)(w)


def elastic_net(w, b, lam, beta):
    return Penalty(l1=lam, l2=lam * beta)(w)
