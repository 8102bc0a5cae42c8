"""Who may ask from a browser: the shop's key, the page's origin, not too often; and what CORS tells them."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from plugin.errors import Refusal
from plugin.serving.live import Live, LiveShop

QUESTIONS_PER_SECOND = 10_000.0
BURST = 20_000.0
"""For one key and origin in one process: far above any need, so that one wild page cannot starve others."""
EVENTS_PER_SECOND = 50.0
EVENTS_BURST = 200.0
"""For one key and client address in one process: each of these writes, and a shopper sends one in a while."""
_MOST_BUCKETS = 10_000

_SAFE = (("Cross-Origin-Resource-Policy", "cross-origin"), ("X-Content-Type-Options", "nosniff"))
_DAY_SECONDS = "86400"


class Buckets:
    """Token buckets by name: `per_second` flow in, at most `burst` are held."""

    def __init__(self, per_second: float = QUESTIONS_PER_SECOND, burst: float = BURST) -> None:
        self._per_second, self._burst = per_second, burst
        self._held: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, name: tuple[str, str], now: float) -> bool:
        """Take a token of `name` at `now` (seconds); False if there is none."""
        held, at = self._held.get(name, (self._burst, now))
        held = min(self._burst, held + max(0.0, now - at) * self._per_second)
        taken = held >= 1.0
        if len(self._held) >= _MOST_BUCKETS:
            self._forget(now)
        self._held[name] = (held - 1.0 if taken else held, now)
        return taken

    @property
    def wait_seconds(self) -> int:
        """How long it takes until there is one again."""
        return math.ceil(1 / self._per_second)

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again; all, where so many are in use at once."""
        full_again = self._burst / self._per_second
        in_use = {name: kept for name, kept in self._held.copy().items() if now - kept[1] < full_again}
        self._held = in_use if len(in_use) < _MOST_BUCKETS else {}


class Access:
    """Admits storefront requests; `environ` is WSGI's."""

    def __init__(
        self,
        live: Live,
        public_url: str,
        buckets: Buckets | None = None,
        *,
        accepts_per_minute: int = 10,
    ) -> None:
        self._live = live
        self._own_host = urlsplit(public_url).netloc
        self._buckets = buckets or Buckets()
        self._event_buckets = Buckets(EVENTS_PER_SECOND, EVENTS_BURST)
        # each accept reserves money and a code: one page must not use up a budget by itself
        self._accept_buckets = Buckets(accepts_per_minute / 60, accepts_per_minute)

    def admit(self, key: str, environ: Mapping[str, Any], now: float) -> LiveShop:
        """The shop of `key`, if this page may ask it now.

        Raises `Refusal`: "unknown_key", "wrong_origin" or "too_many_requests".
        """
        shop = self._shop(key, environ)
        _take(self._buckets, (key, environ.get("HTTP_ORIGIN", "")), now)
        return shop

    def admit_events(self, key: str, environ: Mapping[str, Any], now: float) -> LiveShop:
        """The shop of `key`, if this client may send it events now; raises as `admit` does."""
        shop = self._shop(key, environ)
        _take(self._event_buckets, (key, environ.get("REMOTE_ADDR", "")), now)
        return shop

    def admit_accept(self, key: str, environ: Mapping[str, Any], now: float) -> LiveShop:
        """The shop of `key`, if this client may accept an offer now; raises as `admit` does."""
        shop = self._shop(key, environ)
        _take(self._accept_buckets, (key, environ.get("REMOTE_ADDR", "")), now)
        return shop

    def _shop(self, key: str, environ: Mapping[str, Any]) -> LiveShop:
        shop = self._live.by_key(key)
        if shop is None:
            raise Refusal(
                "unknown_key", "This public key is not valid: the settings page shows the one that is."
            )
        if environ.get("HTTP_ORIGIN", "") not in shop.shop.origins and not self._same_origin(environ):
            raise Refusal(
                "wrong_origin",
                "Pages of this origin may not ask: add it to the shop's origins on the settings page.",
            )
        return shop

    def headers(self, environ: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The headers that let a page of a known origin read the answer, this one or an error."""
        origin = environ.get("HTTP_ORIGIN", "")
        return headers_for(origin if self._known(origin) else "")

    def preflight(self, environ: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The headers that answer a preflight: a page of any shop may try, the request itself is checked."""
        allowed = [
            ("Access-Control-Allow-Methods", "GET, POST"),
            ("Access-Control-Allow-Headers", "Content-Type"),
            ("Access-Control-Max-Age", _DAY_SECONDS),
        ]
        known = self._known(environ.get("HTTP_ORIGIN", ""))
        return [*self.headers(environ), *(allowed if known else [])]

    def _known(self, origin: str) -> bool:
        return bool(origin) and any(origin in each.shop.origins for each in self._live.all())

    def _same_origin(self, environ: Mapping[str, Any]) -> bool:
        """A page that Encore's own host serves: such a GET sends no Origin."""
        return (
            "HTTP_ORIGIN" not in environ
            and environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
            and environ.get("HTTP_HOST") == self._own_host
        )


def _take(buckets: Buckets, name: tuple[str, str], now: float) -> None:
    if not buckets.take(name, now):
        wait = buckets.wait_seconds
        message = f"Too many requests from here: wait {wait} second{'s' if wait > 1 else ''}."
        raise Refusal("too_many_requests", message)


@lru_cache(maxsize=1024)
def headers_for(origin: str) -> list[tuple[str, str]]:
    """The headers of every storefront answer; `origin` is an allowed one, or empty."""
    cors = [("Access-Control-Allow-Origin", origin)] if origin else []
    return [*cors, ("Vary", "Origin"), ("Cache-Control", "no-store"), *_SAFE]
