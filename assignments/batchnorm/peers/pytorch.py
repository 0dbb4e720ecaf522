"""The same in PyTorch: what an industrial implementation takes on one thread."""

import torch
from torch.nn.functional import batch_norm


def batchnorm_forward(x, gamma, beta, eps):
    x, gamma, beta = (torch.tensor(a, requires_grad=True) for a in (x, gamma, beta))
    out = batch_norm(x, None, None, gamma, beta, training=True, eps=eps)
    return out.detach().numpy(), (out, (x, gamma, beta))


def batchnorm_backward(dout, cache):
    out, leaves = cache
    return tuple(g.numpy() for g in torch.autograd.grad(out, leaves, torch.as_tensor(dout)))
