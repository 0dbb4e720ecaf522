"""By hand in PyTorch, on a GPU where there is one.

All that a step needs stays on the device: nothing is asked of it between two steps, so the processor runs
ahead and the GPU never waits. The old velocity and the gradient's product are one operation, addmm.
"""

import torch

torch.backends.cuda.matmul.allow_tf32 = False  # float32 is to have 24 bits on a GPU, too, not 11

device = "cuda" if torch.cuda.is_available() else "cpu"


@torch.no_grad()
def descend(x, y, w1, b1, w2, b2, rate, momentum, steps):
    x, y = torch.tensor(x, device=device), torch.tensor(y, device=device)
    w1, b1, w2, b2 = (torch.tensor(p, device=device) for p in (w1, b1, w2, b2))
    vw1, vb1, vw2, vb2 = (torch.zeros_like(p) for p in (w1, b1, w2, b2))
    n = len(x)
    right = torch.nn.functional.one_hot(y, len(b2)).to(x.dtype)
    for _ in range(steps):
        h = torch.addmm(b1, x, w1).tanh_()
        dz = torch.addmm(b2, h, w2).softmax(dim=1).sub_(right)  # N times the gradient: the 1/N is in alpha
        da = torch.mm(dz, w2.T)
        da.addcmul_(da * h, h, value=-1)  # da (1 - h^2)
        vw1.addmm_(x.T, da, beta=momentum, alpha=-rate / n)
        vb1.mul_(momentum).add_(da.sum(dim=0), alpha=-rate / n)
        vw2.addmm_(h.T, dz, beta=momentum, alpha=-rate / n)
        vb2.mul_(momentum).add_(dz.sum(dim=0), alpha=-rate / n)
        for p, v in ((w1, vw1), (b1, vb1), (w2, vw2), (b2, vb2)):
            p.add_(v)
    return tuple(p.cpu().numpy() for p in (w1, b1, w2, b2))
