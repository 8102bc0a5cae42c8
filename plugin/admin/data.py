"""The shop's data: its imports with what stayed out, what is kept of one person, and erasing them."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, send_file
from flask_babel import gettext

from plugin.admin.here import here, this_shop
from plugin.schemas.customer import CustomerKept
from plugin.schemas.parts import is_storable
from plugin.store import customers, deliveries, imports, personal, shops
from plugin.store.customers import Erasure
from plugin.vault import email_hash

_SHOWN = 50
_LONGEST = 320

routes = Blueprint("data", __name__)


@routes.get("/data")
def show() -> str:
    """The imports, the form for one person, and who asked or was erased lately."""
    return _page("")


@routes.get("/data/rejects/<int:import_id>")
def rejects(import_id: int) -> Response:
    """The rows of an import that stayed out, as a CSV."""
    with here().runtime.database.read() as connection:
        found = {each.import_id: each for each in imports.all_of(connection, this_shop().shop_id)}
    path = Path(found[import_id].rejects_path or "") if import_id in found else None
    if path is None or not path.is_file():
        abort(404)
    return send_file(path, "text/csv", as_attachment=True, download_name=f"rejects-{import_id}.csv")


@routes.post("/data/export")
def export() -> Any:
    """Everything that is kept of a person, as a file to hand to them: one object a customer they are."""
    runtime, shop_id, person = here().runtime, this_shop().shop_id, _person()
    address = email_hash(runtime.vault, shop_id, person) if "@" in person else None
    with runtime.database.read() as connection:
        ids: list[str | None] = [person]
        if address:
            ids = [*customers.with_address(connection, shop_id, address)] or [None]
        found = [personal.kept_of(connection, runtime.vault, shop_id, each, address) for each in ids]
    kept = [each for each in found if each is not None]
    if not kept:
        return _page(person, gettext("Nothing is kept of this person.")), 422
    headers = {"Content-Disposition": 'attachment; filename="kept-of-a-person.json"'}
    text = CustomerKept(many=True).dumps(kept, indent=2, ensure_ascii=False)
    return Response(text, mimetype="application/json", headers=headers)


@routes.post("/data/erase")
def erase() -> Any:
    """Forget a person for good; the page then shows the receipt."""
    runtime, shop_id, person = here().runtime, this_shop().shop_id, _person()
    if request.form.get("sure") != "yes":
        return _page(person, gettext("Nothing was erased: confirm first.")), 422
    with runtime.database.write() as connection:
        shops.lock(connection, shop_id)
        if "@" in person:
            address = email_hash(runtime.vault, shop_id, person)
            now = here().clock()
            receipt = customers.erase_address(connection, shop_id, address, now) if address else None
        else:
            receipt = customers.erase(connection, shop_id, person, here().clock())
    if receipt is None:
        return _page(person, gettext("Nothing is kept of this person.")), 422
    return _page("", receipt=receipt)


def _person() -> str:
    """Who was typed: a customer's id or a mail address; 404 for what can be neither."""
    typed = request.form.get("person", "").strip()
    if not typed or len(typed) > _LONGEST or not is_storable(typed):
        abort(404)
    return typed


def _page(person: str, wrong: str = "", receipt: Erasure | None = None) -> str:
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        found = imports.all_of(connection, shop_id)
        asking = deliveries.data_requested(connection, shop_id)
        erased = customers.erased_lately(connection, shop_id, _SHOWN)
    readable = [each.import_id for each in found if each.rejects_path and Path(each.rejects_path).is_file()]
    return render_template(
        "data.html",
        imports=sorted(found, key=lambda each: -each.import_id)[:_SHOWN],
        readable=readable,
        asking=asking,
        erased=erased,
        person=person,
        errors={"person": [wrong]} if wrong else {},
        receipt=receipt,
    )
