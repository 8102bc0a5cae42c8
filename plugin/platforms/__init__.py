"""What each platform calls things, and how it signs: one file a platform, and nowhere else."""

from plugin.platforms.ecwid import Ecwid
from plugin.platforms.generic import Generic
from plugin.platforms.platform import Platform
from plugin.platforms.saleor import Saleor
from plugin.platforms.shopify import Shopify
from plugin.platforms.woocommerce import WooCommerce

__all__ = ["PLATFORMS", "Platform"]

PLATFORMS: dict[str, Platform] = {
    each.name: each for each in (Ecwid(), Generic(), Saleor(), Shopify(), WooCommerce())
}
"""Every platform by its name, as it stands in the address of its webhooks."""
