"""Conditions: when an offer holds, each with the words that the shopper sees. Adding one adds a class."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from plugin.offers import promises
from plugin.offers.parameters import (
    Categories,
    Count,
    Countries,
    Days,
    Hour,
    Languages,
    Minor,
    ProductIds,
    Weekdays,
)
from plugin.offers.situation import Situation
from plugin.offers.words import Texts, Voice


@dataclass(frozen=True)
class Condition(ABC):
    """A condition; the fields of a subclass are its parameters.

    `needs_customer`: it can only be met by a known customer, proved and with consent.
    """

    name: ClassVar[str]
    needs_customer: ClassVar[bool] = False

    @abstractmethod
    def holds(self, situation: Situation) -> bool:
        """Whether it is met."""

    @abstractmethod
    def says(self, situation: Situation, voice: Voice) -> str:
        """It in words, for the shopper."""


@dataclass(frozen=True)
class CartTotal(Condition):
    """The cart costs so much, before the offer."""

    name: ClassVar[str] = "cart_total"
    from_minor: Minor | None = None
    to_minor: Minor | None = None

    def holds(self, situation: Situation) -> bool:
        """From `from_minor` to `to_minor`, both included."""
        total_minor = situation.cart.total_minor
        return (self.from_minor or 0) <= total_minor and (
            self.to_minor is None or total_minor <= self.to_minor
        )

    def says(self, situation: Situation, voice: Voice) -> str:
        """The bounds."""
        least, most = voice.money(self.from_minor or 0), voice.money(self.to_minor or 0)
        which = "both" if self.from_minor and self.to_minor else "least" if self.from_minor else "most"
        return voice.say(_TOTAL[which], least=least, most=most)


@dataclass(frozen=True)
class CartHas(Condition):
    """The cart holds at least `quantity` of these products or categories."""

    name: ClassVar[str] = "cart_has"
    products: ProductIds = ()
    categories: Categories = ()
    quantity: Count = 1

    def holds(self, situation: Situation) -> bool:
        """All of them count together."""
        return _quantity(situation, self.products, self.categories) >= self.quantity

    def says(self, situation: Situation, voice: Voice) -> str:
        """How many of what."""
        names = _names(situation, voice, self.products, self.categories)
        return voice.say(_HAS if self.quantity == 1 else _HAS_MANY, quantity=str(self.quantity), names=names)


@dataclass(frozen=True)
class CartHasNot(Condition):
    """The cart holds none of these products or categories."""

    name: ClassVar[str] = "cart_has_not"
    products: ProductIds = ()
    categories: Categories = ()

    def holds(self, situation: Situation) -> bool:
        """Not one."""
        return not _quantity(situation, self.products, self.categories)

    def says(self, situation: Situation, voice: Voice) -> str:
        """Of what."""
        return voice.say(_HAS_NOT, names=_names(situation, voice, self.products, self.categories))


@dataclass(frozen=True)
class FirstOrder(Condition):
    """A known customer who has not bought anything yet."""

    name: ClassVar[str] = "first_order"
    needs_customer: ClassVar[bool] = True

    def holds(self, situation: Situation) -> bool:
        """No order that counts as bought."""
        return situation.standing is not None and situation.standing.orders == 0

    def says(self, situation: Situation, voice: Voice) -> str:
        """So."""
        return voice.say(_FIRST)


@dataclass(frozen=True)
class Returning(Condition):
    """A customer who has bought: so many orders, or for so much."""

    name: ClassVar[str] = "returning"
    needs_customer: ClassVar[bool] = True
    orders: Count = 1
    value_minor: Minor | None = None

    def holds(self, situation: Situation) -> bool:
        """Both, where both are set."""
        standing = situation.standing
        if standing is None:
            return False
        return standing.orders >= self.orders and standing.value_minor >= (self.value_minor or 0)

    def says(self, situation: Situation, voice: Voice) -> str:
        """How many, for how much."""
        text = _RETURNING if self.orders == 1 else _RETURNING_MANY
        said = voice.say(text, orders=str(self.orders))
        return (
            said
            if self.value_minor is None
            else said + voice.say(_WORTH, value=voice.money(self.value_minor))
        )


@dataclass(frozen=True)
class SinceLastOrder(Condition):
    """A customer whose last order is at most so many days ago: an end of their own, that only another order
    moves. It is worked out from the order, so that nothing begins it anew.
    """

    name: ClassVar[str] = "since_last_order"
    needs_customer: ClassVar[bool] = True
    days: Days

    def holds(self, situation: Situation) -> bool:
        """Until the very moment, whether it is shown or not."""
        until = self._until(situation)
        return until is not None and situation.at < until

    def says(self, situation: Situation, voice: Voice) -> str:
        """Within how many days, and until when as long as a deadline may be shown."""
        said, until = voice.say(_SINCE, days=voice.days(self.days)), self._until(situation)
        deadline = promises.shown_deadline(until, situation.at)
        return said if deadline is None else said + voice.say(_THAT_IS, day=voice.day(deadline))

    def _until(self, situation: Situation) -> datetime | None:
        last_at = situation.standing.last_at if situation.standing is not None else None
        return None if last_at is None else last_at + timedelta(days=self.days)


@dataclass(frozen=True)
class Country(Condition):
    """The shop's page says that the shopper is in one of these countries."""

    name: ClassVar[str] = "country"
    countries: Countries

    def holds(self, situation: Situation) -> bool:
        """ISO 3166, two letters."""
        return (situation.country or "").upper() in self.countries

    def says(self, situation: Situation, voice: Voice) -> str:
        """Which."""
        return voice.say(_COUNTRY, names=voice.listed(tuple(map(voice.country, self.countries))))


@dataclass(frozen=True)
class Language(Condition):
    """The page is in one of these languages."""

    name: ClassVar[str] = "language"
    languages: Languages

    def holds(self, situation: Situation) -> bool:
        """As the page says, or the shop's."""
        return situation.lang in self.languages

    def says(self, situation: Situation, voice: Voice) -> str:
        """Which."""
        return voice.say(_LANGUAGE, names=voice.listed(tuple(map(voice.language, self.languages))))


@dataclass(frozen=True)
class Weekday(Condition):
    """On these days of the week, by the shop's clock; 1 is Monday."""

    name: ClassVar[str] = "weekday"
    days: Weekdays

    def holds(self, situation: Situation) -> bool:
        """By the shop's clock."""
        return situation.at.isoweekday() in self.days

    def says(self, situation: Situation, voice: Voice) -> str:
        """Which."""
        return voice.say(_WEEKDAY, names=voice.listed(tuple(map(voice.weekday, self.days))))


@dataclass(frozen=True)
class HourOfDay(Condition):
    """Between these hours, by the shop's clock; from 22 to 6 goes over midnight."""

    name: ClassVar[str] = "hour"
    from_hour: Hour = 0
    to_hour: Hour = 24

    def holds(self, situation: Situation) -> bool:
        """From the first hour until just before the last."""
        hour, first, last = situation.at.hour, self.from_hour, self.to_hour
        return first <= hour < last if first <= last else hour >= first or hour < last

    def says(self, situation: Situation, voice: Voice) -> str:
        """Both."""
        return voice.say(_HOUR, first=f"{self.from_hour}:00", last=f"{self.to_hour}:00")


CONDITIONS = {condition.name: condition for condition in Condition.__subclasses__()}
"""Every condition by its name."""


def _quantity(situation: Situation, products: tuple[str, ...], categories: tuple[str, ...]) -> int:
    """How many pieces the cart holds of these; of anything where none are named."""
    wanted = set(categories)
    named = bool(products or categories)
    return sum(
        line.quantity
        for line in situation.cart.lines
        if not named or line.product_id in products or not wanted.isdisjoint(line.categories)
    )


def _names(situation: Situation, voice: Voice, products: tuple[str, ...], categories: tuple[str, ...]) -> str:
    names = (*map(situation.title, products), *categories)
    return voice.listed(names) if names else voice.say(_ANYTHING)


_TOTAL: dict[str, Texts] = {
    "least": {
        "en": "From a cart of {least}",
        "es": "A partir de {least} en la cesta",
        "it": "Da {least} nel carrello",
        "zh": "购物车满 {least}",
    },
    "most": {
        "en": "Up to a cart of {most}",
        "es": "Hasta {most} en la cesta",
        "it": "Fino a {most} nel carrello",
        "zh": "购物车不超过 {most}",
    },
    "both": {
        "en": "For a cart from {least} to {most}",
        "es": "Para una cesta de {least} a {most}",
        "it": "Per un carrello da {least} a {most}",
        "zh": "购物车金额为 {least} 至 {most}",
    },
}
_HAS: Texts = {
    "en": "With {names} in the cart",
    "es": "Con {names} en la cesta",
    "it": "Con {names} nel carrello",
    "zh": "购物车中含有 {names}",
}
_HAS_MANY: Texts = {
    "en": "With at least {quantity} of {names} in the cart",
    "es": "Con al menos {quantity} de {names} en la cesta",
    "it": "Con almeno {quantity} di {names} nel carrello",
    "zh": "购物车中至少有 {quantity} 件 {names}",
}
_HAS_NOT: Texts = {
    "en": "Not together with {names}",
    "es": "No junto con {names}",
    "it": "Non insieme a {names}",
    "zh": "不可与 {names} 同时购买",
}
_ANYTHING: Texts = {
    "en": "anything",
    "es": "cualquier artículo",
    "it": "qualsiasi articolo",
    "zh": "任意商品",
}
_FIRST: Texts = {
    "en": "On your first order",
    "es": "En tu primer pedido",
    "it": "Sul tuo primo ordine",
    "zh": "仅限首次下单",
}
_RETURNING: Texts = {
    "en": "For customers who have ordered before",
    "es": "Para clientes que ya han comprado",
    "it": "Per chi ha già ordinato",
    "zh": "仅限曾下单的顾客",
}
_RETURNING_MANY: Texts = {
    "en": "For customers with at least {orders} orders",
    "es": "Para clientes con al menos {orders} pedidos",
    "it": "Per chi ha fatto almeno {orders} ordini",
    "zh": "仅限至少下过 {orders} 次单的顾客",
}
_WORTH: Texts = {
    "en": ", worth {value} or more together",
    "es": ", por un total de {value} o más",
    "it": ", per un totale di {value} o più",
    "zh": "，累计满 {value}",
}
_SINCE: Texts = {
    "en": "Within {days} of your last order",
    "es": "Hasta {days} después de tu último pedido",
    "it": "Entro {days} dal tuo ultimo ordine",
    "zh": "上次下单后 {days}内",
}
_THAT_IS: Texts = {
    "en": ": until {day}, shop time",
    "es": ": hasta el {day}, hora de la tienda",
    "it": ": fino al {day}, ora del negozio",
    "zh": "：有效期至店铺时间 {day}",
}
_COUNTRY: Texts = {
    "en": "For orders to {names}",
    "es": "Para pedidos con destino a {names}",
    "it": "Per ordini verso {names}",
    "zh": "仅限寄往 {names} 的订单",
}
_LANGUAGE: Texts = {
    "en": "On pages in {names}",
    "es": "En páginas en {names}",
    "it": "Nelle pagine in {names}",
    "zh": "仅限 {names} 页面",
}
_WEEKDAY: Texts = {
    "en": "On {names}",
    "es": "Los días: {names}",
    "it": "Nei giorni: {names}",
    "zh": "仅限 {names}",
}
_HOUR: Texts = {
    "en": "Between {first} and {last}, shop time",
    "es": "Entre las {first} y las {last}, hora de la tienda",
    "it": "Tra le {first} e le {last}, ora del negozio",
    "zh": "店铺时间 {first} 至 {last}",
}
