"""implicit behind its one page: the traps that it has are not felt."""

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from threadpoolctl import threadpool_info

from recommender.sources import item_item
from recommender.sources.item_item import nearest

MATRIX = np.array([[1.0, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0]])


def test_it_finds_the_greatest_entries_of_the_products_product_with_itself() -> None:
    assert nearest(csr_matrix(MATRIX), 3).toarray().tolist() == [
        [0, 2, 1, 0],
        [2, 0, 2, 0],
        [1, 2, 0, 0],
        [0] * 4,
    ]


def test_fewer_products_than_asked_for_give_fewer_and_no_absurd_scores() -> None:
    found = nearest(csr_matrix(MATRIX), 100)
    assert found.nnz == 6
    assert found.data.min() > 0


def test_no_purchases_at_all_give_nothing() -> None:
    assert nearest(csr_matrix((3, 4)), 5).nnz == 0
    assert nearest(csr_matrix((0, 0)), 5).shape == (0, 0)


def test_a_csr_array_is_taken_too() -> None:
    assert np.array_equal(nearest(csr_array(MATRIX), 3).toarray(), nearest(csr_matrix(MATRIX), 3).toarray())


def test_a_second_fit_starts_anew() -> None:
    first = nearest(csr_matrix(MATRIX), 2)
    nearest(csr_matrix(MATRIX * 7), 1)
    assert np.array_equal(nearest(csr_matrix(MATRIX), 2).toarray(), first.toarray())


def test_linear_algebra_has_one_thread_while_implicit_works(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    class Watched(item_item.ItemItemRecommender):  # type: ignore[misc]
        def fit(self, *arguments: object, **named: object) -> None:
            seen.extend(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")
            super().fit(*arguments, **named)

    monkeypatch.setattr(item_item, "ItemItemRecommender", Watched)
    nearest(csr_matrix(MATRIX), 2)
    assert set(seen) == {1}
