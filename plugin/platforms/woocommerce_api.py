"""WooCommerce's REST API v3, read oldest change first.

Paging by headers, `modified_after` and the key pair over https as measured on 11.0.1; `orderby=modified` is
read in its reference (woocommerce.github.io/woocommerce-rest-api-docs, November 2026) and not yet tried.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from plugin.errors import Refusal
from plugin.outbound import Answer, Message, WayOut
from plugin.store.connected_platforms import ConnectedPlatform

PER_PAGE = 100
_BEGINNING = "1970-01-01T00:00:00"


def page(
    noun: str, place: Mapping[str, Any] | None, connected: ConnectedPlatform, way_out: WayOut
) -> tuple[list[dict[str, Any]], dict[str, Any], bool, int | None]:
    """What the next request brings: values, the place after it, whether it was the last, how many were left.

    A place is a time and a page of what changed after it. Pages alone would lose rows: what changes while
    others are read moves to the end, and all behind it move up.
    """
    here = dict(place or {"after": _BEGINNING, "page": 1})
    asked = {"per_page": PER_PAGE, "page": here["page"], "orderby": "modified", "order": "asc"}
    asked |= {"modified_after": here["after"], "dates_are_gmt": "true"}
    answer = _asked(f"{noun}?{urlencode(asked)}", connected, way_out)
    values = _values(answer)
    left = answer.headers.get("x-wp-total", "")
    before = (here["page"] - 1) * PER_PAGE
    is_last = len(values) < PER_PAGE
    return values, _after(here, values, is_last), is_last, int(left) - before if left.isdecimal() else None


def variations(product_id: str, connected: ConnectedPlatform, way_out: WayOut) -> list[dict[str, Any]]:
    """Every variation of a product."""
    found: list[dict[str, Any]] = []
    for number in range(1, 12):
        path = f"products/{quote(product_id, safe='')}/variations?per_page={PER_PAGE}&page={number}"
        some = _values(_asked(path, connected, way_out))
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


def _asked(path: str, connected: ConnectedPlatform, way_out: WayOut) -> Answer:
    url = f"{(connected.address or '').rstrip('/')}/wp-json/wc/v3/{path}"
    key = base64.b64encode((connected.token or "").encode()).decode()
    answer = way_out.send(Message(url, headers={"Authorization": f"Basic {key}"}), patience_seconds=30)
    if answer.status != 200:
        raise Refusal("platform_refused", f"WooCommerce's API answers {answer.status}.")
    return answer


def _values(answer: Answer) -> list[dict[str, Any]]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found):
        raise Refusal("platform_refused", "WooCommerce's API answers with something that is no list.")
    return found
