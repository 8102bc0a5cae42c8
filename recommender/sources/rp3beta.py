"""RP3beta: which products a walk from one over an order that holds it comes to."""

import numpy as np
from scipy.sparse import csr_matrix, diags

from recommender.history import History
from recommender.settings import Settings
from recommender.sources.item_item import nearest


def rp3beta(history: History, settings: Settings) -> csr_matrix:
    """The best `neighbours` of each product, given by suggested, after Paudel et al. (2017):

        score(i, j) = n(i) ** -given_power * n(j) ** -suggested_power * sum over o of w(o) * s(o) **
        -order_size_power

    with o over the orders that hold both, w an order's weight by age, s its number of products, n a product's
    number of orders, weighed alike (else what was sold long ago would be held back for it). Products in fewer
    than `least_customers` orders have no pairs: no three customers can have made one.
    """
    matrix, weights = history.matrix(), history.weights(settings.pair_half_life_days)
    sizes = np.maximum(np.diff(matrix.indptr), 1)
    bought = np.maximum(matrix.T @ weights, np.finfo(np.float64).tiny)
    known = np.bincount(matrix.indices, minlength=matrix.shape[1]) >= settings.least_customers
    order_factor = np.sqrt(weights * sizes**-settings.order_size_power)
    product_factor = known * bought**-settings.suggested_power
    pairs = nearest(diags(order_factor) @ matrix @ diags(product_factor), settings.neighbours)
    # A factor of a whole row changes none of its neighbours, so the given product's own share comes
    # afterwards.
    pairs.data *= np.repeat(
        bought ** (settings.suggested_power - settings.given_power), np.diff(pairs.indptr)
    )
    return pairs
