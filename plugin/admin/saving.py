"""Keeping what a form says, and putting what the settings' bounds refuse into the merchant's words."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from plugin.admin.here import forget_shop, here, this_shop
from plugin.errors import Refusal
from plugin.schemas.settings import bounds
from plugin.store import shops


def in_words(name: str) -> str:
    """What the field `name` (`placements.cart.limit`) takes."""
    if name == "objective":
        return str(gettext("Choose one of these."))
    low, high = bounds(name.rpartition(".")[2])
    if name == "holdout_share":
        low, high = low * 100, (high or 1) * 100
        text = gettext("Give a percentage from %(low)s to %(high)s.", low=f"{low:g}", high=f"{high:g}")
    elif name == "diversity":
        text = gettext("Give a number from %(low)s to %(high)s.", low=f"{low:g}", high=f"{high:g}")
    elif name.endswith("title"):
        text = gettext("Use at most %(high)s characters.", high=high)
    elif high is None:
        text = gettext("Give a whole number, %(low)s at least.", low=low)
    else:
        text = gettext("Give a whole number from %(low)s to %(high)s.", low=low, high=high)
    return str(text)


def save(changes: Mapping[str, Any], say: Callable[[str], str] = in_words) -> dict[str, list[str]]:
    """Keep `changes` to the settings; gives what is wrong with them by field, as `say` puts it, and then
    nothing was kept.
    """
    try:
        with here().runtime.database.write() as connection:
            shops.change_settings(connection, this_shop().shop_id, changes)
    except Refusal as refusal:
        return {name: [say(name)] for name in refusal.errors}
    forget_shop()
    return {}
