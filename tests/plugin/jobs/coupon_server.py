"""The coupons of a shop, as each platform's API takes them."""

import json
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from graphql import build_schema, graphql_sync

from tests.plugin.http_servers import JsonHandler
from tests.plugin.jobs.webhooks_there import SaleorWebhooks, ShopifyWebhooks

SHOPIFY = build_schema(Path(__file__).with_name("shopify_coupons.graphql").read_text())


class CouponServer(ThreadingHTTPServer):
    """The coupons of a shop, as each platform's API takes them. Written by hand after their references. It
    has no webhooks."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.coupons: dict[str, dict[str, Any]] = {}
        self.made, self.fails_after = 0, 10**9
        self.keeps: set[str] = set()
        """Codes of coupons that it refuses to remove."""
        self.lists = True

    def connection(self, platform: str) -> dict[str, Any]:
        path = "/graphql/" if platform == "saleor" else ""
        told = {"address": f"http://127.0.0.1:{self.server_port}{path}", "token": "ck_1:cs_1"}
        account_id = "beans.myshopify.com" if platform == "shopify" else "1003"
        return {**told, "secret": "a secret of the shop", "account_id": account_id, "coupons": True}

    def elsewhere(self) -> dict[str, Any]:
        """WooCommerce under another address."""
        return {**self.connection("woocommerce"), "address": f"http://127.0.0.1:{self.server_port}/other"}

    def codes(self) -> set[str]:
        return {str(each.get("code") or each["addCodes"][0]) for each in self.coupons.values()}

    def make(self, fields: dict[str, Any]) -> str:
        self.made += 1
        self.coupons[str(self.made)] = fields
        return str(self.made)

    def graphql(self, query: str, told: dict[str, Any]) -> dict[str, Any]:
        if "channel(slug" in query:
            return {"channel": {"id": "Q2hhbm5lbDox"}}
        if "voucherCreate" in query:
            return {"voucherCreate": {"voucher": {"id": self.make(told["input"])}, "errors": []}}
        if "voucherChannelListingUpdate" in query:
            if not self.lists:
                return {"voucherChannelListingUpdate": {"errors": [{"code": "INVALID", "message": "no"}]}}
            self.coupons[told["id"]] |= told["input"]["addChannels"][0]
            return {"voucherChannelListingUpdate": {"errors": []}}
        self.coupons.pop(told["id"])
        return {"voucherDelete": {"errors": []}}

    def shopify(self, told: dict[str, Any]) -> dict[str, Any]:
        """What its schema has not is refused."""
        root = {
            "discountCodeBasicCreate": self._discount,
            "discountCodeFreeShippingCreate": self._discount,
            "discountCodeDelete": lambda _, id: self.coupons.pop(id) and {"userErrors": []},
        }
        done = graphql_sync(SHOPIFY, told["query"], root, variable_values=told["variables"])
        return dict(done.formatted)

    def _discount(self, _info: Any, **told: dict[str, Any]) -> dict[str, Any]:
        (fields,) = told.values()
        return {"codeDiscountNode": {"id": self.make(fields)}, "userErrors": []}


class _Handler(JsonHandler):
    server: CouponServer

    def do_POST(self) -> None:
        told = json.loads(self.read())
        if "ebhook" in str(told.get("query")):
            there = ShopifyWebhooks() if self.path.endswith("/graphql.json") else SaleorWebhooks()
            self.write(200, there.answer(told))
        elif self.server.made >= self.server.fails_after:
            self.write(500, {})
        elif self.path.endswith("/graphql.json"):
            self.write(200, self.server.shopify(told))
        elif self.path.endswith("/graphql/"):
            self.write(200, {"data": self.server.graphql(told["query"], told["variables"])})
        else:
            self.write(201, {"id": int(self.server.make(told))})

    def do_GET(self) -> None:
        self.write(200, [])

    def do_DELETE(self) -> None:
        name = self.path.partition("?")[0].rpartition("/")[2]
        if self.server.coupons.get(name, {}).get("code") in self.server.keeps:
            self.write(403, {})
            return
        found = self.server.coupons.pop(name, None)
        self.write(404 if found is None else 200, {})
