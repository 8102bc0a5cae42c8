"""WooCommerce's REST API v3, read oldest change first.

Paging by headers, `modified_after` and the key pair over https as measured on 11.0.1; `orderby=modified` is
read in its reference (woocommerce.github.io/woocommerce-rest-api-docs, November 2026) and not yet tried.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from plugin.errors import Refusal
from plugin.outbound import Answer, Message
from plugin.platforms.asking import Asking, NotThere, Patience, ask, posted, remove
from plugin.platforms.platform import fingerprint

PER_PAGE = 100
_NAME = "Encore "
_BEGINNING = "1970-01-01T00:00:00"


def page(
    noun: str, place: Mapping[str, Any] | None, asking: Asking
) -> tuple[list[dict[str, Any]], dict[str, Any], bool, int | None]:
    """What the next request brings: values, the place after it, whether it was the last, how many were left.

    A place is a time and a page of what changed after it. Pages alone would lose rows: what changes while
    others are read moves to the end, and all behind it move up.
    """
    here = dict(place or {"after": _BEGINNING, "page": 1})
    asked = {"per_page": PER_PAGE, "page": here["page"], "orderby": "modified", "order": "asc"}
    asked |= {"modified_after": here["after"], "dates_are_gmt": "true"}
    values, answer = _asked(f"{noun}?{urlencode(asked)}", asking)
    left = answer.headers.get("x-wp-total", "")
    before = (here["page"] - 1) * PER_PAGE
    is_last = len(values) < PER_PAGE
    return values, _after(here, values, is_last), is_last, int(left) - before if left.isdecimal() else None


def still_there(product_ids: Sequence[str], asking: Asking) -> set[str]:
    """Which of these products there are, of any status but that of the trash."""
    asked = {"include": ",".join(product_ids), "per_page": PER_PAGE, "status": "any", "_fields": "id"}
    return {str(each["id"]) for each in _asked(f"products?{urlencode(asked)}", asking)[0]}


def variations(product_id: str, asking: Asking) -> list[dict[str, Any]]:
    """Every variation of a product."""
    return _parts(f"products/{quote(product_id, safe='')}/variations", asking)


def refunds(order_id: str, asking: Asking) -> list[dict[str, Any]]:
    """Every refund of an order, with its lines; none of an order that was deleted meanwhile."""
    try:
        return _parts(f"orders/{quote(order_id, safe='')}/refunds", asking)
    except NotThere:
        return []


def _parts(path: str, asking: Asking) -> list[dict[str, Any]]:
    """All that stands at `path`, waited for: a page of orders may ask this for each."""
    patience = Patience("WooCommerce", asking)
    found: list[dict[str, Any]] = []
    for number in range(1, 12):
        question = partial(_asked, f"{path}?per_page={PER_PAGE}&page={number}", asking)
        some, _ = patience.ask(question)
        found += some
        if len(some) < PER_PAGE:
            break
    return found


def _after(here: Mapping[str, Any], values: list[dict[str, Any]], is_last: bool) -> dict[str, Any]:
    """A second before the latest change, for more may have changed in it; else the next page."""
    latest = max((str(each.get("date_modified_gmt") or "") for each in values), default="")
    try:
        after = (datetime.fromisoformat(latest) - timedelta(seconds=1)).isoformat(timespec="seconds")
    except ValueError:
        after = here["after"]
    if after > here["after"]:
        return {"after": after, "page": 1}
    return {"after": here["after"], "page": 1 if is_last else here["page"] + 1}


def mend_webhooks(delivers_to: str, topics: Sequence[str], asking: Asking) -> int:
    """Switch on those of our webhooks that are off, make those that are missing, and tell them the newest
    secret; gives how many. What secret one has is never told back, so its name says it: one that was made by
    hand keeps name and secret until there is a second secret, for a third would end the one typed there.

    A key that may only read is refused where there is something to mend.
    """
    if not asking.connected.secrets:
        return 0
    secret = asking.connected.secrets[0].decode()
    mark = fingerprint(secret.encode())[:8]
    ours = _webhooks(delivers_to, asking)
    changes = [(each, _mended(each, asking.connected.secrets, mark)) for each in ours]
    for each, change in changes:
        if change:
            _sent(f"webhooks/{int(each['id'])}", change, "PUT", asking)
    missing = [topic for topic in topics if topic not in {each.get("topic") for each in ours}]
    for topic in missing:
        new = {"name": f"{_NAME}{topic} {mark}", "topic": topic, "delivery_url": delivers_to}
        _sent("webhooks", {**new, "secret": secret}, "POST", asking)
    return sum(bool(change) for _, change in changes) + len(missing)


def _mended(webhook: Mapping[str, Any], secrets: Sequence[bytes], mark: str) -> dict[str, Any]:
    """What must be changed about a webhook that delivers to us."""
    change: dict[str, Any] = {} if webhook.get("status") == "active" else {"status": "active"}
    name = str(webhook.get("name"))
    is_to_learn = name.startswith(_NAME) or len(secrets) > 1
    if is_to_learn and not name.endswith(f" {mark}"):
        change |= {"name": f"{_NAME}{webhook.get('topic')} {mark}", "secret": secrets[0].decode()}
    return change


def remove_webhooks(delivers_to: str, asking: Asking) -> None:
    """Remove all that deliver there, for good: a bin for them it has not."""
    for each in _webhooks(delivers_to, asking):
        url = _url(f"webhooks/{int(each['id'])}?force=true", asking)
        remove("WooCommerce", Message(url, "DELETE", _key(asking)), asking)


def _webhooks(delivers_to: str, asking: Asking) -> list[dict[str, Any]]:
    """Those that deliver there."""
    return [each for each in _parts("webhooks", asking) if each.get("delivery_url") == delivers_to]


def make_coupon(fields: Mapping[str, Any], asking: Asking) -> str:
    """The new coupon's id."""
    made, _ = ask("WooCommerce", posted(_url("coupons", asking), fields, _key(asking)), asking)
    return str(made["id"])


def remove_coupon(coupon_id: str, asking: Asking) -> None:
    """Remove a coupon for good."""
    url = _url(f"coupons/{quote(coupon_id, safe='')}?force=true", asking)
    remove("WooCommerce", Message(url, "DELETE", _key(asking)), asking)


def _sent(path: str, value: Mapping[str, Any], method: str, asking: Asking) -> None:
    ask("WooCommerce", posted(_url(path, asking), value, _key(asking), method), asking)


def _asked(path: str, asking: Asking) -> tuple[list[dict[str, Any]], Answer]:
    found, answer = ask("WooCommerce", Message(_url(path, asking), headers=_key(asking)), asking)
    if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found):
        raise Refusal("platform_refused", "WooCommerce's API answers with something that is no list.")
    return found, answer


def shop_address(path: str, asking: Asking) -> tuple[str, dict[str, str]]:
    """Where `path` of its API is, and the header that opens it."""
    return _url(path, asking), _key(asking)


def _url(path: str, asking: Asking) -> str:
    return f"{(asking.connected.address or '').rstrip('/')}/wp-json/wc/v3/{path}"


def _key(asking: Asking) -> dict[str, str]:
    key = base64.b64encode((asking.connected.token or "").encode()).decode()
    return {"Authorization": f"Basic {key}"}
