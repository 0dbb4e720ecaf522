"""Losses and penalties. Fill in the ten functions; the handout says what each one is asked.

N examples, C classes, D numbers an example, K components. A loss is the mean over the batch, and its gradient
is that of this mean. Check your work with `assay check`.
"""

import numpy as np  # noqa: F401


def binary_cross_entropy(z, y):
    """Negative log likelihood of labels 0 and 1.

    z  (N,) logits of label 1
    y  (N,) labels

    Returns (loss, dz): dz (N,).
    """
    raise NotImplementedError("binary_cross_entropy is not written yet")


def svm_loss(z, y):
    """Multi-class hinge loss with margin 1: the sum over all classes but the label, the mean over the batch.

    z  (N, C) scores
    y  (N,) labels, from 0

    Returns (loss, dz): dz (N, C).
    """
    raise NotImplementedError("svm_loss is not written yet")


def squared_loss(y, t):
    """Squared residuals: the sum over the D numbers of an example, the mean over the batch. No 1/2.

    y  (N, D) predictions
    t  (N, D) targets

    Returns (loss, dy): dy (N, D).
    """
    raise NotImplementedError("squared_loss is not written yet")


def absolute_loss(y, t):
    """Absolute residuals: the sum over the D numbers of an example, the mean over the batch.

    y  (N, D) predictions
    t  (N, D) targets

    Returns (loss, dy): dy (N, D).
    """
    raise NotImplementedError("absolute_loss is not written yet")


def zero_one_loss(y, t):
    """Share of wrong labels, from 0 to 1.

    y  (N,) predicted labels
    t  (N,) the right ones

    Returns the error, a number.
    """
    raise NotImplementedError("zero_one_loss is not written yet")


def top_k_error(scores, y, k):
    """Share, from 0 to 1, of examples whose label is not among the k classes of the highest scores.

    scores  (N, C)
    y       (N,) labels, from 0
    k       from 1 to C

    Returns the error, a number.
    """
    raise NotImplementedError("top_k_error is not written yet")


def gaussian_nll(mu, s, t):
    """Negative log likelihood under Gaussians: the sum over the D numbers, the mean over the batch.

    mu  (N, D) means
    s   (N, D) logarithms of the variances
    t   (N, D) targets

    Returns (loss, dmu, ds): dmu and ds (N, D). The loss keeps the constant 1/2 log(2 pi) of every number.
    """
    raise NotImplementedError("gaussian_nll is not written yet")


def mixture_nll(a, mu, s, t):
    """Negative log likelihood under mixtures of K Gaussians: the mean over the batch.

    a   (N, K) logits of the weights: softmax(a) are the weights
    mu  (N, K, D) means
    s   (N, K) logarithms of the variances: component k has the covariance exp(s_k) I
    t   (N, D) targets

    Returns (loss, da, dmu, ds), the gradients in the shapes of a, mu and s. The loss keeps its constant.
    """
    raise NotImplementedError("mixture_nll is not written yet")


def l2_penalty(w, b, lam):
    """lam times the sum of the squared weights. The bias costs nothing.

    w    weights, of any shape
    b    bias
    lam  a number

    Returns (penalty, dw): dw as w.
    """
    raise NotImplementedError("l2_penalty is not written yet")


def elastic_net(w, b, lam, beta):
    """lam (beta sum w^2 + sum |w|). The bias costs nothing.

    w          weights, of any shape
    b          bias
    lam, beta  numbers

    Returns (penalty, dw): dw as w.
    """
    raise NotImplementedError("elastic_net is not written yet")
