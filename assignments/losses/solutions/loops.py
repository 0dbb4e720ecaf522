import math

import numpy as np


def binary_cross_entropy(z, y):
    n = len(z)
    loss = 0.0
    dz = np.zeros(n)
    for i in range(n):
        s = 1 if y[i] == 1 else -1
        x = -s * float(z[i])  # loss log(1 + e^x)
        if x > 0:
            loss += x + math.log1p(math.exp(-x))
            wrong = 1 / (1 + math.exp(-x))
        else:
            loss += math.log1p(math.exp(x))
            wrong = math.exp(x) / (1 + math.exp(x))
        dz[i] = -s * wrong / n
    return loss / n, dz


def svm_loss(z, y):
    n, c = z.shape
    loss = 0.0
    dz = np.zeros((n, c))
    for i in range(n):
        for j in range(c):
            if j == y[i]:
                continue
            margin = z[i, j] - z[i, y[i]] + 1
            if margin > 0:
                loss += margin
                dz[i, j] += 1
                dz[i, y[i]] -= 1
    return loss / n, dz / n


def squared_loss(y, t):
    n, d = y.shape
    loss, dy = 0.0, np.zeros((n, d))
    for i in range(n):
        for j in range(d):
            loss += (y[i, j] - t[i, j]) ** 2 / n
            dy[i, j] = 2 * (y[i, j] - t[i, j]) / n
    return loss, dy


def absolute_loss(y, t):
    n, d = y.shape
    loss, dy = 0.0, np.zeros((n, d))
    for i in range(n):
        for j in range(d):
            e = y[i, j] - t[i, j]
            loss += abs(e) / n
            if e > 0:
                dy[i, j] = 1 / n
            elif e < 0:
                dy[i, j] = -1 / n
    return loss, dy


def zero_one_loss(y, t):
    wrong = 0
    for a, b in zip(y, t):
        if a != b:
            wrong += 1
    return wrong / len(t)


def top_k_error(scores, y, k):
    wrong = 0
    for row, label in zip(scores, y):
        ahead = 0
        for s in row:
            if s > row[label]:
                ahead += 1
        if ahead >= k:
            wrong += 1
    return wrong / len(y)


def gaussian_nll(mu, s, t):
    n, d = mu.shape
    loss, dmu, ds = 0.0, np.zeros((n, d)), np.zeros((n, d))
    for i in range(n):
        for j in range(d):
            var = math.exp(s[i, j])
            e = t[i, j] - mu[i, j]
            loss += 0.5 * math.log(2 * math.pi) + 0.5 * s[i, j] + e * e / (2 * var)
            dmu[i, j] = -e / var / n
            ds[i, j] = (0.5 - e * e / (2 * var)) / n
    return loss / n, dmu, ds


def mixture_nll(a, mu, s, t):
    n, k = a.shape
    d = t.shape[1]
    loss = 0.0
    da, dmu, ds = np.zeros((n, k)), np.zeros((n, k, d)), np.zeros((n, k))
    for i in range(n):
        top = max(a[i])
        total = sum(math.exp(v - top) for v in a[i])
        logpi = [v - top - math.log(total) for v in a[i]]
        logq, e2 = [], []
        for c in range(k):
            var = math.exp(s[i, c])
            e2.append(sum((t[i, j] - mu[i, c, j]) ** 2 for j in range(d)) / var)
            logq.append(logpi[c] - d / 2 * math.log(2 * math.pi) - d / 2 * s[i, c] - e2[c] / 2)
        top = max(logq)
        lse = top + math.log(sum(math.exp(v - top) for v in logq))
        loss -= lse / n
        for c in range(k):
            r = math.exp(logq[c] - lse)
            da[i, c] = (math.exp(logpi[c]) - r) / n
            ds[i, c] = r * (d - e2[c]) / 2 / n
            for j in range(d):
                dmu[i, c, j] = -r * (t[i, j] - mu[i, c, j]) / math.exp(s[i, c]) / n
    return loss, da, dmu, ds


def l2_penalty(w, b, lam):
    penalty = 0.0
    for v in w.ravel():
        penalty += lam * v**2
    return penalty, np.array([2 * lam * v for v in w.ravel()]).reshape(w.shape)


def elastic_net(w, b, lam, beta):
    penalty, dw = 0.0, []
    for v in w.ravel():
        penalty += lam * (beta * v**2 + abs(v))
        sign = 1 if v > 0 else -1 if v < 0 else 0
        dw.append(lam * (2 * beta * v + sign))
    return penalty, np.array(dw).reshape(w.shape)
