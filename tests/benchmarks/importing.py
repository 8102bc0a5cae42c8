"""How fast 1.47 million order lines come into SQLite, and in how much memory."""

from pathlib import Path

from plugin.demo import data
from tests.benchmarks.encore import ORIGIN, Shop, run
from tests.benchmarks.machine import say


def measure(home: Path) -> Shop:
    """Import The Complete Journey into a new shop, and the same file once more; gives the shop."""
    orders, products = data.prepare(home / "data")
    added = run(
        home, "shop", "add", "--name", "Benchmark", "--currency", "USD", "--time-zone", "UTC",
        "--language", "en", "--origin", ORIGIN,
    ).answer  # fmt: skip
    shop = Shop(str(added["shop_id"]), str(added["public_key"]))
    run(home, "import", "products", str(products), "--shop", shop.shop_id)
    for name in ("import into SQLite", "the same file again (nothing changes)"):
        done = run(home, "import", "orders", str(orders), "--shop", shop.shop_id)
        lines = int(str(done.answer["lines"]))
        say(
            name,
            f"{lines / done.seconds:,.0f} lines a second ({lines:,} in {done.seconds:.1f} s), {done.peak_mib:.0f} MiB",
        )
    return shop
