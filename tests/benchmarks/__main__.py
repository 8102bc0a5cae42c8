"""`make bench`: import, train and serve The Complete Journey once, print what it took, and write it down."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from tests.benchmarks import bundles, importing, machine, memory, offers, serving, suggesting, training

PAGE = Path(__file__).parents[2] / "docs/performance.md"
HEAD = """# How fast it is, and how much it takes

Written by `make bench` on {day}: a year of real purchases (The Complete Journey, 1.47 million order
lines) imported, learnt from and served on one machine in one run. Rates of serving are told as ratios to
an empty Flask route on the same server in the same run, asked by a generator in a process of its own;
what is *computed* was never asked for before. A goal is what was set for that figure.

| figure | measured | goal |
| --- | --- | --- |
"""


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
    write(datetime.now(UTC).date())


def write(day: date) -> None:
    """The page, of all that was said."""
    rows = "".join(f"| {each.name} | {each.value} | {each.goal} |\n" for each in machine.SAID)
    PAGE.write_text(HEAD.format(day=day.isoformat()) + rows, encoding="utf-8")


if __name__ == "__main__":
    main()
