"""What goes onto a shop's pages: for each platform what is installed or pasted, and where it then shows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from plugin.schemas.settings import PLACEMENTS
from widgets.archive import INSTALLED

# By itself: what is installed puts it there. Block: the merchant does, in the theme's editor. By hand: the
# shop's own template has the element. In the cart: the page is closed to scripts. By order: so it is, and the
# order itself tells what became of it. No: mail programs run no script.
_SHOWS: Mapping[str, tuple[str, ...]] = {
    "ecwid": ("by_itself", "by_itself", "by_itself", "by_itself", "by_itself", "no"),
    "generic": ("by_hand", "by_hand", "by_hand", "by_hand", "by_hand", "no"),
    "saleor": ("by_hand", "by_hand", "by_hand", "by_hand", "by_hand", "no"),
    "shopify": ("block", "block", "in_cart", "by_order", "block", "no"),
    "woocommerce": ("by_itself", "by_itself", "by_itself", "by_itself", "by_itself", "no"),
}
_ANSWERS = {"in_cart": "instead", "by_order": "instead", "no": "no"}
_ADAPTERS = {"generic": "shop"}
_SALEOR = "https://shop.saleor.cloud/graphql/"

_SCRIPT = '<script type="module" async src="{encore}/widgets/v1/encore.js" data-key="{key}"></script>\n'
_SNIPPETS = {
    "ecwid": '<script type="module" src="{encore}/widgets/v1/ecwid.js"></script>',
    "saleor": """<script type="module">
import {{ saleorShop }} from "{encore}/widgets/v1/saleor.js";
const shop = saleorShop({{
  api: {address},
  checkoutId: () => yourShop.checkoutId,
  begin: (lines) => yourShop.beginCheckout(lines),
}});
yourShop.whenCartChanges(shop.changed);
</script>
<encore-recommendations placement="cart"></encore-recommendations>
<encore-offer placement="checkout"></encore-offer>""",
    "generic": """<script type="module">
import {{ encoreShop }} from "{encore}/widgets/v1/shop.js";
const shop = encoreShop({{
  read: () => yourShop.cartLines(),
  add: (lines) => yourShop.addToCart(lines),
  accept: ({{ code }}) => yourShop.useCode(code),
}});
yourShop.whenCartChanges(shop.changed);
</script>
<encore-recommendations placement="cart"></encore-recommendations>
<encore-offer placement="checkout"></encore-offer>""",
}


@dataclass(frozen=True)
class Shown:
    """Whether a placement can be shown: `answer` yes, instead or no; `how`: see above."""

    placement: str
    answer: str
    how: str


@dataclass(frozen=True)
class Pieces:
    """For one shop on one platform. `script`: joins its cart to the elements; `archive`: the zip file to
    install; `snippet`: what to paste, with the shop's own address and key; None where there is none."""

    platform: str
    script: str
    archive: str | None
    snippet: str | None
    shows: tuple[Shown, ...]


def pieces(platform: str, public_url: str, public_key: str, address: str | None) -> Pieces:
    """The pieces for a known platform; `address`: that of its API, where it has been told."""
    folder = f"{public_url}/widgets/v1"
    text = _SNIPPETS.get(platform)
    told = {"encore": public_url, "key": public_key, "address": json.dumps(address or _SALEOR)}
    shows = zip(PLACEMENTS, _SHOWS[platform], strict=True)
    return Pieces(
        platform,
        script=f"{folder}/{_ADAPTERS.get(platform, platform)}.js",
        archive=f"{folder}/encore-{platform}.zip" if platform in INSTALLED else None,
        snippet=(_SCRIPT + text).format(**told) if text else None,
        shows=tuple(Shown(placement, _ANSWERS.get(how, "yes"), how) for placement, how in shows),
    )
