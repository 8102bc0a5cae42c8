"""Whatever form a body has, a platform's file reads it or refuses it; nothing else comes of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.errors import Refusal
from plugin.intake import rows
from plugin.outbound import WayOut
from plugin.platforms import PLATFORMS
from plugin.platforms.platform import Kept
from plugin.store.connected_platforms import ConnectedPlatform
from tests.plugin.platforms.dialect import BEGAN, Order, Product
from tests.plugin.platforms.generic import GenericWords
from tests.plugin.platforms.shopify import ShopifyWords
from tests.plugin.platforms.woocommerce import WooCommerceWords

WORDS = {"generic": GenericWords, "shopify": ShopifyWords, "woocommerce": WooCommerceWords}
TOPICS = {"generic": "", "shopify": "orders/updated", "woocommerce": "order.updated"}
OF_PRODUCTS = {"generic": "", "shopify": "products/update", "woocommerce": "product.updated"}
ODD: Any = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just([]), st.just({})
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything within `value`."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield (*path, name)
        yield from places(each, (*path, name))


def changed(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], odd)
    return copy


@pytest.mark.parametrize("name", WORDS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_an_odd_value_anywhere_is_read_or_refused(name: str, data: st.DataObject) -> None:
    words, is_order = WORDS[name](), data.draw(st.booleans())
    sent = words.order(Order(1, returned=(0, 1))) if is_order else words.product(Product(1))
    body = json.loads(sent.body)
    path = data.draw(st.sampled_from(sorted(places(body), key=str)))
    odd = json.dumps(changed(body, path, data.draw(ODD))).encode()
    connected = ConnectedPlatform("shop", name, "EUR", BEGAN)
    kept = Kept((TOPICS if is_order else OF_PRODUCTS)[name], odd, datetime.now(UTC))
    try:
        found = PLATFORMS[name].changes(kept, connected, WayOut())
    except (Refusal, LookupError, TypeError, ValueError, AttributeError):  # what the job takes for unreadable
        return
    for change in found:
        if change.row is not None:
            rows.checked(rows.NOUNS[change.noun], change.row)
