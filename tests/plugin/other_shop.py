"""A shop with one of everything, which a neighbour with keys of their own must neither see nor change."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from plugin.intake import rows
from plugin.offers import tokens
from plugin.platforms.installing import ticket
from plugin.runtime import Runtime
from plugin.serving import preview, proof, slate_token
from plugin.store import (
    acceptances,
    connected_platforms,
    deliveries,
    imports,
    merchants,
    models,
    offers,
    trainings,
)
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.deliveries import Arrival
from plugin.store.imports import NewImport
from plugin.store.models import Artefact
from plugin.store.shops import ShopKeys
from plugin.store.tables import metadata
from tests.plugin.offers.shop import offer

MARK = "onlyhere"
"""Stands in every id of the shop."""
SECRET = f"seen by nobody else, {MARK}.example"
"""Stands in what only the shop may see."""
IDS = {
    "product_id": f"p-{MARK}",
    "order_id": f"o-{MARK}",
    "customer_id": f"c-{MARK}",
    "offer_id": f"f-{MARK}",
    "platform": "shopify",
    "model_version": "1",
    "training_id": "1",
    "import_id": "1",
}
"""What addresses name."""
CODE = "ONLYHERE"


@dataclass(frozen=True)
class Tokens:
    """What was signed or made for the shop, in hands that have no right to it."""

    acceptance: str
    slate_id: str
    customer_proof: str
    preview: str
    sign_in: str
    install: dict[str, str]
    """By platform: the neighbour's ticket with this shop's name on it."""


def one_of_everything(runtime: Runtime, shop_id: str, now: datetime) -> Acceptance:
    """Fill the shop; gives the offer that somebody accepted."""
    _put_rows(runtime, shop_id, now)
    told: dict[str, Any] = {"secret": f"a secret, {MARK}", "address": f"https://{MARK}.example", "at": now}
    with runtime.database.write() as opened:
        for platform in ("generic", "shopify"):
            connected_platforms.connect(opened, runtime.vault, shop_id, platform, {**told, "token": SECRET})
            deliveries.add(opened, runtime.vault, Arrival(shop_id, platform, f"d-{MARK}", SECRET, now, b"{}"))
        trainings.request(opened, shop_id, "asked", now)
        models.publish(opened, Artefact(shop_id, 1, f"{shop_id}/1.encore", "0", now, now, {"name": SECRET}))
        rejects = runtime.config.home / "rejects.csv"
        rejects.write_text(SECRET)
        imports.begin(opened, shop_id, NewImport("orders", SECRET, "0", {}, str(rejects)), now)
        return _accept(runtime, opened, shop_id, now)


def _put_rows(runtime: Runtime, shop_id: str, now: datetime) -> None:
    line = {"product_id": IDS["product_id"], "quantity": 1, "unit_price_minor": 100}
    order = {"order_id": IDS["order_id"], "ordered_at": now.isoformat(), "customer_id": IDS["customer_id"]}
    given = {
        "products": {"product_id": IDS["product_id"], "title": SECRET, "categories": [SECRET]},
        "customers": {"customer_id": IDS["customer_id"], "consent": {"personal": True}},
        "orders": {**order, "lines": [line]},
        "complements": {"product_id": IDS["product_id"], "complements": [f"q-{MARK}"]},
        "offers": offer(offer_id=IDS["offer_id"], title={"en": SECRET}),
    }
    for noun, row in given.items():
        (verdict,) = rows.keep(runtime, shop_id, noun, [row], now)
        assert verdict.verdict == "created", verdict


def _accept(runtime: Runtime, opened: Connection, shop_id: str, now: datetime) -> Acceptance:
    slate = slate_token.make(
        runtime.vault.key("slate", shop_id), ("cart", "offer", None, 0), now.timestamp(), b"mark"
    )
    stored = offers.find(opened, shop_id, IDS["offer_id"], locked=True)
    assert stored is not None
    known = (shop_id, CODE, stored.offer_id, stored.version, slate, "accepted")
    moments = (now, now + timedelta(hours=1), now)
    kept = Acceptance(*known, *moments, None, None, None, "alone", {"kind": "percent_off"}, {}, 0)
    acceptances.add(opened, kept)
    return kept


def tokens_of(runtime: Runtime, shop: tuple[str, ShopKeys], kept: Acceptance, neighbour: str) -> Tokens:
    """What the neighbour may have got hold of, or forged."""
    shop_id, keys = shop
    until = int(kept.expires_at.timestamp())
    with runtime.database.write() as opened:
        link = merchants.add_link(opened, neighbour, kept.accepted_at)
        merchants.use_link(opened, link, kept.accepted_at)
    tickets = {
        each: ticket(runtime, neighbour, each, kept.accepted_at).replace(neighbour, shop_id)
        for each in ("saleor", "shopify", "ecwid", "woocommerce")
    }
    statement = proof.customer_statement(shop_id, IDS["customer_id"])
    return Tokens(
        acceptance=tokens.make(runtime.vault, tokens.promise_of(kept)),
        slate_id=kept.slate_id,
        customer_proof=proof.signed(keys.signing.encode(), statement, until),
        preview=preview.make(runtime.vault, shop_id, until),
        sign_in=link,
        install=tickets,
    )


def everything(runtime: Runtime, shop_id: str) -> dict[str, list[str]]:
    """All rows of the shop."""
    with runtime.database.read() as opened:
        return {
            table.name: sorted(
                str(row) for row in opened.execute(table.select().where(table.c.shop_id == shop_id))
            )
            for table in metadata.sorted_tables
        }


def routes(app: Flask) -> set[str]:
    """Every method and rule that the application answers."""
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "PUT", "POST", "PATCH", "DELETE"}
    }


def path_of(rule: str, **more: str) -> str:
    """The rule's path with this shop's ids in it."""
    for converter in ("<path:", "<int:", "<"):
        for name, value in {**IDS, **more}.items():
            rule = rule.replace(f"{converter}{name}>", value)
    assert "<" not in rule, f"IDS has no id for {rule}"
    return rule
