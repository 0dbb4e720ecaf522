"""Weight normalisation. Fill in the four functions; the handout says what each one is asked.

M weight vectors of D entries, one a row. What a forward keeps for its backward goes into `cache`, in any form
you like. Check your work with `assay check`.
"""

import numpy as np  # noqa: F401


def weightnorm_forward(v, g):
    """Give each row of v the length g.

    v  (M, D)
    g  (M,)

    Returns (w, cache): w (M, D).
    """
    raise NotImplementedError("weightnorm_forward is not written yet")


def weightnorm_backward(dw, cache):
    """Gradients of sum(dw * w).

    dw     (M, D)
    cache  what weightnorm_forward returned

    Returns (dv, dg): dv (M, D), dg (M,).
    """
    raise NotImplementedError("weightnorm_backward is not written yet")


def mean_only_forward(t, b):
    """Take its mean over the batch off each feature of t, then add b.

    t  (N, D)
    b  (D,)

    Returns (out, cache): out (N, D).
    """
    raise NotImplementedError("mean_only_forward is not written yet")


def mean_only_backward(dout, cache):
    """Gradients of sum(dout * out).

    dout   (N, D)
    cache  what mean_only_forward returned

    Returns (dt, db): dt (N, D), db (D,).
    """
    raise NotImplementedError("mean_only_backward is not written yet")
