"""`make shop`: the real shop with Encore beside it, until Ctrl-C."""

import shutil
import signal
from pathlib import Path

from plugin.cli.demo import stopped_by_signals
from plugin.cli.running import require_free
from plugin.demo.commands import Installation
from plugin.demo.narration import Narration
from tests.shop.encore_shop.staff import STAFF
from tests.shop.standing import RealShop, standing

HOUSEHOLDS = 600
"""A quarter of the till's customers: a minute or two to learn from."""
_WHAT_TO_LOOK_AT = """\
What to look at
  1. Say below that suggestions may be personal. Put products into the cart: what goes with them, and why.
  2. Go to the checkout as a guest; beneath the preview's total stands an offer. Accept it: it is lower.
  3. Place the order, then see it in the shop's dashboard, and on the merchant's page under Deliveries.
  4. Cancel it in the dashboard: the offer's budget has its money back."""


def main() -> None:
    shop = RealShop(Installation(Path("~/.encore-shop").expanduser(), 8000), 8001)
    for port in (shop.encore.port, shop.port):
        require_free("127.0.0.1", port)
    narration = Narration()
    narration.title("A real shop, django-oscar, with Encore beside it")
    if not (shop.home / "ready").exists():
        shutil.rmtree(shop.encore.home, ignore_errors=True)
    with stopped_by_signals(), standing(shop, narration, HOUSEHOLDS):
        link = shop.encore.run("shop", "sign-in-link", shop.joined["shop_id"])["sign_in_link"]
        narration.addresses(
            "They are running",
            {
                "The shop": f"{shop.address}/",
                "Its dashboard": f"{shop.address}/dashboard/",
                "Merchant's page, once": link,
                "Encore's API": f"{shop.encore.address}/docs",
            },
        )
        narration.say(f"\nThe dashboard's user is {STAFF[0]}, with the password: {STAFF[1]}")
        narration.say(f"\n{_WHAT_TO_LOOK_AT}\n\nCtrl-C stops all of it.")
        signal.pause()
    narration.say("\nAll of it has stopped.")


if __name__ == "__main__":
    main()
