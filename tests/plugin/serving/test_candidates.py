"""What a worker keeps of the candidates it found, and that it does not grow with what strangers ask."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

import recommender
from plugin.cache.candidates import SharedCandidates
from plugin.serving import candidates
from plugin.serving.candidates import Question
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
    for n in range(300):
        cart = (*PRODUCTS[:3], PRODUCTS[3 + n])
        assert len(find(Question(cart, None, 0, 400))) == 400
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < 15 * 2**20
