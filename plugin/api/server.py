"""The shop's server tells its products, orders and customers: upserts and deletions, with the secret key."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, request
from marshmallow import Schema

from plugin.api import body
from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.errors import Refusal
from plugin.intake import rows
from plugin.intake.rows import Verdict
from plugin.jobs.queue import wake
from plugin.offers import redeeming
from plugin.runtime import Runtime
from plugin.schemas.complements import Complements, ComplementsOut
from plugin.schemas.customer import Customer, CustomerKept, ErasureQuery
from plugin.schemas.keys import TrainingOut
from plugin.schemas.order import Order
from plugin.schemas.parts import is_storable
from plugin.schemas.product import Product
from plugin.schemas.verdict import VerdictsOut
from plugin.store import complements, customers, orders, personal, products, shops, trainings
from plugin.store.database import Connection

MOST_ROWS = 10_000
_NDJSON = "application/x-ndjson"

blueprint = Blueprint("server", __name__)


def keeping(schema: type[Schema]) -> Description:
    """The description of a route that keeps rows."""
    return Description(
        answers={200: VerdictsOut},
        body=schema,
        body_types=("application/json", _NDJSON),
        with_secret_key=True,
        refusals=(400, 401, 413),
    )


REMOVING = Description(answers={204: None}, with_secret_key=True, refusals=(401, 404))


@blueprint.put("/v1/orders")
@described(keeping(Order))
def put_orders() -> Response:
    """Keep orders: an array of them, one alone, or NDJSON; at most 10,000 rows and 16 MB.

    An order replaces the one with its id, lines and all, unless its `updated_at` is older. A bad row is
    rejected, the others are kept. Sending the same again changes nothing.
    """
    return keep("orders")


@blueprint.put("/v1/products")
@described(keeping(Product))
def put_products() -> Response:
    """Keep products: an array of them, one alone, or NDJSON; at most 10,000 rows and 16 MB.

    A product replaces the one with its id, variants and all, unless its `updated_at` is older. A bad row is
    rejected, the others are kept. Sending the same again changes nothing.
    """
    return keep("products")


@blueprint.put("/v1/customers")
@described(keeping(Customer))
def put_customers() -> Response:
    """Keep customers: an array of them, one alone, or NDJSON; at most 10,000 rows and 16 MB.

    A customer replaces the one with its id, unless its consent is older. Once consent came with its time
    (`at`), consent without one is only ever taken away. Who was erased stays erased, and an address that was
    is kept again only with a consent later than that. A bad row is rejected, the others are kept. Sending the
    same again changes nothing.
    """
    return keep("customers")


@blueprint.put("/v1/complements")
@described(keeping(Complements))
def put_complements() -> Response:
    """Choose what goes with products: an array of rows, one alone, or NDJSON; at most 10,000 and 16 MB.

    A row replaces what was chosen for its product before; an empty list takes the choice back. Takes effect
    with the next training. A bad row is rejected, the others are kept.
    """
    return keep("complements")


@blueprint.get("/v1/complements")
@described(Description(answers={200: ComplementsOut}, with_secret_key=True, refusals=(401,)))
def get_complements() -> Response:
    """What was chosen to go with which product."""
    runtime = _runtime()
    shop_id = shop_of_request(runtime)
    with runtime.database.read() as connection:
        chosen = complements.all_of(connection, shop_id)
    told = [{"product_id": product_id, "complements": ids} for product_id, ids in chosen.items()]
    return _no_store(Response(json.dumps({"complements": told}), mimetype="application/json"))


@blueprint.delete("/v1/orders/<path:order_id>")
@described(REMOVING)
def delete_order(order_id: str) -> Response:
    """Delete an order; what it redeemed is given back."""

    def gone(connection: Connection, shop_id: str, id_: str) -> bool:
        redeeming.by_orders(connection, shop_id, [{"order_id": id_, "status": "cancelled"}], _now())
        return orders.remove(connection, shop_id, id_)

    return remove(order_id, gone)


@blueprint.delete("/v1/products/<path:product_id>")
@described(REMOVING)
def delete_product(product_id: str) -> Response:
    """Take a product out of the catalogue; it is in no answer a second later."""
    return remove(product_id, products.remove)


@blueprint.get("/v1/customers/<path:customer_id>")
@described(Description(answers={200: CustomerKept}, with_secret_key=True, refusals=(401, 404)))
def get_customer(customer_id: str) -> Response:
    """Everything that is kept of a customer, to be handed to them: themselves, their orders and those they
    placed as a guest, and what the browsers they ordered with saw and did."""
    runtime = _runtime()
    shop_id = shop_of_request(runtime)
    with runtime.database.read() as connection:
        kept = (
            personal.kept_of(connection, runtime.vault, shop_id, customer_id)
            if is_storable(customer_id)
            else None
        )
    if kept is None:
        raise Refusal("not_found", "Nothing is kept of a customer with this id.")
    return _no_store(Response(CustomerKept().dumps(kept), mimetype="application/json"))


@blueprint.delete("/v1/customers/<path:customer_id>")
@described(
    Description(
        answers={202: TrainingOut, 204: None},
        query=ErasureQuery,
        with_secret_key=True,
        refusals=(401, 404, 422),
    )
)
def delete_customer(customer_id: str) -> Response:
    """Erase a customer: their orders stay, as nobody's, and no model learns from them again.

    Within seconds nothing is suggested from their history any more. The counts of the model in use lose them
    with the next training; `retrain=now` asks for one at once and answers with it. 404: nothing was kept of
    them; an order of theirs that comes later is nobody's even so.
    """
    at_once = ErasureQuery().load(request.args.to_dict())["retrain"] == "now"
    if not _erased(customer_id):
        raise Refusal("not_found", "Nothing is kept of a customer with this id. What comes is nobody's.")
    return _training_without_them() if at_once else _no_store(Response(status=204))


def _erased(customer_id: str) -> bool:
    """Whether anything was known of them. Their id is kept in either case, so nothing is raised in here."""
    runtime = _runtime()
    shop_id = shop_of_request(runtime)
    if not is_storable(customer_id):
        return False
    with runtime.database.write() as connection:
        shops.lock(connection, shop_id)
        return customers.erase(connection, shop_id, customer_id, _now()) is not None


def _training_without_them() -> Response:
    runtime = _runtime()
    shop_id = shop_of_request(runtime)
    with runtime.database.write() as connection:
        training = trainings.request(connection, shop_id, trainings.ERASURE, _now())
    wake(runtime, shop_id)
    return _no_store(Response(TrainingOut().dumps(training), 202, mimetype="application/json"))


def keep(noun: str) -> Response:
    """Keep the rows of the body as `noun` (a key of `rows.NOUNS`); the answer has one verdict a row."""
    runtime = _runtime()
    shop_id = shop_of_request(runtime)
    values = _values()
    verdicts = rows.keep(runtime, shop_id, noun, values, _now())
    told = {
        "verdicts": [_told(row, verdict) for row, verdict in enumerate(verdicts, 1)],
        "counts": dict(Counter(each.verdict for each in verdicts)),
    }
    return _no_store(Response(json.dumps(told), mimetype="application/json"))


def remove(id_: str, gone: Callable[[Connection, str, str], bool]) -> Response:
    """Have `gone` take the row with this id away; `Refusal("not_found")` if it finds none."""
    runtime = _runtime()
    shop_id = shop_of_request(runtime)
    with runtime.database.write() as connection:
        shops.lock(connection, shop_id)
        if not is_storable(id_) or not gone(connection, shop_id, id_):
            raise Refusal("not_found", "This shop has none with this id.")
    return _no_store(Response(status=204))


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["encore"]
    return found


def _values() -> list[Any]:
    """The rows of the body; in NDJSON, a line that is no JSON is a row that will be rejected."""
    text = body.read()
    if request.mimetype == _NDJSON:
        values = [_line(each) for each in text.split(b"\n") if each.strip()]
    else:
        found = body.as_json(text)
        values = found if isinstance(found, list) else [found]
    if len(values) > MOST_ROWS:
        raise Refusal("too_large", f"At most {MOST_ROWS:,} rows in one request: send them in parts.")
    return values


def _line(line: bytes) -> Any:
    try:
        return body.as_json(line)
    except Refusal:
        return "not JSON"


def _told(row: int, verdict: Verdict) -> dict[str, Any]:
    told: dict[str, Any] = {"row": row, "id": verdict.id, "verdict": verdict.verdict}
    if verdict.errors:
        told |= {"message": verdict.message, "errors": verdict.errors}
    return told


def _no_store(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _now() -> datetime:
    return datetime.now(UTC)
