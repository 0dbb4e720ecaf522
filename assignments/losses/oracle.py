"""The penalties of reference/regularisers.py with a bias beside the weights, as a network hands them over."""

from reference import regularisers


def l2_penalty(w, b, lam):
    """Penalty lam |w|^2 and dw; the bias b costs nothing."""
    return regularisers.l2(w, lam)


def elastic_net(w, b, lam, beta):
    """Penalty lam (beta |w|^2 + sum |w|) and dw; the bias b costs nothing."""
    return regularisers.elastic_net(w, lam, beta)
