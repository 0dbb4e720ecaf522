"""Nesterov's momentum in double precision, with the network as an object and its parameters in a dictionary."""

import numpy as np


class Net:
    def __init__(self, params):
        self.params = {name: np.array(value, dtype=float) for name, value in params.items()}
        self.velocity = {name: np.zeros_like(value) for name, value in self.params.items()}

    def scores(self, X):
        p = self.params
        self.hidden = np.maximum(X @ p["w1"] + p["b1"], 0)
        return self.hidden @ p["w2"] + p["b2"]

    def gradients(self, X, y):
        z = self.scores(X)
        prob = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])
        d = (prob - np.eye(z.shape[1])[y]) / len(X)
        dh = (d @ self.params["w2"].T) * (self.hidden > 0)
        return {"w1": X.T @ dh, "b1": dh.sum(0), "w2": self.hidden.T @ d, "b2": d.sum(0)}

    def learn(self, X, y, steps, rng, batch=64, rate=0.1, momentum=0.9):
        order = np.concatenate([rng.permutation(len(X)) for _ in range(steps * batch // len(X) + 1)])
        for number in range(steps):
            chosen = order[number * batch : (number + 1) * batch]
            now = rate * (1 - number / steps)
            for name, g in self.gradients(X[chosen], y[chosen]).items():
                self.velocity[name] = momentum * self.velocity[name] - now * g
                self.params[name] += momentum * self.velocity[name] - now * g


def train(X, y, weights, steps, seed):
    net = Net(dict(zip(("w1", "b1", "w2", "b2"), weights)))
    net.learn(X, y, steps, np.random.default_rng(seed))
    return [net.params[name] for name in ("w1", "b1", "w2", "b2")]


def fit(X, y, seed):
    rng = np.random.default_rng(seed)
    d, m, c = X.shape[1], 128, len(np.unique(y))
    start = {
        "w1": rng.normal(0, (2 / d) ** 0.5, (d, m)),
        "b1": np.zeros(m),
        "w2": rng.normal(0, (2 / m) ** 0.5, (m, c)),
        "b2": np.zeros(c),
    }
    net = Net(start)
    net.learn(X, y, 2000, rng)
    return net.params


def predict(params, X):
    return Net(params).scores(X).argmax(axis=1)
