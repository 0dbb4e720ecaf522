"""A module with PyTorch's layers, which keep their weights the other way round; the update by hand."""
import torch
from torch import nn


class Network(nn.Module):
    def __init__(self, w1, b1, w2, b2):
        super().__init__()
        self.first = nn.Linear(*w1.shape)
        self.second = nn.Linear(*w2.shape)
        for parameter, value in zip(self.parameters(), (w1.T, b1, w2.T, b2)):
            parameter.data = torch.from_numpy(value.copy())

    def forward(self, x):
        return self.second(self.first(x).tanh())


def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    net = Network(w1, b1, w2, b2)
    x, y = torch.from_numpy(x.copy()), torch.from_numpy(y.copy())
    loss = nn.CrossEntropyLoss()
    velocity = [torch.zeros_like(p) for p in net.parameters()]
    for _ in range(steps):
        net.zero_grad()
        loss(net(x), y).backward()
        with torch.no_grad():
            for p, v in zip(net.parameters(), velocity):
                v.mul_(momentum).add_(p.grad, alpha=-rate)
                p.add_(v)
    with torch.no_grad():
        return net.first.weight.T, net.first.bias, net.second.weight.T, net.second.bias
