"""Promises that must be true: urgency needs a deadline or live stock; a deadline is never a clock."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from plugin.offers.urgency import COUNT, DEADLINE, HOURS, STOCK
from plugin.offers.words import Texts, Voice

if TYPE_CHECKING:  # offers know the settings, and settings hold texts that must be true
    from plugin.offers.offer import Offer

SHOWN_UNTIL = timedelta(hours=24)
"""A deadline nearer than this is not shown: it would only press."""
PRESSES_FROM = timedelta(days=31)
"""A deadline further off than this is no reason to press."""

_PATTERNS = {
    word: re.compile("|".join(each.values()))
    for word, each in {"deadline": DEADLINE, "hours": HOURS, "stock": STOCK, "count": COUNT}.items()
}
_FAULTS = {
    "deadline": "“{found}” presses for time: leave the words out, or give the offer an `ends_at` and say "
    "them in its title or text.",
    "hours": "“{found}” speaks of hours: a deadline nearer than a day is never shown; leave them out.",
    "stock": "“{found}” speaks of stock: give a `stock_bound`, or leave the words out.",
    "count": "“{found}” says how many are left: that changes, and the text does not; leave the number out.",
}


def pressing(text: str) -> dict[str, str]:
    """The words of urgency in `text`: what was found first of "deadline", "hours", "stock" and "count"."""
    plain = _plain(text)
    hits = {sort: pattern.search(plain) for sort, pattern in _PATTERNS.items()}
    return {sort: hit.group() for sort, hit in hits.items() if hit}


def faults(text: str, *, has_deadline: bool, has_stock_bound: bool) -> Iterator[str]:
    """What is wrong with `text`: words of urgency that nothing true is bound to."""
    kept = {"deadline": has_deadline, "stock": has_stock_bound}
    for sort, found in pressing(text).items():
        if not kept.get(sort):
            yield _FAULTS[sort].format(found=found)


def shown_deadline(ends_at: datetime | None, now: datetime) -> datetime | None:
    """The deadline as it may be shown: none in its last 24 hours."""
    return ends_at if ends_at is not None and ends_at - now >= SHOWN_UNTIL else None


def may_be_said(texts: Mapping[str, str], lang: str, deadline: datetime | None, now: datetime) -> bool:
    """Whether the merchant's text of `lang` may be shown: one that speaks of a deadline stands beside one
    that is near.
    """
    near = deadline is not None and deadline - now <= PRESSES_FROM
    return lang in texts and (near or "deadline" not in pressing(texts[lang]))


def terms_in_words(offer: "Offer", voice: Voice, deadline: datetime | None) -> list[str]:
    """What holds for every offer and no condition says: until when, how often, and with what else."""
    said = [] if deadline is None else [voice.say(_UNTIL, day=voice.day(deadline))]
    said.append(voice.say(_HELD, hours=voice.hours(offer.hold_hours)))
    said.append(voice.say(_OFTEN, times=str(offer.per_person), days=voice.days(offer.period_days)))
    return said if offer.stacking == "with_others" else [*said, voice.say(_ALONE)]


_UNTIL: Texts = {
    "en": "Until {day}, shop time",
    "es": "Hasta el {day}, hora de la tienda",
    "it": "Fino al {day}, ora del negozio",
    "zh": "有效期至店铺时间 {day}",
}
_HELD: Texts = {
    "en": "Once accepted, the code is good for {hours}",
    "es": "Una vez aceptada, el código vale {hours}",
    "it": "Una volta accettata, il codice vale {hours}",
    "zh": "接受后优惠码 {hours}内有效",
}
_OFTEN: Texts = {
    "en": "At most {times} per person in {days}",
    "es": "Como máximo {times} por persona en {days}",
    "it": "Al massimo {times} a persona in {days}",
    "zh": "每人 {days}内最多 {times} 次",
}
_ALONE: Texts = {
    "en": "Not together with other offers",
    "es": "No acumulable con otras ofertas",
    "it": "Non cumulabile con altre offerte",
    "zh": "不可与其他优惠同时使用",
}


def _plain(text: str) -> str:
    """Small letters without accents, one blank between words: `ÚLTIMAS  unidades` is `ultimas unidades`."""
    parts = unicodedata.normalize("NFKD", " ".join(text.replace("’", "'").casefold().split()))
    return "".join(each for each in parts if not unicodedata.combining(each) and each.isprintable())
