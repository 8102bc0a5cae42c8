"""What a shop is: its name, currency, time zone, language and origins, checked where they come in."""

import re
import zoneinfo
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from babel.core import get_global
from babel.numbers import get_territory_currencies
from marshmallow import Schema, ValidationError, fields, validate

from plugin.errors import Refusal
from plugin.schemas.parts import storable
from plugin.schemas.settings import ShopSettings

LANGUAGES = ("en", "es", "it", "zh")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


@cache
def currencies() -> frozenset[str]:
    """The ISO 4217 codes of all money that is legal tender somewhere today."""
    territories = get_global("territory_currencies")
    return frozenset(code for each in territories for code in get_territory_currencies(each))


def known_currency(code: str) -> None:
    """Refuse what is not the ISO 4217 code of money in use."""
    if code not in currencies():
        raise ValidationError("Give the three letters of a currency in use, such as EUR.")


def known_time_zone(name: str) -> None:
    """Refuse what is not an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Give an IANA time zone such as Europe/Madrid.")


class Origin(fields.String):
    """An origin as browsers send it: `scheme://host[:port]`, lower case, no default port, no path."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            return _as_browsers_send(text.strip())
        except ValueError:
            raise ValidationError("Give an origin such as https://shop.example, without a path.") from None


def _as_browsers_send(text: str) -> str:
    """`text` as an `Origin` header; ValueError when it is not one."""
    parts = urlsplit(text)
    host = (parts.hostname or "").encode("idna").decode()
    host = f"[{host}]" if ":" in host else host
    extra = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in _DEFAULT_PORTS or extra or not _HOST.fullmatch(host):
        raise ValueError(text)
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


class Shop(Schema):
    """A shop's own facts; the settings stand beside them."""

    name = fields.String(required=True, validate=[validate.Length(1, 120), storable])
    currency = fields.String(required=True, validate=known_currency)
    time_zone = fields.String(required=True, validate=known_time_zone)
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    origins = fields.List(Origin(), required=True, validate=validate.Length(1, 50))


class ShopSettingsAndOrigins(ShopSettings):
    """All that a merchant can set: settings, and the origins whose pages may ask."""

    origins = fields.List(Origin(), validate=validate.Length(1, 50))


_FIELDS = Shop().fields


def checked(name: str, given: Any) -> Any:
    """`given` as the field `name` keeps it (origins: each once); else `Refusal("invalid_shop")`."""
    try:
        value = _FIELDS[name].deserialize(given)
    except ValidationError as error:
        texts = _sentences(error, given)
        raise Refusal("invalid_shop", "This shop cannot be kept so: see errors.", {name: texts}) from None
    return sorted(set(value)) if name == "origins" else value


def _sentences(error: ValidationError, given: Any) -> list[str]:
    """What was wrong with `given`, one sentence a fault; in a list each fault names its element."""
    if isinstance(error.messages, Mapping):
        return [f"{given[at]}: {' '.join(texts)}" for at, texts in error.messages.items()]
    return [str(text) for text in error.messages]
