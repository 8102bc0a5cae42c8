"""A shop's settings as the rest of the service reads them: complete, typed and frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from plugin.errors import Refusal
from plugin.schemas.faults import flat
from plugin.schemas.settings import PLACEMENTS, PlacementSettings, ShopSettings

SETS = (
    "excluded_product_ids",
    "sensitive_categories",
    "bought_once_categories",
    "bought_again_categories",
    "no_upsell_categories",
)
"""The settings whose order says nothing: kept sorted, read as sets."""


@dataclass(frozen=True)
class Placement:
    """How one placement's widget is set up."""

    on: bool
    title: str
    limit: int


@dataclass(frozen=True)
class OfferSettings:
    """What is set for all offers; amounts in minor units, shares from 0 to 1 (`schemas.offer_settings`)."""

    prices_include_tax: bool
    tax_share: float
    floor_minor: int
    floor_share: float
    shipping_cost_minor: int
    shipping_price_minor: int | None
    free_shipping_from_minor: int | None
    fee_share: float
    fee_minor: int
    assumed_margin_shares: Mapping[str, float]
    webhook_url: str | None
    pause_hours: int
    silence_days: int


@dataclass(frozen=True)
class MadeBundle:
    """A bundle as the merchant made it; `title` by language."""

    products: tuple[str, ...]
    title: Mapping[str, str]


@dataclass(frozen=True)
class BundleSettings:
    """How bundles are chosen (`schemas.bundle_settings`); `made` by each product that is in one, `forbidden`
    by the first by name of those that are not to stand together.
    """

    reach_share: float
    made: Mapping[str, tuple[MadeBundle, ...]]
    forbidden: Mapping[str, tuple[frozenset[str], ...]]


@dataclass(frozen=True)
class UpsellSettings:
    """The bounds of upsells, in shares of the price in view (`schemas.settings`)."""

    least_share: float
    greatest_share: float
    add_on_share: float


@dataclass(frozen=True)
class Settings:
    """What the merchant has set, defaults filled in; `placements` names every placement."""

    stopped: bool
    only_me: bool
    placements: Mapping[str, Placement]
    excluded_product_ids: frozenset[str]
    objective: str
    diversity: float
    habits: bool
    sensitive_categories: frozenset[str]
    bought_once_categories: frozenset[str]
    bought_again_categories: frozenset[str]
    no_upsell_categories: frozenset[str]
    retrain_hour: int
    retrain_every_hours: int
    retrain_after_orders: int
    attribution_window_days: int
    holdout_share: float
    offers: OfferSettings
    bundles: BundleSettings
    upsells: UpsellSettings


def checked(value: Mapping[str, Any]) -> dict[str, Any]:
    """`value` with every default filled in, as it is stored; else `Refusal("invalid_settings")`."""
    try:
        loaded: dict[str, Any] = ShopSettings().load(value)
    except ValidationError as error:
        raise Refusal(
            "invalid_settings", "Some settings cannot be kept: see errors.", flat(error.messages_dict)
        ) from None
    default = PlacementSettings().load({})
    loaded["placements"] = {name: default | loaded["placements"].get(name, {}) for name in PLACEMENTS}
    return loaded | {name: sorted(set(loaded[name])) for name in SETS}


def typed(value: Mapping[str, Any]) -> Settings:
    """The stored form as `Settings`."""
    whole = checked(value)
    whole["placements"] = {name: Placement(**each) for name, each in whole["placements"].items()}
    whole["offers"] = OfferSettings(**whole["offers"])
    whole["bundles"] = _bundles(**whole["bundles"])
    whole["upsells"] = UpsellSettings(**whole["upsells"])
    return Settings(**whole | {name: frozenset(whole[name]) for name in SETS})


def _bundles(
    reach_share: float, made: Sequence[Mapping[str, Any]], forbidden: Sequence[Sequence[str]]
) -> BundleSettings:
    by_product: dict[str, tuple[MadeBundle, ...]] = {}
    for each in made:
        bundle = MadeBundle(tuple(each["products"]), each["title"])
        for product_id in bundle.products:
            by_product[product_id] = (*by_product.get(product_id, ()), bundle)
    apart: dict[str, tuple[frozenset[str], ...]] = {}
    for products in map(frozenset, forbidden):
        apart[min(products)] = (*apart.get(min(products), ()), products)
    return BundleSettings(reach_share, by_product, apart)
