"""The pages' language: the one chosen, else the shop's, else the browser's; numbers and times to match."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from flask import Flask, request, session
from flask_babel import Babel, get_locale
from flask_login import current_user

from plugin.admin.here import this_shop
from plugin.money import minor_units
from plugin.schemas.shop import LANGUAGES

NAMES = {"en": "English", "es": "Español", "it": "Italiano", "zh": "中文"}


def install(app: Flask) -> None:
    """Have `app` speak the merchant's language."""
    Babel(app, locale_selector=_language)
    app.before_request(_choose)
    app.context_processor(lambda: {"languages": NAMES, "language": _language()})
    for filter_ in (number, share, points, money, moment, day):
        app.add_template_filter(filter_)


def number(value: float) -> str:
    """1234 as 1,234 or 1.234."""
    return numbers.format_decimal(value, locale=_locale())


def share(value: float) -> str:
    """0.1234 as 12.3 %."""
    return numbers.format_percent(value, format="#,##0.0 %", locale=_locale())


def points(value: float) -> str:
    """A difference of two shares, 0.012, as +1.2: percentage points with their sign."""
    return numbers.format_decimal(value * 100, format="+#,##0.0;-#,##0.0", locale=_locale())


def money(minor: float, currency: str, signed: bool = False) -> str:
    """Minor units of `currency` as an amount with its sign."""
    amount = Decimal(str(minor)) / minor_units(currency)
    text = numbers.format_currency(amount, currency, locale=_locale())
    return f"+{text}" if signed and amount > 0 else text


def moment(value: datetime) -> str:
    """A moment in the shop's time zone."""
    zone = ZoneInfo(this_shop().time_zone)
    there = value.astimezone(zone)
    time = dates.format_time(there, "short", tzinfo=zone, locale=_locale())
    return f"{dates.format_date(there, 'medium', locale=_locale())} {time}"


def day(value: date) -> str:
    """A calendar day of this year or the last: without the year."""
    return dates.format_skeleton("MMMd", value, locale=_locale())


def _choose() -> None:
    if request.args.get("language") in LANGUAGES:
        session["language"] = request.args["language"]


def _language() -> str:
    chosen: str | None = session.get("language")
    if chosen:
        return chosen
    if current_user.is_authenticated:
        return this_shop().language
    return request.accept_languages.best_match(LANGUAGES, "en")


def _locale() -> Locale:
    return get_locale() or Locale("en")
