"""How long a training takes with all that belongs to it: reading, learning, judging, publishing."""

from pathlib import Path

from tests.benchmarks.encore import Shop, run
from tests.benchmarks.machine import say


def measure(home: Path, shop: Shop) -> None:
    """Train the benchmark's shop once."""
    done = run(home, "train", "--shop", shop.shop_id)
    artefact = next(home.glob("artefacts/**/*[0-9].encore"))
    say(
        "training, read to published",
        f"{done.seconds:.1f} s, {done.peak_mib:.0f} MiB at the most",
        "under 90 s and 4 GB",
    )
    say("artefact", f"{artefact.stat().st_size / 1e6:.1f} MB", "under 60 MB")
