"""What a worker keeps of the candidates it found, and that it does not grow with what strangers ask."""

import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

import recommender
from plugin.cache.candidates import SharedCandidates
from plugin.cache.connection import connect
from plugin.cache.redis_server import redis_running
from plugin.serving import candidates
from plugin.serving.candidates import Question
from plugin.serving.request import SIMILAR
from tests.conftest import NOW, make_config
from tests.plugin.storefront import orders

PRODUCTS = [f"product-{n:03}" for n in range(450)]


@pytest.fixture(scope="module")
def model() -> recommender.Model:
    return recommender.train(orders([PRODUCTS], times=3), as_of=NOW)


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[SharedCandidates]:
    opened = SharedCandidates(make_config(tmp_path))
    yield opened
    opened.close()


def test_many_long_answers_do_not_fill_the_memory(model: recommender.Model, shared: SharedCandidates) -> None:
    find = candidates.finder(model, shared, "test:")
    tracemalloc.start()
    for n in range(120):
        cart = (*PRODUCTS[:3], PRODUCTS[3 + n])
        assert len(find(Question(cart, None, 0, 400))) == 400
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < 9 * 2**20  # a tenth of a MiB each; sixty-four are kept


def test_what_is_similar_and_what_goes_with_a_product_are_kept_apart(
    tmp_path: Path, shared: SharedCandidates
) -> None:
    pairs = [("assam", "milk"), ("bags", "milk")]
    catalogue = pl.DataFrame(
        {"product_id": ["assam", "bags", "milk"], "title": ["Assam tea", "Assam tea bags", "Milk"]}
    )
    model = recommender.train(orders(pairs, times=20), catalogue, as_of=NOW)
    with redis_running(make_config(tmp_path)):
        assert shared.answers()
        for _worker in range(2):  # the second one reads what the first has kept for all
            find = candidates.finder(model, shared, "test:")
            for _again in range(2):
                goes_with = find(Question(("assam",), None, 0, 10))
                instead = find(Question(("assam",), None, 0, 10, SIMILAR))
                assert goes_with[0].product_id == "milk"
                assert [(each.product_id, each.about) for each in instead] == [("bags", "assam")]
            shared.flush()
            with closing(connect(make_config(tmp_path))) as redis:
                assert redis.dbsize() == 2
