"""The server that every told history stands on: its requests, its failures, what changed when."""

import json
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.plugin.http_servers import JsonHandler
from tests.plugin.platforms.dialect import SECRET, Order, Product

TOKEN = "ck_1:cs_1"
Answer = tuple[Any, dict[str, str]]


class History(ThreadingHTTPServer, ABC):
    """A shop's server; `bad`: which requests fail, by their number, and how."""

    daemon_threads = True
    platform: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.orders: list[Order] = []
        self.products: list[Product] = []
        self.bad: dict[int, str] = {}
        self.asked = 0
        self.retry_after = "2"
        self.hidden: set[str] = set()
        """Products that whoever asks may not see for now."""
        self._sorted: dict[str, tuple[list[Any], list[Any]]] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def connection(self) -> dict[str, Any]:
        """What the shop is connected with."""
        return {"address": self.address, "token": TOKEN, "secret": SECRET, "account_id": "1003"}

    def authorization(self) -> tuple[str, str]:
        """The header that opens the API, and what stands there."""
        return "Authorization", f"Bearer {TOKEN}"

    @abstractmethod
    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        """What is answered to a good request, None for 404; `told`: the query, or the JSON of its body."""

    def id(self, number: int) -> str:
        return str(number)

    def still_there(self, product_ids: Sequence[str]) -> list[dict[str, str]]:
        """Those of them that it has; at most a hundred are asked for at once."""
        assert 0 < len(product_ids) <= 100
        there = {self.id(each.id) for each in self.products} - self.hidden
        return [{"id": each} for each in product_ids if each in there]

    def _in_turn(self, noun: str) -> list[Any]:
        """All by time of change, sorted once."""
        things: list[Any] = self.orders if noun == "orders" else self.products
        known = self._sorted.get(noun)
        if known is None or known[0] is not things:
            known = self._sorted[noun] = (things, sorted(things, key=lambda each: each.updated))
        return known[1]

    def after(self, noun: str, moment: str | datetime) -> Sequence[Any]:
        """What changed after `moment`, oldest change first."""
        things = self._in_turn(noun)
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment if "+" in moment or "Z" in moment else f"{moment}+00:00")
        return things[bisect_right(things, moment, key=lambda each: each.updated) :]


class Graph(History):
    """Both that speak GraphQL page by a cursor, which here is a number."""

    def part(self, told: dict[str, Any], since: str) -> tuple[str, Sequence[Any], dict[str, Any]]:
        variables = told["variables"]
        noun = "orders" if " orders(" in told["query"] else "products"
        later = self.after(noun, datetime.fromisoformat(since) - timedelta(microseconds=1))
        start = int(variables["after"] or 0)
        some = later[start : start + variables["first"]]
        has_next = start + len(some) < len(later)
        info = {"hasNextPage": has_next, "endCursor": str(start + len(some)) if some else None}
        return noun, some, {"pageInfo": info, "totalCount": len(later)}


class _Handler(JsonHandler):
    server: History

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})

    def do_POST(self) -> None:
        self._answer(urlsplit(self.path).path, json.loads(self.read()))

    do_PUT = do_POST
    do_DELETE = do_GET

    def _answer(self, path: str, told: dict[str, Any]) -> None:
        self.server.asked += 1
        bad = self.server.bad.pop(self.server.asked, None)
        if bad == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n[{")
            return
        name, value = self.server.authorization()
        status = int(bad) if bad and bad.isdecimal() else 200 if self.headers[name] == value else 401
        headers = {"Retry-After": self.server.retry_after} if status == 429 else {}
        found: Any = {"code": "error"}
        if bad == "throttled":
            found = {"errors": [{"extensions": {"code": "THROTTLED"}}], "extensions": cost(0)}
        elif status == 200:
            found, headers = self.server.answer(self.command, path, told)
            status = 404 if found is None else 200
        self.write(status, found, headers)


def cost(available: float, asked: int = 700, restored: int = 100) -> dict[str, Any]:
    """How Shopify tells what a question costs, and what is left in the bucket."""
    status = {"maximumAvailable": 1000, "currentlyAvailable": available, "restoreRate": restored}
    return {"cost": {"requestedQueryCost": asked, "throttleStatus": status}}
