"""What is sensitive stays out of personal answers, as product and as reason, from the next answer on."""

import pytest

from plugin.serving.candidates import Candidate
from plugin.serving.catalogue import Item
from plugin.serving.sensitive import allowed

CATALOGUE = {
    "test": Item("Pregnancy test", "{", ("Health", "Tests")),
    "tea": Item("Tea", "{", ("Food",)),
    "cup": Item("Cup", "{", ()),
}


@pytest.mark.parametrize(
    ("product_id", "kind", "about", "expected"),
    [
        ("test", "own_purchases", None, False),
        ("test", "bought_together", "tea", False),
        ("test", "popular", None, False),
        ("tea", "bought_together", "test", False),
        ("tea", "own_purchases", None, True),
        ("cup", "bought_together", "tea", True),
        ("unknown", "bought_together", "gone", True),
    ],
)
def test_neither_the_product_nor_what_its_reason_names_is_sensitive(
    product_id: str, kind: str, about: str | None, expected: bool
) -> None:
    candidate = Candidate(product_id, kind, about, {})
    assert allowed(candidate, CATALOGUE, frozenset({"Health", "Gifts"})) is expected


def test_without_a_mark_all_are_allowed() -> None:
    assert allowed(Candidate("test", "own_purchases", None, {}), CATALOGUE, frozenset())
