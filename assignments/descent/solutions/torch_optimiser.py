"""PyTorch's autograd and its optimiser."""
import torch
import torch.nn.functional as F


def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    x, y = torch.tensor(x, device=device), torch.tensor(y, device=device)
    params = [torch.tensor(p, device=device, requires_grad=True) for p in (w1, b1, w2, b2)]
    w1, b1, w2, b2 = params
    optimizer = torch.optim.SGD(params, lr=rate, momentum=momentum)
    for _ in range(steps):
        optimizer.zero_grad()
        scores = torch.tanh(x @ w1 + b1) @ w2 + b2
        loss = F.cross_entropy(scores, y)
        loss.backward()
        optimizer.step()
    return tuple(p.detach().cpu().numpy() for p in params)
