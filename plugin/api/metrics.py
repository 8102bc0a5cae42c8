"""What the operator may watch: counts of this process, for Prometheus. No shop and no person is named."""

from functools import lru_cache

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5)

_SLATES = Counter("encore_slates", "Slates served, by what they rest on.", ["strategy"])
_SECONDS = Histogram("encore_slate_seconds", "How long it took to make a slate.", buckets=_BUCKETS)
_OFFERS = Counter("encore_offers", "Questions for an offer, by what came of them.", ["strategy"])
_OFFER_SECONDS = Histogram("encore_offer_seconds", "How long it took to find an offer.", buckets=_BUCKETS)
_REDEMPTIONS = Counter("encore_redemptions", "Redemptions by their end: redeemed, or why not.", ["end"])
_EVENTS = Counter("encore_events", "Events counted.")
_REFUSED = Counter("encore_refused", "Storefront requests refused, by reason.", ["reason"])

_of_strategy = lru_cache(_SLATES.labels)
_of_offer = lru_cache(_OFFERS.labels)
_of_reason = lru_cache(_REFUSED.labels)


def slate(strategy: str, seconds: float) -> None:
    """A slate was made in `seconds`."""
    _of_strategy(strategy).inc()
    _SECONDS.observe(seconds)


def offer(strategy: str, seconds: float) -> None:
    """An offer was looked for, and found or not, in `seconds`."""
    _of_offer(strategy).inc()
    _OFFER_SECONDS.observe(seconds)


def redemption(end: str) -> None:
    """A redemption was asked for: it was "redeemed", or refused for this reason."""
    _REDEMPTIONS.labels(end).inc()


def events(count: int) -> None:
    """So many events were counted."""
    _EVENTS.inc(count)


def refused(reason: str) -> None:
    """A storefront request was refused."""
    _of_reason(reason).inc()


def text() -> bytes:
    """All figures of this process."""
    return generate_latest()
