"""The answer to `GET /v1/offers`: at most one offer, on a slate of its own, from memory alone."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from plugin.offers.people import proved
from plugin.offers.quoting import Question, Quoting, as_json
from plugin.offers.shelf import Shelf
from plugin.serving import preview, slate_token
from plugin.serving.live import LiveShop
from plugin.serving.request import Asker, CartLine
from plugin.serving.slate import Answer, arm_of

_ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True)
class OfferRequest:
    """One question for an offer, checked and typed, but nothing in it believed."""

    key: str
    placement: str
    cart: tuple[CartLine, ...]
    lang: str | None
    country: str | None
    currency: str | None
    preview: str | None = field(repr=False)
    asker: Asker
    bundle: tuple[str, ...] = ()

    def question(self, live: LiveShop, now: float) -> Question:
        """The question with the person as far as they are proved; raises what `people.proved` raises."""
        person = proved(live, self.asker, now)
        return Question(
            self.placement, self.cart, person, self.lang, self.country, self.currency, self.bundle
        )


def serve(live: LiveShop, shelf: Shelf | None, asked: OfferRequest, now: float) -> Answer:
    """The answer to `asked` at `now` (unix seconds); raises what `people.proved` raises."""
    question = asked.question(live, now)
    previewing = asked.preview is not None and preview.holds(live.preview_key, asked.preview, now)
    settings = live.shop.settings
    if settings.stopped or (settings.only_me and not previewing):
        return _answer(live, asked, "stopped", None, now)
    at = datetime.fromtimestamp(now, UTC)
    quote = Quoting(live, shelf, question, at).best() if shelf is not None else None
    if quote is None:
        return empty(live, asked, now)
    arm = "preview" if previewing else arm_of(live, asked.asker)
    told = _ENCODER.encode(as_json(quote, at))
    return _answer(live, asked, "offer", arm, now, (told, quote.mark))


def empty(live: LiveShop, asked: OfferRequest, now: float) -> Answer:
    """No offer, which is a good answer."""
    return _answer(live, asked, "empty", None, now)


def _answer(
    live: LiveShop,
    asked: OfferRequest,
    strategy: str,
    arm: str | None,
    now: float,
    shown: tuple[str, bytes | None] = ("null", None),
) -> Answer:
    told, mark = shown
    slate = (asked.placement, strategy, arm, live.model_version)
    slate_id = slate_token.make(live.slate_key, slate, now, mark)
    named_arm = f'"{arm}"' if arm in ("encore", "holdout") else "null"
    text = (
        f'{{"slate_id":"{slate_id}","placement":"{asked.placement}","strategy":"{strategy}",'
        f'"arm":{named_arm},"offer":{told}}}'
    )
    return Answer(strategy, text)
