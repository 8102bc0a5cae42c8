"""`make bench`: import, train and serve The Complete Journey once, and print what it took."""

import tempfile
from pathlib import Path

from tests.benchmarks import bundles, importing, machine, memory, offers, serving, suggesting, training


def main() -> None:
    """One run: each figure stands on what the one before it left in the folder."""
    machine.describe()
    with tempfile.TemporaryDirectory(prefix="encore-bench-") as folder:
        home = Path(folder)
        shop = importing.measure(home)
        training.measure(home, shop)
        serving.measure(home, shop)
        offers.measure(home)
        bundles.measure()
        memory.measure(home, shop)
        suggesting.measure(home)


if __name__ == "__main__":
    main()
