"""Alike: which products few have bought yet, and which better known ones share their words and categories."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags, vstack

from recommender.history import MICROSECONDS_A_DAY, NO_TIME, History, Times
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import Arrays, row_starts

COMMON = 2_000
"""A token of more products than this makes no two of them alike (and would make training long)."""
MOST_COMPARED = 30_000
COMPARED_AT_ONCE = 1_000
NEVER = np.iinfo(np.int64).max

Mask = npt.NDArray[np.bool_]


def few_bought(history: History, settings: Settings) -> Mask:
    """Which products fewer than `few_customers` customers bought."""
    return np.asarray(history.buyers() < settings.few_customers)


def newest(history: History, meant: Mask) -> Rows:
    """Of the products that are `meant` the MOST_COMPARED that came on sale last, ascending."""
    rows = meant.nonzero()[0]
    latest = _first_sold_at(history)[rows].argsort(kind="stable")[::-1][:MOST_COMPARED]
    return np.sort(rows[latest]).astype(np.int32)


def is_new(history: History, settings: Settings) -> Mask:
    """What was never sold, or sold first in its first `newcomer_days`; what the shop says goes before that.

    A first order within the first `newcomer_days` of all orders says nothing: older ones may be missing.
    """
    if history.as_of == NO_TIME:
        return np.asarray(_first_sold_at(history) == NEVER)
    days = int(settings.newcomer_days * MICROSECONDS_A_DAY)
    known = history.ordered_at[history.ordered_at != NO_TIME]
    of_sold = max(history.as_of, int(known.min()) + 2 * days) - days if len(known) else NEVER
    said = history.catalogue["first_sold_at"].is_not_null().to_numpy()
    return np.asarray(_first_sold_at(history) >= np.where(said, history.as_of - days, of_sold))


def _first_sold_at(history: History) -> Times:
    """When each product was first on sale: as the shop says, else its first order; NEVER where there is none,
    NO_TIME where its orders have no time.
    """
    first = np.full(len(history.products), NEVER)
    np.minimum.at(first, history.line_product, history.ordered_at[history.line_order])
    said = history.catalogue["first_sold_at"].dt.epoch("us")
    return np.where(said.is_null().to_numpy(), first, said.fill_null(0).to_numpy())


def vectors(arrays: Arrays) -> csr_matrix:
    """Products by tokens, each row of length 1 (or 0, where a product says nothing). From a CSR pattern
    (`starts`, `words`) and the `weights` of tokens.
    """
    shape = (len(arrays["starts"]) - 1, len(arrays["weights"]))
    words = arrays["words"].astype(np.int32)
    weights = arrays["weights"][words].astype(np.float64)
    product = np.repeat(np.arange(shape[0]), np.diff(arrays["starts"]))
    lengths = np.sqrt(np.bincount(product, weights**2, shape[0]))
    return csr_matrix((weights / lengths[product], words, arrays["starts"]), shape=shape)


def most_alike(described: csr_matrix, others: Mask, asked: Rows, least: float, best: int) -> csr_matrix:
    """For each of `asked`, in one row (float32, best first), the `best` products that it is most like, by the
    cosine of `described`, at least `least`: of `others`, and not itself.
    """
    known = diags(others.astype(np.float64)) @ described
    common = np.bincount(known.indices[known.data > 0], minlength=described.shape[1]) > COMMON
    known = (known @ diags((~common).astype(np.float64))).T.tocsr()
    found = [csr_matrix((0, len(others)), dtype=np.float32)]
    for first in range(0, len(asked), COMPARED_AT_ONCE):
        block = asked[first : first + COMPARED_AT_ONCE]
        found.append(best_of_rows(described[block] @ known, block, least, best))
    return vstack(found, format="csr")


def best_of_rows(scores: csr_matrix, rows: Rows, least: float, best: int) -> csr_matrix:
    """The `best` greatest entries of each row that are at least `least`, greatest first; of equals the lower
    column. What row k says of the product `rows[k]`, itself, is left out. At most 1, and float32, so that
    equals are equal whatever was summed first.
    """
    enough = (scores.data >= least).nonzero()[0]  # few of many: all that follows is for these
    row = scores.indptr.searchsorted(enough, side="right") - 1
    is_other = scores.indices[enough] != rows[row]
    enough, row = enough[is_other], row[is_other]
    data = np.minimum(scores.data[enough], 1).astype(np.float32)
    order = np.lexsort((scores.indices[enough], -data, row))
    counts = np.bincount(row, minlength=scores.shape[0])
    kept = order[np.arange(len(order)) - row_starts(counts)[row[order]] < best]
    starts = row_starts(np.minimum(counts, best))
    return csr_matrix((data[kept], scores.indices[enough[kept]], starts), shape=scores.shape)
