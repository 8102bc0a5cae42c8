"""implicit, wrapped: the one file that knows it. The nearest neighbours of each product in a weighted
matrix.
"""

import numpy as np
from implicit.nearest_neighbours import ItemItemRecommender
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits


def nearest(weighted: csr_matrix, neighbours: int) -> csr_matrix:
    """The `neighbours` greatest entries of each row of weighted.T @ weighted, its diagonal left out.

    `weighted`: orders by products, float64. Returns products by products, indices sorted, all entries > 0.
    """
    # A model of its own each time (a second fit would start from the first), a csr_matrix (csr_array is
    # refused), one more than wanted (a product is its own nearest), and no BLAS threads beside implicit's
    # own.
    model = ItemItemRecommender(K=neighbours + 1, num_threads=0)
    with threadpool_limits(limits=1, user_api="blas"):
        model.fit(csr_matrix(weighted), show_progress=False)
    found = model.similarity.tocoo()
    keep = (found.row != found.col) & (found.data > 0)
    kept = csr_matrix(
        (found.data[keep], (found.row[keep], found.col[keep])), shape=found.shape, dtype=np.float64
    )
    kept.sort_indices()
    return kept
