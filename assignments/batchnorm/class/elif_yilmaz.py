import numpy as np


class BatchNormLayer(object):
    def __init__(self, gamma, beta, eps=1e-5):
        self.params = {'gamma': gamma[np.newaxis, :], 'beta': beta[np.newaxis, :]}
        self.grads = {}
        self.eps = eps

    def forward(self, x):
        self.mu = x.mean(axis=0, keepdims=True)
        self.var = x.var(axis=0, keepdims=True)
        self.xhat = (x - self.mu) / np.sqrt(self.var + self.eps)
        return self.params['gamma'] * self.xhat + self.params['beta']

    def backward(self, dout):
        m = dout.shape[0]
        self.grads['gamma'] = np.sum(dout * self.xhat, axis=0, keepdims=True)
        self.grads['beta'] = np.sum(dout, axis=0, keepdims=True)
        dxhat = dout * self.params['gamma']
        dx = m * dxhat
        dx -= dxhat.sum(axis=0, keepdims=True)
        dx -= self.xhat * (dxhat * self.xhat).sum(axis=0, keepdims=True)
        dx /= m * np.sqrt(self.var + self.eps)
        return dx


def batchnorm_forward(x, gamma, beta, eps):
    layer = BatchNormLayer(gamma, beta, eps)
    return layer.forward(x), (layer,)


def batchnorm_backward(dout, cache):
    layer, = cache
    dx = layer.backward(dout)
    # shape (1, D), as in the layer
    return [dx, layer.grads['gamma'], layer.grads['beta']]


def running_statistics(x, running_mean, running_var, momentum):
    # in place, like in the training loop
    running_mean *= 1 - momentum
    running_mean += momentum * x.mean(axis=0)
    running_var *= 1 - momentum
    running_var += momentum * x.var(axis=0)
    return [running_mean, running_var]


def batchnorm_inference(x, gamma, beta, mean, var, eps):
    layer = BatchNormLayer(gamma, beta, eps)
    xhat = (x - mean) / np.sqrt(var + layer.eps)
    return layer.params['gamma'] * xhat + layer.params['beta']


def batchnorm_fold(gamma, beta, mean, var, eps):
    # just evaluate the layer at 0 and at 1
    zero = batchnorm_inference(np.zeros((1, len(mean))), gamma, beta, mean, var, eps)
    scale = gamma / np.sqrt(var + eps)
    return [scale, zero[0]]


def spatial_batchnorm_forward(x, gamma, beta, eps):
    n, c, h, w = x.shape
    y, cache = batchnorm_forward(np.rollaxis(x, 1, 4).reshape(-1, c), gamma, beta, eps)
    return np.rollaxis(y.reshape(n, h, w, c), 3, 1), cache


def spatial_batchnorm_backward(dout, cache):
    n, c, h, w = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(np.rollaxis(dout, 1, 4).reshape(-1, c), cache)
    return np.rollaxis(dx.reshape(n, h, w, c), 3, 1), dgamma, dbeta
