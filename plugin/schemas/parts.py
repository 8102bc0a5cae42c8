"""What the shapes of rows share: ids, texts, moments and money, each with its bounds."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate

MAX_ID = 200
MAX_TEXT = 2_000
MAX_MINOR = 10**15
MAX_QUANTITY = 1e9
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
# What PostgreSQL cannot hold: NUL, and halves of a character (JSON can spell them).
UNSTORABLE = "[\x00\ud800-\udfff]"
_UNSTORABLE = re.compile(UNSTORABLE)


def storable(text: str) -> None:
    """Refuse text that a database cannot hold."""
    if not is_storable(text):
        raise ValidationError("Holds a NUL character or half a character; leave it out.")


def is_storable(text: str) -> bool:
    """Whether a database can hold the text."""
    return _UNSTORABLE.search(text) is None


class Row(Schema):
    """A row as the shop sends it. An unknown field is an error of its row: most often it is misspelt.

    null for a field that need not be given is as if it were not given; many programs write it so.
    """

    error_messages = {  # noqa: RUF012 - marshmallow's own way
        "unknown": "Unknown field.",
        "type": "Must be an object with named fields.",
    }

    @pre_load
    def without_nulls(self, data: Any, **_options: Any) -> Any:
        """Leave null fields out, so that each gets its default; those that are required or unknown stay."""
        if not isinstance(data, Mapping):
            return data
        optional = {name for name, field in self.fields.items() if not field.required}
        return {name: value for name, value in data.items() if value is not None or name not in optional}


class Moment(fields.AwareDateTime):
    """A time, ISO 8601, without a zone UTC, kept to the millisecond; a plain date is its first moment."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **{"allow_none": True, **options})

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> datetime:
        try:
            moment = super()._deserialize(value, attr, data, **options)
            at = moment.astimezone(UTC)
        except OverflowError:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from None
        if not EARLIEST <= at < LATEST:
            raise ValidationError("Must lie between 1970 and 2200.")
        return at.replace(microsecond=at.microsecond // 1000 * 1000)


def identifier(*, required: bool = False) -> fields.String:
    """An id from the shop: 1 to 200 characters, kept as it is."""
    options: dict[str, Any] = {"required": True} if required else {"allow_none": True, "load_default": None}
    return fields.String(validate=[validate.Length(1, MAX_ID), storable], **options)


def text(most: int = MAX_TEXT, *, required: bool = False, description: str = "") -> fields.String:
    """A text of at most `most` characters, kept as it is."""
    options: dict[str, Any] = {"required": True} if required else {"allow_none": True, "load_default": None}
    if description:
        options["metadata"] = {"description": description}
    return fields.String(validate=[validate.Length(max=most), storable], **options)


def texts(most: int, each: int = MAX_ID) -> fields.List[str]:
    """A list of at most `most` texts."""
    item = fields.String(validate=[validate.Length(1, each), storable])
    return fields.List(item, load_default=list, allow_none=True, validate=validate.Length(max=most))


def minor(least: int = 0) -> fields.Integer:
    """Money: a whole number of minor units."""
    bounds = validate.Range(least, MAX_MINOR)
    return fields.Integer(strict=True, allow_none=True, load_default=None, validate=bounds)


def currency() -> fields.String:
    """ISO 4217, in capitals."""
    shape = validate.Regexp(r"^[A-Z]{3}\Z", error="Must be a currency of three capital letters, such as EUR.")
    return fields.String(allow_none=True, load_default=None, validate=shape)
