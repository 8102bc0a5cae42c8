"""What `encore demo --check` measures: how often the product held out of a cart comes back, over HTTP."""

import http.client
import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import polars as pl

from plugin.demo.encore import ShopKeys
from plugin.errors import Refusal
from recommender import Cart, bestseller_lists, hit_rate_ratio_interval, places

LIMIT = 10
LEAST_RATIO = 2.5
CARTS_IN_WORDS = 5
_ASKING = 4
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Outcome:
    """What the carts said. Rates are shares of all carts; `interval` is the 95 % interval of their ratio."""

    hit_rate: float
    bestsellers_hit_rate: float
    interval: tuple[float, float] | None

    @property
    def ratio(self) -> float:
        """How many times bestsellers' hit rate; 0 where bestsellers never hit."""
        return self.hit_rate / self.bestsellers_hit_rate if self.bestsellers_hit_rate else 0.0


class Asker:
    """Asks the running server as a cart page would, each thread on a connection that stays open."""

    def __init__(self, keys: ShopKeys) -> None:
        self._keys = keys
        self._own = threading.local()

    def slate(self, product_ids: Sequence[str]) -> dict[str, Any]:
        """The slate for a cart; `Refusal("check_failed")` for any answer but a good one."""
        cart = ",".join(f"{quote(each, safe='')}:1" for each in product_ids)
        asked = {"key": self._keys.public_key, "placement": "cart", "cart": cart, "limit": LIMIT}
        status, body = self._get(f"/v1/recommendations?{urlencode(asked)}")
        if status != 200:
            raise Refusal("check_failed", f"A cart was answered with {status}: {body[:300]!r}")
        answer: dict[str, Any] = json.loads(body)
        return answer

    def _get(self, path: str) -> tuple[int, bytes]:
        for again in (True, False):
            try:
                self._connection().request("GET", path, headers={"Origin": self._keys.address})
                answer = self._connection().getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, ConnectionError):  # the server may close what was idle
                del self._own.connection
                if not again:
                    raise
        raise AssertionError("unreachable")

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._own, "connection"):
            host = urlsplit(self._keys.address).netloc
            self._own.connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_SECONDS)
        connection: http.client.HTTPConnection = self._own.connection
        return connection


def ask(keys: ShopKeys, carts: Sequence[Cart]) -> list[dict[str, Any]]:
    """The slate for each cart, in their order."""
    asker = Asker(keys)
    with ThreadPoolExecutor(_ASKING) as pool:
        return list(pool.map(lambda cart: asker.slate(cart.product_ids), carts))


def outcome(known: pl.DataFrame, carts: Sequence[Cart], slates: Sequence[dict[str, Any]]) -> Outcome:
    """How often the product held out is in the slate, and how often among the bestsellers of `known`."""
    answers = [[item["product_id"] for item in slate["items"]][:LIMIT] for slate in slates]
    hits = places(carts, answers) > 0
    baseline = places(carts, bestseller_lists(known, carts, LIMIT)) > 0
    return Outcome(float(hits.mean()), float(baseline.mean()), hit_rate_ratio_interval(hits, baseline))


def in_words(
    carts: Sequence[Cart], slates: Sequence[dict[str, Any]], titles: dict[str, str]
) -> list[dict[str, Any]]:
    """The first few carts of a size that a person can judge, as titles, with what was suggested and why."""
    readable = [
        (cart, slate) for cart, slate in zip(carts, slates, strict=True) if 2 <= len(cart.product_ids) <= 5
    ]
    return [
        {
            "cart": [titles[each] for each in cart.product_ids],
            "held_out": titles[cart.held_out_id],
            "suggestions": [
                {"title": item["title"], "reason": _reason_in_words(item["reason"])}
                for item in slate["items"]
            ],
        }
        for cart, slate in readable[:CARTS_IN_WORDS]
    ]


def _reason_in_words(reason: dict[str, Any]) -> str:
    """Why, with its evidence where it has one that can be counted."""
    counted = reason["evidence"].get("text")
    return f"{reason['text']}: {counted}" if counted else str(reason["text"])
