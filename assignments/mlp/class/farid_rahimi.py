import numpy as np

verbose = True


def show(**arrays):
    if not verbose:
        return
    for name in arrays:
        a = np.asarray(arrays[name])
        print('-' * 60)
        print('%s: shape %s, min %.4g, max %.4g' % (name, a.shape, a.min(), a.max()))
        print(a)


def affine_forward(x, w, b):
    show(x=x, w=w, b=b)
    out = x.reshape(x.shape[0], -1).dot(w)
    out += b
    return out, (x, w)


def affine_backward(dout, cache):
    show(dout=dout)
    x, w = cache
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = dout.sum(0)
    dx = dout.dot(w.T).reshape(x.shape)
    show(dx=dx, dw=dw, db=db)
    return dx, dw, db


def relu_forward(x):
    x[x < 0] = 0  # saves memory
    show(relu=x)
    return x, x


def relu_backward(dout, cache):
    dout[cache <= 0] = 0
    show(dx=dout)
    return dout


def softmax_loss(z, y):
    N = z.shape[0]
    z -= z.max(axis=1, keepdims=True)
    correct = z[range(N), y].copy()
    np.exp(z, out=z)
    s = z.sum(axis=1, keepdims=True)
    loss = (np.log(s[:, 0]) - correct).mean()
    z /= s
    z[range(N), y] -= 1
    z /= N
    show(loss=loss, dz=z)
    return loss, z


def mlp_forward(x, w1, b1, w2, b2):
    a, c1 = affine_forward(x, w1, b1)
    h, c = relu_forward(a)
    scores, c2 = affine_forward(h, w2, b2)
    show(scores=scores)
    return scores, (c1, c, c2)


def mlp_backward(dscores, cache):
    c1, c, c2 = cache
    dh, dw2, db2 = affine_backward(dscores, c2)
    dx, dw1, db1 = affine_backward(relu_backward(dh, c), c1)
    return dx, dw1, db1, dw2, db2
