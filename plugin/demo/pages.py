"""The demo shop's pages and forms. Every form is an ordinary POST: all of it works without JavaScript."""

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from plugin.demo import promise as promises
from plugin.demo.cart import Cart, CartError
from plugin.demo.encore import order_row, redeem, send_order
from plugin.demo.promise import Promise

if TYPE_CHECKING:
    from plugin.demo.shop import Shop

pages = Blueprint("pages", __name__)
PAGE_SIZE = 24
LONGEST_NOTE = 200
DELIVERIES = {
    "today": "Today, 6 to 8 pm",
    "tomorrow": "Tomorrow, 9 to 11 am",
    "later": "The day after, 9 to 11 am",
}


def shop_in_use() -> "Shop":
    """The shop whose page is being made."""
    found: Shop = current_app.extensions["shop"]
    return found


def customer(shop: "Shop") -> dict[str, Any] | None:
    """The household that is signed in, or None."""
    return shop.households.get(session.get("customer_id", ""))


def has_consent() -> bool:
    """Whether suggestions may be personal: as the shopper said, else if signed in (in this demo)."""
    return bool(session.get("consent", "customer_id" in session))


def proof(shop: "Shop") -> str | None:
    """The proof that the signed-in customer's widgets carry."""
    found = customer(shop)
    return (
        shop.keys.customer_proof(found["customer_id"], datetime.now(UTC)) if found and has_consent() else None
    )


@pages.get("/")
def home() -> str:
    """Departments, bestsellers, and what this customer may want."""
    return render_template("home.html", popular=shop_in_use().catalogue.bestsellers(12))


@pages.get("/departments/<slug>")
def department(slug: str) -> str:
    """One department, or one of its categories, a page at a time."""
    catalogue = shop_in_use().catalogue
    found = next((each for each in catalogue.departments() if each.slug == slug), None) or abort(404)
    names = catalogue.categories(slug)
    chosen = request.args.get("category")
    if chosen is not None and chosen not in names:
        abort(404)
    products = catalogue.in_department(slug, chosen)
    page = _page_number(len(products))
    shown = products[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    more = page * PAGE_SIZE < len(products)
    return render_template(
        "department.html",
        department=found,
        categories=names,
        chosen=chosen,
        products=shown,
        page=page,
        more=more,
    )


@pages.get("/search")
def search() -> str:
    """Products by the words of their titles."""
    words = request.args.get("q", "")[:100].strip()
    return render_template(
        "search.html", words=words, products=shop_in_use().catalogue.search(words, 2 * PAGE_SIZE)
    )


@pages.get("/products/<product_id>")
def product(product_id: str) -> str:
    """One product."""
    found = shop_in_use().catalogue.get(product_id) or abort(404)
    return render_template("product.html", product=found)


@pages.get("/cart")
def cart_page() -> str:
    """The cart."""
    return render_template("cart.html")


@pages.post("/cart")
def add_to_cart() -> AnyResponse:
    """Put something in; a widget asks for JSON and gets the new cart, a form goes to the cart's page."""
    cart = Cart(session, shop_in_use().catalogue)
    try:
        cart.add(request.form.get("product_id", ""), _whole_number(request.form.get("quantity", "1")))
    except CartError as error:
        return _refused(error)
    return _as_json(cart) if _wants_json() else redirect(url_for(".cart_page"), 303)


@pages.post("/cart/change")
def change_cart() -> AnyResponse:
    """Have another quantity of something, or none."""
    try:
        quantity = _whole_number(request.form.get("quantity", ""))
        Cart(session, shop_in_use().catalogue).change(request.form.get("product_id", ""), quantity)
    except CartError as error:
        return _refused(error)
    return redirect(url_for(".cart_page"), 303)


@pages.post("/offer")
def take_offer() -> AnyResponse:
    """The page has heard `encore:accept`: keep the promise for the order, and answer with the cart."""
    cart = Cart(session, shop_in_use().catalogue)
    told = request.get_json()
    try:
        promises.keep(session, told if isinstance(told, dict) else {}, cart)
    except ValueError:
        abort(400)
    return _as_json(cart)


@pages.get("/checkout")
def checkout() -> str | AnyResponse:
    """How it is to be delivered; an empty cart has nothing to check out."""
    if not Cart(session, shop_in_use().catalogue).count:
        return redirect(url_for(".cart_page"), 303)
    return render_template("checkout.html", deliveries=DELIVERIES, longest_note=LONGEST_NOTE)


@pages.post("/checkout")
def buy() -> AnyResponse:
    """Place the order, tell Encore, and say thank you."""
    shop = shop_in_use()
    cart = Cart(session, shop.catalogue)
    delivery, note = request.form.get("delivery", ""), request.form.get("note", "").strip()
    if not cart.count or delivery not in DELIVERIES or len(note) > LONGEST_NOTE:
        flash(f"Choose how it should reach you, and keep the note under {LONGEST_NOTE} characters.")
        return redirect(url_for(".checkout"), 303)
    order_id, promise = _order_id(), promise_for(cart)
    row = order_row(order_id, cart, promise, _buyer(), datetime.now(UTC))
    refused = redeem(shop.keys, promise, row) if promise else ""
    if refused:
        return _without_offer(refused)
    session["order"] = {
        "order_id": order_id,
        "told": send_order(shop.keys, row),
        "total_minor": total_minor(cart, promise),
        "saved_minor": promise.saving_minor if promise else 0,
        "cart": cart.for_encore,
        "count": cart.count,
        "delivery": delivery,
        "note": note,
    }
    session.pop("order_id", None)
    promises.drop(session)
    cart.clear()
    return redirect(url_for(".thank_you", order_id=order_id), 303)


def promise_for(cart: Cart) -> Promise | None:
    """The accepted offer, if this cart holds what it was accepted for."""
    found = promises.kept(session)
    return found if found and found.holds(cart) else None


def total_minor(cart: Cart, promise: Promise | None) -> int:
    """What is to be paid: goods, and sending them, less what was promised."""
    if promise is None:
        return cart.total_minor + cart.shipping_minor
    return cart.total_minor - promise.discount_minor + promise.shipping_minor(cart)


def _order_id() -> str:
    """A new order's id; an order that was not placed keeps it, so that its offer may be redeemed again."""
    session.setdefault("order_id", f"web-{secrets.token_hex(6)}")
    return str(session["order_id"])


def _without_offer(reason: str) -> AnyResponse:
    """No order at another price than was shown: the shopper sees the new one first."""
    if reason == "unanswered":
        flash("Your offer could not be checked just now. Nothing is ordered yet: please try again.")
    else:
        promises.drop(session)
        flash("Your offer no longer holds, so the total is without it. Nothing is ordered yet.")
    return redirect(url_for(".checkout"), 303)


@pages.get("/thank-you/<order_id>")
def thank_you(order_id: str) -> str:
    """The order just placed, to nobody but its shopper."""
    order = session.get("order")
    if not order or order["order_id"] != order_id:
        abort(404)
    return render_template("thank_you.html", order=order, delivery=DELIVERIES[order["delivery"]])


@pages.get("/sign-in")
def sign_in_page() -> str:
    """Choose who shops: a real household, or nobody."""
    return render_template("sign_in.html", households=list(shop_in_use().households.values())[:12])


@pages.post("/sign-in")
def sign_in() -> AnyResponse:
    """Shop as a household; an empty number signs out."""
    customer_id = request.form.get("customer_id", "").strip()
    if customer_id and customer_id not in shop_in_use().households:
        flash("There is no household with that number. They go from 1 to 2500, with gaps.")
        return redirect(url_for(".sign_in_page"), 303)
    session.pop("consent", None)
    session.pop("customer_id", None)
    if customer_id:
        session["customer_id"] = customer_id
        session.permanent = True
    return redirect(url_for(".home"), 303)


@pages.post("/consent")
def consent() -> AnyResponse:
    """Say whether suggestions may be personal."""
    choice = request.form.get("personal")
    if choice not in ("yes", "no"):
        abort(400)
    session["consent"] = choice == "yes"
    return redirect(_back(), 303)


@pages.post("/language")
def language() -> AnyResponse:
    """Choose the language that the widgets speak."""
    choice = request.form.get("language", "")
    if choice not in ("en", "es", "it", "zh"):
        abort(400)
    session["language"] = choice
    return redirect(_back(), 303)


def _buyer() -> dict[str, str]:
    """What ties the order to its buyer: the customer, and with consent the visitor that the widgets saw."""
    buyer = {"customer_id": session.get("customer_id", ""), "visitor_id": ""}
    if has_consent():
        buyer["visitor_id"] = request.cookies.get("encore_visitor", "")[:64]
    return {name: value for name, value in buyer.items() if value}


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise CartError("A quantity is a whole number.")
    return int(text)


def _page_number(count: int) -> int:
    last = max(1, -(-count // PAGE_SIZE))
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= last):
        abort(404)
    return int(text)


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _refused(error: CartError) -> AnyResponse:
    if _wants_json():
        answer = jsonify(message=str(error))
        answer.status_code = 422
        return answer
    flash(str(error))
    return redirect(url_for(".cart_page"), 303)


def _as_json(cart: Cart) -> Response:
    return jsonify(cart=cart.for_encore, count=cart.count)


def _back() -> str:
    """The page the form stood on: a path of this shop, or its home."""
    path = request.form.get("back", "/")
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
