"""How offers speak: amounts, shares, dates and names in the shopper's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_percent, get_currency_symbol

from plugin.money import minor_digits
from plugin.offers.money import MILLION

LANGUAGES = ("en", "es", "it", "zh")
Texts = Mapping[str, str]
"""One sentence in each of `LANGUAGES`, with named places."""
_DAYS = {"en": ("day", "days"), "es": ("día", "días"), "it": ("giorno", "giorni"), "zh": ("天", "天")}
_HOURS = {"en": ("hour", "hours"), "es": ("hora", "horas"), "it": ("ora", "ore"), "zh": ("小时", "小时")}
"""Of one and of more. Babel's own units know no days in Italian and Chinese."""


@dataclass(frozen=True)
class Voice:
    """The language an offer is told in, the currency of its amounts, and the shop's time zone."""

    lang: str
    currency: str
    time_zone: str = "UTC"

    def say(self, texts: Texts, **places: str) -> str:
        """The sentence of this language, its places filled in."""
        return texts[self.lang].format(**places)

    def money(self, amount_minor: int) -> str:
        """An amount as people of this language write it."""
        return amount_in_words(amount_minor, self.currency, self.lang)

    def share(self, millionths: int) -> str:
        """A share as a percentage."""
        return _percent(millionths, self.lang)

    def day(self, at: datetime) -> str:
        """The date and time of `at`, by the shop's clock."""
        return _moment(at, self.lang, self.time_zone)

    def days(self, number: int) -> str:
        """So many days."""
        return f"{number} {_DAYS[self.lang][number != 1]}"

    def hours(self, number: int) -> str:
        """So many hours."""
        return f"{number} {_HOURS[self.lang][number != 1]}"

    def country(self, code: str) -> str:
        """The name of a country."""
        return str(_locale(self.lang).territories.get(code, code))

    def language(self, code: str) -> str:
        """The name of a language."""
        return str(_locale(self.lang).languages.get(code, code))

    def weekday(self, number: int) -> str:
        """The name of a day of the week; 1 is Monday."""
        return _weekday(number, self.lang)

    def listed(self, names: tuple[str, ...]) -> str:
        """Names with commas between them."""
        return ("、" if self.lang == "zh" else ", ").join(names)


@lru_cache(maxsize=8192)
def amount_in_words(amount_minor: int, currency: str, lang: str) -> str:
    """`amount_minor` of `currency` with all the digits that its minor unit has."""
    digits = minor_digits(currency)
    amount = Decimal(amount_minor).scaleb(-digits)
    gap = "\xa0" if get_currency_symbol(currency, lang)[-1].isalpha() else ""
    before = f"¤{gap}#,##0"
    pattern = {"en": before, "es": "#,##0 ¤", "it": "#,##0 ¤", "zh": before}[lang]
    pattern = pattern.replace("0", "0." + "0" * digits, 1) if digits else pattern
    return format_currency(amount, currency, pattern, locale=lang, currency_digits=False)


@lru_cache
def _locale(lang: str) -> Locale:
    return Locale.parse(lang)


@lru_cache
def _weekday(number: int, lang: str) -> str:
    return str(_locale(lang).days["format"]["wide"][number - 1])


@lru_cache(maxsize=1024)
def _percent(millionths: int, lang: str) -> str:
    return format_percent(Decimal(millionths) / MILLION, "#,##0.##%", locale=lang)


@lru_cache(maxsize=1024)
def _moment(at: datetime, lang: str, time_zone: str) -> str:
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{format_date(local, 'long', locale=lang)}, {local:%H:%M}"
