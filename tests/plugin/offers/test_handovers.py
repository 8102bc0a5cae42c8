"""What the shop itself must do reaches its server, signed, and comes again until it is taken."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import HTTPServer

import pytest

from plugin.jobs.offers import look_after
from tests.plugin.http_servers import JsonHandler, running
from tests.plugin.offers.shop import OfferShop


class ShopServer(HTTPServer):
    """A shop's server that answers with `status`, and remembers what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.heard: list[tuple[dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/encore"


class _Handler(JsonHandler):
    server: ShopServer

    def do_POST(self) -> None:
        self.server.heard.append(({name.lower(): text for name, text in self.headers.items()}, self.read()))
        self.write(self.server.status, {}, {"Location": "http://127.0.0.1:1/elsewhere"})


@pytest.fixture
def shop_server() -> Iterator[ShopServer]:
    with running(ShopServer()) as opened:
        yield opened


@pytest.fixture
def redeemed(cafe: OfferShop) -> OfferShop:
    cafe.put({"kind": "pay_later", "parameters": {"days": 30}, "confirmed": True})
    assert cafe.redeem(cafe.accepted()).status_code == 200
    return cafe


def sweep(cafe: OfferShop, **later: int) -> None:
    look_after(cafe.runtime, cafe.shop_id, datetime.now(UTC) + timedelta(**later))


def test_the_shop_hears_once_what_it_must_do_and_can_tell_that_it_is_true(
    redeemed: OfferShop, shop_server: ShopServer
) -> None:
    sweep(redeemed)
    redeemed.settle(webhook_url=shop_server.address)
    sweep(redeemed)
    sweep(redeemed, days=5)
    ((headers, body),) = shop_server.heard
    told = json.loads(body)
    assert (told["type"], told["data"]["order_id"]) == ("offer.redeemed", "o1")
    assert told["data"]["duty"] == "Let this order be paid later."
    assert told["data"]["terms"]["parameters"]["days"] == 30
    assert headers["webhook-id"] == told["data"]["redemption_id"]
    key = base64.b64decode(redeemed.keys.signing.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize("status", [500, 302, 410])
def test_what_is_not_taken_comes_again_and_follows_no_redirect(
    redeemed: OfferShop, shop_server: ShopServer, status: int
) -> None:
    redeemed.settle(webhook_url=shop_server.address)
    shop_server.status = status
    sweep(redeemed)
    sweep(redeemed)
    assert len(shop_server.heard) == 1
    shop_server.status = 204
    sweep(redeemed, minutes=2)
    sweep(redeemed, days=5)
    assert len(shop_server.heard) == 2
    assert shop_server.heard[0][0]["webhook-id"] == shop_server.heard[1][0]["webhook-id"]


def test_a_server_that_never_answers_is_given_up_after_three_days(redeemed: OfferShop) -> None:
    redeemed.settle(webhook_url="http://127.0.0.1:1/nobody")
    for hours in range(0, 24 * 6, 6):
        sweep(redeemed, hours=hours)
    with redeemed.runtime.database.read() as connection:
        from plugin.store.offer_tables import handovers

        row = connection.execute(handovers.select()).one()
    assert (row.attempts, row.due_at, row.told_at) == (10, None, None)
