"""What the shop's platforms delivered, newest first, what became of it, and working it again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import platform_words
from plugin.admin.here import here, this_shop
from plugin.schemas.parts import is_storable
from plugin.store import deliveries
from plugin.store.deliveries import Kind

PAGE = 50

routes = Blueprint("deliveries", __name__)


@routes.get("/deliveries")
def show() -> str:
    """The deliveries of all platforms, or those of one topic and one verdict, page by page."""
    of, shop_id = _kind(), this_shop().shop_id
    with here().runtime.database.read() as connection:
        kinds = deliveries.kinds(connection, shop_id)
        total = sum(count for kind, count in kinds.items() if of.holds(kind))
        page = min(max(1, request.args.get("page", 1, type=int)), max(1, -(-total // PAGE)))
        rows = deliveries.latest(connection, shop_id, PAGE, of, (page - 1) * PAGE)
    known = {each.verdict for each in kinds}
    return render_template(
        "deliveries.html",
        deliveries=rows,
        words=platform_words,
        of=of,
        kept={name: text for name, text in vars(of).items() if text},
        topics={each: each for each in sorted({kind.topic for kind in kinds if kind.topic})},
        verdicts={name: words for name, words in platform_words.verdicts().items() if name in known},
        total=total,
        page=page,
        pages=-(-total // PAGE),
    )


@routes.post("/deliveries/work-again")
def work_again() -> Any:
    """Have a delivery worked again that could not be used."""
    asked = (request.form.get("platform", ""), request.form.get("delivery_id", ""))
    with here().runtime.database.write() as connection:
        found = deliveries.work_again(connection, this_shop().shop_id, *asked, now=here().clock())
    flash(gettext("It is worked again.") if found else gettext("Its content is no longer kept."))
    topic, verdict, page = (request.args.get(each) for each in ("topic", "verdict", "page"))
    return redirect(url_for("deliveries.show", topic=topic, verdict=verdict, page=page))


def _kind() -> Kind:
    """What is asked for; a text that no database takes asks for nothing."""
    topic, verdict = (request.args.get(name, "")[:200] for name in ("topic", "verdict"))
    return Kind(topic, verdict) if is_storable(topic) and is_storable(verdict) else Kind()
