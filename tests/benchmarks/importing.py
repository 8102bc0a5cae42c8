"""How fast 1.47 million order lines come into SQLite, and in how much memory."""

from datetime import UTC, datetime
from pathlib import Path

from plugin.demo.data import DemoFiles, order_lines, write
from tests.benchmarks.encore import ORIGIN, Shop, run
from tests.benchmarks.machine import say

GOAL = "60,000 a second, under 1 GB"


def measure(home: Path) -> Shop:
    """Import The Complete Journey into a new shop, and the same file once more; gives the shop."""
    files = DemoFiles(home / "data")
    lines = order_lines(datetime.now(UTC))
    write(files, lines)
    asked = {"name": "Benchmark", "currency": "USD", "time-zone": "UTC", "language": "en", "origin": ORIGIN}
    options = [part for name, value in asked.items() for part in (f"--{name}", value)]
    added = run(home, "shop", "add", *options).answer
    shop = Shop(str(added["shop_id"]), str(added["public_key"]))
    run(home, "import", "products", str(files.products), "--shop", shop.shop_id)
    for name, goal in (("import into SQLite", GOAL), ("the same file again (nothing changes)", "")):
        done = run(home, "import", "orders", str(files.orders), "--shop", shop.shop_id)
        rate = f"{len(lines) / done.seconds:,.0f} lines a second ({len(lines):,} in {done.seconds:.1f} s)"
        say(name, f"{rate}, {done.peak_mib:.0f} MiB at the most", goal)
    return shop
