"""An offer as the merchant defined it, typed: its kind, conditions, budget, caps and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from plugin.offers.conditions import CONDITIONS, Condition
from plugin.offers.kinds import KINDS, Kind
from plugin.offers.money import millionths
from plugin.offers.parameters import parameters_of

Made = TypeVar("Made")


@dataclass(frozen=True)
class StockBound:
    """The offer is shown only while at most so many of a product are left, and some are."""

    product_id: str
    variant_id: str | None
    at_most: int


@dataclass(frozen=True)
class Offer:
    """One offer. `stacking`: "alone", "with_others" or "best_one" (`plugin.offers.history`).

    `title` and `text`: the merchant's own words by language. `per_person`: accepted at most so often by one
    person in `period_days`. `hold_hours`: how long an accepted code is good for.
    `after_dismissal_of`: shown only to who dismissed that other offer.
    """

    offer_id: str
    kind: Kind
    placements: tuple[str, ...]
    title: Mapping[str, str]
    text: Mapping[str, str]
    conditions: tuple[Condition, ...]
    stacking: str
    per_person: int
    period_days: int
    priority: int
    silence_days: int | None
    hold_hours: int
    starts_at: datetime | None
    ends_at: datetime | None
    stock_bound: StockBound | None
    after_dismissal_of: str | None = None

    def runs(self, now: datetime) -> bool:
        """Whether `now` lies between its start and its end."""
        begun = self.starts_at is None or self.starts_at <= now
        return begun and (self.ends_at is None or now < self.ends_at)

    @property
    def needs_customer(self) -> bool:
        """Whether a condition asks what a customer has bought."""
        return any(each.needs_customer for each in self.conditions)


def typed(definition: Mapping[str, Any]) -> Offer:
    """The stored definition (as `schemas.offer` loads it) as an `Offer`."""
    bound = definition["stock_bound"]
    return Offer(
        offer_id=definition["offer_id"],
        kind=_made(KINDS[definition["kind"]], definition["parameters"]),
        placements=tuple(definition["placements"]),
        title=definition["title"],
        text=definition["text"],
        conditions=tuple(_made(CONDITIONS[each["kind"]], each) for each in definition["conditions"]),
        stacking=definition["stacking"],
        **definition["caps"],
        priority=definition["priority"],
        silence_days=definition["silence_days"],
        hold_hours=definition["hold_hours"],
        starts_at=_moment(definition["starts_at"]),
        ends_at=_moment(definition["ends_at"]),
        stock_bound=StockBound(**bound) if bound else None,
        after_dismissal_of=definition["after_dismissal_of"],
    )


def _made(cls: type[Made], given: Mapping[str, Any]) -> Made:
    return cls(**{each.name: _value(each.form.name, given[each.name]) for each in parameters_of(cls)})


def _value(form: str, value: Any) -> Any:
    if form == "share" and value is not None:
        return millionths(value)
    return tuple(value) if isinstance(value, list) else value


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
