"""What is said of a delivery, a reading or a connection, which is English, in the merchant's language."""

import re

from flask_babel import gettext

from plugin.admin.field_messages import of_fields

_NAMED = {
    "answers": re.compile(r"(\w+)'s API answers (\d+)\."),
    "not_json": re.compile(r"(\w+)'s API answers with something that is not JSON\."),
    "no_list": re.compile(r"(\w+)'s API answers with something that is no (?:list|object)\."),
    "says": re.compile(r"(\w+)'s API answers: (.+)", re.DOTALL),
    "lacks": re.compile(r"This is not what its topic promises: it has no (.+)\."),
    "unknown": re.compile(r"Product (.+) is not known yet; tried again later\."),
    "unreachable": re.compile(r"(\S+) cannot be asked: (.+)\.", re.DOTALL),
    "rests": re.compile(r"(\S+) did not answer lately: it is asked again later\."),
    "forbidden": re.compile(r"(\S+) is not a public address\. .+"),
    "leaves": re.compile(r"This platform asks to delete .+ runs `encore shop remove (\S+)`\."),
    "app_gone": re.compile(r"Saleor deleted an app .+ runs `encore shop remove (\S+)`\."),
    "no_row": re.compile(r"data is no row with a (\w+)\."),
    "too_soon": re.compile(r"(\w+) asks to wait for (\d+) seconds\."),
    "doubtful": re.compile(r"Over a fifth of the (\d+) products that were read there are not found .+"),
    "unsubscribed": re.compile(r"(.+?) cannot be subscribed to: (.+)", re.DOTALL),
}
"""What is said with names in it."""


def told(message: str) -> str:
    """The message; in English where it names what nobody could know beforehand."""
    return _always_the_same().get(message) or _with_names(message) or of_fields(message) or message


def _with_names(message: str) -> str | None:
    found = {kind: each for kind, form in _NAMED.items() if (each := form.fullmatch(message))}
    for kind, names in found.items():
        return _words(kind, names[1], names[names.re.groups])
    return None


def _words(kind: str, first: str, last: str) -> str:
    words: dict[str, str] = {
        "answers": _answered(first, last),
        "not_json": gettext("%(platform)s's API answers with something that is not JSON.", platform=first),
        "no_list": gettext("%(platform)s's API answers in another form than it documents.", platform=first),
        "says": gettext("%(platform)s's API answers: %(words)s", platform=first, words=last),
        "lacks": gettext("This is not what its topic promises: it has no %(fields)s.", fields=first),
        "unknown": gettext("Product %(product)s is not known yet; tried again later.", product=first),
        "unreachable": gettext("%(host)s cannot be asked: %(why)s.", host=first, why=last),
        "rests": gettext("%(host)s did not answer lately: it is asked again later.", host=first),
        "forbidden": gettext(
            "%(host)s is not a public address. Where it is meant, the operator names its network in"
            " ENCORE_PRIVATE_NETWORKS.",
            host=first,
        ),
        "leaves": gettext(
            "This platform asks to delete the shop's data within 30 days, but the shop is connected to"
            " another one. If all of it is to go, the operator runs %(command)s.",
            command=f"`encore shop remove {first}`",
        ),
        "app_gone": gettext(
            "Saleor deleted an app whose token is not known here. If all is to go, the operator runs"
            " %(command)s.",
            command=f"`encore shop remove {first}`",
        ),
        "no_row": gettext("data is no row with a %(field)s.", field=first),
        "too_soon": gettext(
            "%(platform)s asks to wait for %(seconds)s seconds.", platform=first, seconds=last
        ),
        "doubtful": gettext(
            "Over a fifth of the %(products)s products that were read there are not found any more, so none"
            " was removed: the key or token may see less than before. If they were really deleted, say so"
            " below.",
            products=first,
        ),
        "unsubscribed": gettext(
            "%(topic)s cannot be subscribed to: %(why)s",
            topic=first,
            why=told(last) if kind == "unsubscribed" else last,
        ),
    }
    return words[kind]


def _answered(platform: str, status: str) -> str:
    """What it is a merchant can do about."""
    if status == "401":
        told = gettext(
            "%(platform)s's API answers 401: the key or token opens nothing there. Tell a new one.",
            platform=platform,
        )
    elif status in ("402", "423"):
        told = gettext(
            "%(platform)s's API answers %(status)s: the shop is closed there, locked or not paid for.",
            platform=platform,
            status=status,
        )
    elif status == "404":
        told = gettext(
            "%(platform)s's API answers 404: nothing stands at this address, or the shop is closed there.",
            platform=platform,
        )
    else:
        told = gettext("%(platform)s's API answers %(status)s.", platform=platform, status=status)
    return str(told)


def _always_the_same() -> dict[str, str]:
    return {
        "The body is not JSON.": gettext("The body is not JSON."),
        "The body is not a JSON object.": gettext("The body is not a JSON object."),
        "It has not the form that its platform documents.": gettext(
            "It has not the form that its platform documents."
        ),
        "Encore could not work this; its log says why.": gettext(
            "Encore could not work this; its log says why."
        ),
        "Encore could not read what the API told; its log says why.": gettext(
            "Encore could not read what the API told; its log says why."
        ),
        "The shop is no longer connected to this platform.": gettext(
            "The shop is no longer connected to this platform."
        ),
        "It does not say what to look at: it has no entityId.": gettext(
            "It does not say what to look at: it has no entityId."
        ),
        "This is not what its topic promises: it is no customer.": gettext(
            "This is not what its topic promises: it is no customer."
        ),
        "This is not what its topic promises: it names more than the shop.": gettext(
            "This is not what its topic promises: it names more than the shop."
        ),
        "This is not what its topic promises: a deletion has an id alone.": gettext(
            "This is not what its topic promises: a deletion has an id alone."
        ),
        "Without the store's number and an API token nothing can be read.": gettext(
            "Without the store's number and an API token nothing can be read."
        ),
        "Shopify's API answers that the question costs too much.": gettext(
            "Shopify's API answers that the question costs too much."
        ),
        "Vouchers need the channel that is to have them.": gettext(
            "Vouchers need the channel that is to have them."
        ),
        "The platform's API answers in another form than it documents.": gettext(
            "The platform's API answers in another form than it documents."
        ),
        "An address begins with http:// or https:// and names a host.": gettext(
            "An address begins with http:// or https:// and names a host."
        ),
        "Saleor does not know the app's token, or the app is switched off: switch it on in Saleor's dashboard"
        " under Extensions, or install it again.": gettext(
            "Saleor does not know the app's token, or the app is switched off: switch it on in Saleor's"
            " dashboard under Extensions, or install it again."
        ),
        "Orders were placed, and for hours Ecwid told of none of them. See that the address it delivers to"
        " can be reached from outside, and ask Ecwid to send the app's webhooks there again. Until then"
        " orders come in every hour.": gettext(
            "Orders were placed, and for hours Ecwid told of none of them. See that the address it delivers"
            " to can be reached from outside, and ask Ecwid to send the app's webhooks there again. Until"
            " then orders come in every hour."
        ),
        "This platform makes no coupons.": gettext("This platform makes no coupons."),
        "A secret of Standard Webhooks is whsec_ and the base64 of 24 to 64 bytes.": gettext(
            "A secret of Standard Webhooks is whsec_ and the base64 of 24 to 64 bytes."
        ),
        "This platform needs it.": gettext("This platform needs it."),
        "Shopify calls a shop by its domain, such as beans.myshopify.com.": gettext(
            "Shopify calls a shop by its domain, such as beans.myshopify.com."
        ),
        "A secret has 16 characters or more.": gettext("A secret has 16 characters or more."),
        "It has a character that no header takes: copy it again.": gettext(
            "It has a character that no header takes: copy it again."
        ),
        "Another platform is connected, whose ids may be the same: disconnect that one first.": gettext(
            "Another platform is connected, whose ids may be the same: disconnect that one first."
        ),
        "Another shop has this secret: this one needs an app of its own.": gettext(
            "Another shop has this secret: this one needs an app of its own."
        ),
        "Coupons made with it are in the shop still: switch coupons off first.": gettext(
            "Coupons made with it are in the shop still: switch coupons off first."
        ),
    }
