"""The shop's platforms: connect them, and see how far their history has come in."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import platform_words
from plugin.admin.here import here, this_shop
from plugin.admin.platform_messages import told as told_of
from plugin.errors import Refusal
from plugin.jobs.queue import wake
from plugin.platforms import PLATFORMS, installing
from plugin.platforms.connecting import connect, webhook_address
from plugin.platforms.oauth import OAUTH, WHY_NOT
from plugin.platforms.pieces import pieces
from plugin.schemas.platform import PlatformIn
from plugin.store import connected_platforms, readings, shops

routes = Blueprint("platforms", __name__)


@routes.get("/platforms")
def show() -> Any:
    """Every platform, connected or not; first what a platform's no was."""
    reason = "platform_refused" if request.args.get("success") == "0" else request.args.get("refused")
    platform = request.args.get("of", "")
    if reason in WHY_NOT and platform in PLATFORMS:
        flash(platform_words.not_installed(platform, reason))
        return redirect(url_for("platforms.show"))
    return _page()


@routes.post("/platforms/<platform>/connect")
def change(platform: str) -> Any:
    """Connect the platform, or change what is told of it; a secret that is made here is shown this once."""
    if platform not in PLATFORMS:
        abort(404)
    typed = {name: text.strip() for name, text in request.form.items() if name in PlatformIn().fields}
    told = _told(platform, typed)
    wrong = {name: [gettext("Please correct this.")] for name in PlatformIn().validate(told)}
    made = None
    try:
        if not wrong:
            made = connect(here().runtime, this_shop().shop_id, platform, told, here().clock())
    except Refusal as refusal:
        wrong = {name: [told_of(each) for each in texts] for name, texts in refusal.errors.items()}
    if wrong:
        return _page(platform, typed, {f"{platform}-{name}": texts for name, texts in wrong.items()}), 422
    wake(here().runtime, this_shop().shop_id)
    if made is None:
        flash(gettext("Saved."))
        return redirect(url_for("platforms.show"))
    return _page(made=(platform, made))


@routes.post("/platforms/<platform>/disconnect")
def disconnect(platform: str) -> Any:
    """Forget the platform and its secrets; what it delivered stays."""
    if request.form.get("sure") != "yes":
        text = gettext("Nothing was changed: confirm first.")
        return _page(errors={f"{platform}-sure": [text]}), 422
    with here().runtime.database.write() as connection:
        connected_platforms.disconnect(connection, this_shop().shop_id, platform)
    wake(here().runtime, this_shop().shop_id)
    flash(gettext("Disconnected. What it delivers now is refused."))
    return redirect(url_for("platforms.show"))


def _told(platform: str, typed: dict[str, str]) -> dict[str, Any]:
    """What the form says: an empty field takes away what stood in it, but those that never show what is kept
    take nothing away; the token has a box for that."""
    told: dict[str, Any] = {name: text for name, text in typed.items() if text}
    told |= {name: None for name in ("address", "account_id") if typed.get(name) == ""}
    if "token" not in told and request.form.get("forget_token") == "yes":
        told["token"] = None
    told |= {name: typed.get(name) == "yes" for name in ("new_secret", "remove_gone")}
    if PLATFORMS[platform].makes_coupons:
        told["coupons"] = typed.get("coupons") == "yes"
    return told


def _page(
    wrong: str = "",
    typed: dict[str, str] | None = None,
    errors: dict[str, list[str]] | None = None,
    made: tuple[str, str] | None = None,
) -> str:
    shop, runtime = this_shop(), here().runtime
    with runtime.database.read() as connection:
        known = connected_platforms.all_of(connection, runtime.vault, shop.shop_id)
        read = readings.of(connection, shop.shop_id)
        key = shops.public_keys(connection, shop.shop_id)[0]
    url, now = runtime.config.public_url, here().clock()
    woo = next((each for each in known if each.platform == "woocommerce" and each.address), None)
    client_id = request.args.get("client_id", "").strip()[:100]
    asking = next((each for each in known if each.platform == request.args.get("of")), None)
    oauth = OAUTH.get(asking.platform) if asking and client_id else None
    besides = [each for each in request.args.getlist("besides") if oauth and each in oauth.besides]
    return render_template(
        "platforms.html",
        platforms=sorted(PLATFORMS.values(), key=lambda each: each.name),
        connected={each.platform: each for each in known},
        addresses={name: webhook_address(url, name, shop.shop_id) for name in PLATFORMS},
        manifest_address=installing.manifest_address(runtime, shop.shop_id, now),
        with_oauth=OAUTH,
        client_id=client_id,
        oauth_of=asking.platform if asking and oauth else None,
        besides=besides,
        oauth_address=oauth.authorize_address(runtime, asking, client_id, now, besides)
        if asking and oauth
        else None,
        wc_auth_address=installing.wc_auth_address(runtime, woo, now) if woo else None,
        readings=[each for _, each in sorted(read.items())],
        pieces={each.platform: pieces(each.platform, url, key, each.address) for each in known},
        pasted={"url": url, "key": key, "shop_id": shop.shop_id},
        words=platform_words,
        wrong=wrong,
        typed=typed or {},
        errors=errors or {},
        made=made,
    )
