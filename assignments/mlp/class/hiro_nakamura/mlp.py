"""Homework: MLP. The layers are in the package nn, the loss is here."""
import numpy as np

from nn import dense, rectifier
from nn.shapes import batch_of
from utils import onehot

affine_forward, affine_backward = dense.forward, dense.backward
relu_forward, relu_backward = rectifier.forward, rectifier.backward


def softmax_loss(z, y):
    z = z - np.max(z, axis=1, keepdims=True)
    total = np.sum(np.exp(z), axis=1, keepdims=True)
    t = onehot(y, z.shape[1])
    # np.where keeps 0 * -1000 out of the sum
    loss = -np.sum(np.where(t, z - np.log(total), 0)) / batch_of(z)
    return loss, (np.exp(z) / total - t) / batch_of(z)


def mlp_forward(x, w1, b1, w2, b2):
    a, cache1 = dense.forward(x, w1, b1)
    h, cache2 = rectifier.forward(a)
    scores, cache3 = dense.forward(h, w2, b2)
    return scores, (cache1, cache2, cache3)


def mlp_backward(dscores, cache):
    cache1, cache2, cache3 = cache
    dh, dw2, db2 = dense.backward(dscores, cache3)
    da = rectifier.backward(dh, cache2)
    return (*dense.backward(da, cache1), dw2, db2)
