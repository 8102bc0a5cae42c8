"""An offer as the shop sends it, with its kind's parameters and its conditions, and what is told of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from plugin.offers import promises
from plugin.offers.conditions import CONDITIONS
from plugin.offers.kinds import KINDS
from plugin.offers.parameters import REQUIRED, Form, Parameter, parameters_of
from plugin.schemas.parts import MAX_ID, MAX_MINOR, Moment, Row, identifier, storable
from plugin.schemas.shop import LANGUAGES

PLACEMENTS = ("product", "cart", "checkout", "thank_you")
LEAST_HOLD_HOURS = 24
"""What is good for less than a day would press."""
STACKING = ("alone", "with_others", "best_one")
_ID = (validate.Length(1, MAX_ID), storable)
_COUNTRY = validate.Regexp(r"^[A-Z]{2}\Z", error="Must be two capital letters, such as ES.")
_FIELD: dict[str, Callable[[Form, dict[str, Any]], fields.Field[Any]]] = {
    "share": lambda form, options: fields.Float(validate=validate.Range(form.least / 1e6, 1.0), **options),
    "minor": lambda form, options: fields.Integer(
        strict=True, validate=validate.Range(form.least, MAX_MINOR), **options
    ),
    "count": lambda form, options: fields.Integer(
        strict=True, validate=validate.Range(form.least, form.greatest), **options
    ),
    "id": lambda _form, options: fields.String(validate=_ID, **options),
    "text": lambda form, options: fields.String(
        validate=[validate.Length(form.least, form.greatest), storable], **options
    ),
    "ids": lambda form, options: _list(fields.String(validate=_ID), form, options),
    "countries": lambda form, options: _list(fields.String(validate=_COUNTRY), form, options),
    "languages": lambda form, options: _list(
        fields.String(validate=validate.OneOf(LANGUAGES)), form, options
    ),
    "weekdays": lambda form, options: _list(
        fields.Integer(strict=True, validate=validate.Range(1, 7)), form, options
    ),
}


def _list(item: fields.Field[Any], form: Form, options: dict[str, Any]) -> fields.List[Any]:
    """Where it need not be given, an empty list is as if it were not."""
    bounds = validate.Length(form.least, form.greatest)

    def in_bounds(given: list[Any]) -> None:
        if given or "required" in options:
            bounds(given)

    return fields.List(item, validate=in_bounds, **options)


def _field(parameter: Parameter) -> fields.Field[Any]:
    if parameter.default is REQUIRED:
        return _FIELD[parameter.form.name](parameter.form, {"required": True})
    default: Any = parameter.default
    if isinstance(default, tuple):
        default = list(default)
    elif parameter.form.name == "share" and default is not None:
        default = default / 1e6
    return _FIELD[parameter.form.name](parameter.form, {"load_default": default, "allow_none": True})


def _schemas(classes: Mapping[str, type[Any]], **more: fields.Field[Any]) -> dict[str, Schema]:
    return {
        name: Row.from_dict({**more, **{each.name: _field(each) for each in parameters_of(cls)}}, name=name)()
        for name, cls in classes.items()
    }


PARAMETERS = _schemas(KINDS)
"""The schema of each kind's parameters."""
CONDITION_FIELDS = _schemas(CONDITIONS, kind=fields.String(required=True))
"""The schema of each condition."""


class ConditionField(fields.Dict):
    """One condition: its `kind`, and that kind's own fields."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        given: dict[str, Any] = value
        schema = CONDITION_FIELDS.get(str(given.get("kind")))
        if schema is None:
            raise ValidationError({"kind": [f"Must be one of: {', '.join(CONDITION_FIELDS)}."]})
        loaded: dict[str, Any] = schema.load(given)
        return loaded


class Budget(Row):
    """What an offer may cost in all, and how often it may be accepted; null: no bound."""

    total_minor = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(0, MAX_MINOR)
    )
    count = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(0, MAX_MINOR)
    )


class Caps(Row):
    """How often one person may accept an offer, and in how many days."""

    per_person = fields.Integer(
        strict=True, allow_none=True, load_default=1, validate=validate.Range(1, 1000)
    )
    period_days = fields.Integer(
        strict=True, allow_none=True, load_default=30, validate=validate.Range(1, 366)
    )


class StockBound(Row):
    """Words about stock are true only then: at most so many are left, and some are."""

    product_id = identifier(required=True)
    variant_id = identifier()
    at_most = fields.Integer(strict=True, required=True, validate=validate.Range(1, 1000))


def _words(most: int, description: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=validate.OneOf(LANGUAGES)),
        values=fields.String(validate=[validate.Length(1, most), storable]),
        load_default=dict,
        allow_none=True,
        metadata={"description": description},
    )


class Offer(Row):
    """An offer; it replaces the one with its id. What was accepted before stays as it was promised."""

    offer_id = identifier(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    parameters = fields.Dict(
        load_default=dict, allow_none=True, metadata={"description": "Those of the kind: see docs/offers.md."}
    )
    placements = fields.List(
        fields.String(validate=validate.OneOf(PLACEMENTS)), required=True, validate=validate.Length(1, 4)
    )
    title = _words(120, "By language; where there is none, the kind speaks for itself.")
    text = _words(300, "By language; where there is none, the kind speaks for itself.")
    conditions = fields.List(
        ConditionField(), load_default=list, allow_none=True, validate=validate.Length(max=20)
    )
    stacking = fields.String(load_default="alone", allow_none=True, validate=validate.OneOf(STACKING))
    budget = fields.Nested(Budget, load_default=lambda: Budget().load({}), allow_none=True)
    caps = fields.Nested(Caps, load_default=lambda: Caps().load({}), allow_none=True)
    priority = fields.Integer(
        strict=True, load_default=0, allow_none=True, validate=validate.Range(-1000, 1000)
    )
    paused = fields.Boolean(load_default=False, allow_none=True)
    confirmed = fields.Boolean(
        load_default=False,
        allow_none=True,
        metadata={"description": "The shop has set up what it must do itself; needed by some kinds."},
    )
    silence_days = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 365)
    )
    hold_hours = fields.Integer(
        strict=True, load_default=24, allow_none=True, validate=validate.Range(LEAST_HOLD_HOURS, 24 * 90)
    )
    starts_at = Moment(load_default=None)
    ends_at = Moment(load_default=None)
    stock_bound = fields.Nested(StockBound, load_default=None, allow_none=True)

    after_dismissal_of = identifier()

    @validates_schema
    def has_its_kinds_parameters(self, data: dict[str, Any], **_options: Any) -> None:
        """They are replaced by the loaded ones, so that defaults are kept too."""
        schema = PARAMETERS.get(data["kind"])
        if schema is not None:
            try:
                data["parameters"] = schema.load(data["parameters"])
            except ValidationError as error:
                raise ValidationError({"parameters": error.messages_dict}) from None

    @validates_schema
    def promises_only_what_is_true(self, data: dict[str, Any], **_options: Any) -> None:
        """An urgency word needs a true deadline or live stock behind it. What a parameter says is said even
        where the deadline is not shown, so none stands behind it.
        """
        texts = [(f"{name}.{lang}", text) for name in ("title", "text") for lang, text in data[name].items()]
        always = [(f"parameters.{name}", text) for name, text in _said(data["kind"], data["parameters"])]
        bound = data["stock_bound"] is not None
        errors = {}
        for said, has_deadline in ((texts, data["ends_at"] is not None), (always, False)):
            for name, text in said:
                faults = promises.faults(text, has_deadline=has_deadline, has_stock_bound=bound)
                errors[name] = list(faults)
        if any(errors.values()):
            raise ValidationError({name: found for name, found in errors.items() if found})

    @validates_schema
    def can_be_kept(self, data: dict[str, Any], **_options: Any) -> None:
        """It ends after it begins, and what the shop must do itself is set up before anybody sees it."""
        starts_at, ends_at = data["starts_at"], data["ends_at"]
        if starts_at and ends_at and ends_at <= starts_at:
            raise ValidationError({"ends_at": ["Must be after starts_at."]})
        kind = KINDS.get(data["kind"])
        if kind and kind.duty and not (data["confirmed"] or data["paused"]):
            text = (
                f"The shop must do this itself: {kind.duty['en']} Set it up and confirm, or pause the offer."
            )
            raise ValidationError({"confirmed": [text]})

    @post_load
    def as_kept(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Times as text, so that all of it is JSON."""
        times = {name: data[name].isoformat() if data[name] else None for name in ("starts_at", "ends_at")}
        return {**data, **times}


def _said(kind: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters of a kind that the shopper reads as they are written."""
    for each in parameters_of(KINDS[kind]) if kind in KINDS else ():
        text = parameters.get(each.name)
        if each.form.name == "text" and isinstance(text, str):
            yield each.name, text


class OfferFiguresOut(Schema):
    """What became of an offer so far; amounts in minor units."""

    reserved_minor = fields.Integer(required=True)
    spent_minor = fields.Integer(required=True)
    loss_minor = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    redeemed = fields.Integer(required=True)
    codes_left = fields.Integer(required=True)


class OfferKeptOut(Schema):
    """An offer as it is kept, and its figures."""

    offer = fields.Nested(Offer, required=True)
    version = fields.Integer(required=True)
    figures = fields.Nested(OfferFiguresOut, required=True)


class OffersKeptOut(Schema):
    """Every offer of the shop."""

    offers = fields.List(fields.Nested(OfferKeptOut), required=True)
