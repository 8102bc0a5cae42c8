"""A shop that is connected to a platform whose server tells a history."""

from collections.abc import Iterator

import pytest

from plugin.runtime import Runtime
from plugin.store import connected_platforms
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.http_servers import running
from tests.plugin.jobs.coupon_server import CouponServer
from tests.plugin.jobs.histories import History, telling


@pytest.fixture
def history(request: pytest.FixtureRequest) -> Iterator[History]:
    """WooCommerce's server, or the one that a test asks for."""
    with telling(getattr(request, "param", "woocommerce")) as opened:
        yield opened


@pytest.fixture
def there() -> Iterator[CouponServer]:
    """The coupons of a shop."""
    with running(CouponServer()) as opened:
        yield opened


@pytest.fixture
def shop_id(runtime: Runtime, shop: tuple[str, ShopKeys], history: History) -> str:
    told = {**history.connection(), "at": NOW}
    with runtime.database.write() as opened:
        connected_platforms.connect(opened, runtime.vault, shop[0], history.platform, told)
    return shop[0]
