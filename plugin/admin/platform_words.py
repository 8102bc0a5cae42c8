"""Platforms and what became of their deliveries, in the merchant's words."""

from collections.abc import Mapping

from flask_babel import gettext

from plugin.admin.languages import moment, number
from plugin.admin.platform_messages import told
from plugin.store.deliveries import WAITS, Delivery
from plugin.store.readings import Reading

NAMES = {
    "ecwid": "Ecwid",
    "generic": "Standard Webhooks",
    "saleor": "Saleor",
    "shopify": "Shopify",
    "woocommerce": "WooCommerce",
}


def what_to_tell(platform: str) -> dict[str, str]:
    """The fields of a platform's form: what each asks for."""
    words: dict[str, dict[str, str]] = {
        "ecwid": {
            "account_id": gettext("The store's number"),
            "secret": gettext("The app's client secret"),
            "token": gettext("The API's access token"),
        },
        "saleor": {
            "address": gettext("The API's address, such as https://shop.saleor.cloud/graphql/"),
            "account_id": gettext("The channel whose prices count"),
            "token": gettext("The API's access token"),
        },
        "shopify": {
            "account_id": gettext("The shop's domain, such as beans.myshopify.com"),
            "secret": gettext("The app's client secret"),
            "token": gettext("The API's access token"),
        },
        "woocommerce": {
            "address": gettext("The shop's address, such as https://shop.example"),
            "token": gettext("The API's key and secret, as ck_…:cs_…"),
        },
    }
    return words.get(platform, {})


def reading(of: Reading) -> str:
    """How far the platform's API has been read, and what could not be used."""
    words = _progress(of)
    if not of.rejected:
        return words
    which, _, why = of.rejected.partition(": ")
    return str(
        gettext("%(words)s. Left out last: %(which)s. %(why)s", words=words, which=which, why=told(why))
    )


def _progress(of: Reading) -> str:
    nouns = {
        "orders": gettext("Orders"),
        "products": gettext("Products"),
        "webhooks": gettext("Webhooks"),
        "gone": gettext("Deleted products"),
    }
    noun = nouns[of.noun]
    if of.message:
        return str(gettext("%(noun)s: cannot go on. %(why)s", noun=noun, why=told(of.message)))
    if of.noun == "webhooks" and of.caught_up_at is not None:
        return _webhooks(of.platform, moment(of.caught_up_at))
    if of.noun == "gone":
        return _gone(of)
    if of.rows_left == 0 and of.caught_up_at is not None:
        return str(gettext("%(noun)s: all read, last on %(when)s", noun=noun, when=moment(of.caught_up_at)))
    if of.rows_left is None:
        return str(gettext("%(noun)s: %(done)s read so far", noun=noun, done=number(of.rows_done)))
    counted = {"noun": noun, "done": number(of.rows_done), "left": number(of.rows_left)}
    return str(gettext("%(noun)s: %(done)s read, %(left)s left", **counted))


def _gone(of: Reading) -> str:
    """How many went at the last look."""
    if of.caught_up_at is None:
        return str(gettext("Deleted products: they are looked for"))
    facts = {"when": moment(of.caught_up_at), "done": number(of.rows_done)}
    return str(gettext("Deleted products: looked for last on %(when)s, %(done)s removed", **facts))


def _webhooks(platform: str, when: str) -> str:
    """Ecwid's cannot be seen, only what they did not tell."""
    if platform == "ecwid":
        return str(gettext("Webhooks: no order went untold, looked last on %(when)s", when=when))
    return str(gettext("Webhooks: all switched on, seen last on %(when)s", when=when))


def verdict(delivery: Delivery) -> str:
    """What became of a delivery, in a few words."""
    return verdicts().get(delivery.verdict or WAITS, delivery.verdict or "")


def verdicts() -> dict[str, str]:
    """What may become of a delivery, in a few words."""
    return {
        WAITS: gettext("Waits"),
        "created": gettext("Kept, new"),
        "replaced": gettext("Kept, changed"),
        "unchanged": gettext("Known already"),
        "older": gettext("Older than what is known"),
        "removed": gettext("Taken out of the catalogue"),
        "erased": gettext("Customer erased"),
        "ignored": gettext("Of no use here"),
        "mixed": gettext("Several rows, of different fates"),
        "rejected": gettext("A field is wrong"),
        "unreadable": gettext("Not readable"),
        "data_requested": gettext("A customer asks for their data: see the page Data"),
        "by_hand": gettext("To be done by you"),
        "failed": gettext("Given up"),
    }


def refused(reason: str | None) -> str:
    """Why a delivery was refused at the door."""
    words: dict[str, str] = {
        "signature_missing": gettext("it was not signed"),
        "signature_invalid": gettext("its signature was not right: both sides need the same secret"),
        "signature_expired": gettext("it was signed too long ago, or a clock is wrong"),
        "wrong_shop": gettext("it was of another shop"),
    }
    return words.get(reason or "", reason or "")


def not_installed(platform: str, reason: str) -> str:
    """Why a platform that sent the merchant back has not been joined."""
    name = NAMES.get(platform, platform)
    words: dict[str, str] = {
        "platform_refused": gettext(
            "%(platform)s did not let Encore in, so nothing was kept.", platform=name
        ),
        "signature_expired": gettext(
            "The link to %(platform)s was over an hour old: take it anew.", platform=name
        ),
        "signature_invalid": gettext(
            "The way back from %(platform)s was used before, or the app's secret is another: take the link"
            " anew.",
            platform=name,
        ),
        "wrong_shop": gettext("%(platform)s let Encore into another shop than this one.", platform=name),
    }
    otherwise = gettext("%(platform)s cannot be asked just now: try again later.", platform=name)
    return words.get(reason, str(otherwise))


def approved(scope: str) -> str:
    """What the merchant says of a scope that the platform must have approved the app for."""
    words: dict[str, str] = {
        "read_all_orders": gettext(
            "Shopify has approved this app for read_all_orders: read orders of more than 60 days ago too"
        ),
    }
    return words[scope]


def to_do(platform: str) -> str:
    """What the merchant does with a platform's pieces."""
    words: dict[str, str] = {
        "ecwid": gettext(
            "Paste this into the pages that show the store, beneath it. The code of an accepted offer is "
            "typed in by the shopper: Ecwid has no way for a script to do it."
        ),
        "generic": gettext(
            "Paste this into the shop's pages, with the shop's own functions in place of these."
        ),
        "saleor": gettext(
            "Paste this into the storefront's pages, with its own functions in place of these."
        ),
        "shopify": gettext(
            "Put this folder into the extensions of your app and deploy it with Shopify's command line. In "
            "the theme's editor switch on the app embed Encore, tell it the address and the key, and place "
            "its blocks. Shopify's checkout is closed to scripts: the offer stands in the cart."
        ),
        "woocommerce": gettext(
            "In WordPress, add this plugin (Plugins, Upload Plugin) and activate it. Under WooCommerce, "
            "Encore, tell it the address, the key, the shop's id and your signing secret. It fills the pages "
            "by itself."
        ),
    }
    return words[platform]


def to_type(platform: str, known: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is typed into what was installed there: each with its name."""
    named = [
        (gettext("Encore's address"), known["url"]),
        (gettext("Public key"), known["key"]),
        (gettext("Shop id"), known["shop_id"]),
    ]
    return named if platform == "woocommerce" else named[:-1]


def shown(how: str) -> str:
    """Whether a placement is shown on the platform's pages, and how."""
    words: dict[str, str] = {
        "by_itself": gettext("Yes, by itself"),
        "block": gettext("Yes, with a block in the theme's editor"),
        "by_hand": gettext("Yes, where your template has the element"),
        "in_cart": gettext("Closed to scripts: instead, the offer in the cart"),
        "by_order": gettext("Closed to scripts: the order itself tells what was bought"),
        "no": gettext("No: mail programs run no scripts"),
    }
    return words[how]
