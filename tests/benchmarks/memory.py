"""How much memory ten workers need for one model: its pages are mapped, so they are shared."""

import urllib.request
from pathlib import Path

from tests.benchmarks.encore import ENCORE, Shop, serving
from tests.benchmarks.machine import say
from tests.benchmarks.serving import carts_of, path_of


def measure(home: Path, shop: Shop) -> None:
    """Print the summed proportional share (PSS) of the artefact's pages, for one worker and for ten."""
    one, ten = (_mapped_mib(home, shop, workers) for workers in (1, 10))
    say("the model in memory, one worker", f"{one:.1f} MiB")
    say(
        "the model in memory, ten workers together",
        f"{ten:.1f} MiB, {ten / max(one, 0.01):.2f} times one's",
        "under 1.5",
    )


def _mapped_mib(home: Path, shop: Shop, workers: int) -> float:
    command = [ENCORE, "serve", "--port", "PORT", "--workers", str(workers)]
    with serving(command, home, "/healthz") as (base, pid):
        for cart in carts_of(home)[: 200 * workers]:
            request = urllib.request.Request(
                base + path_of(shop.public_key, cart), headers={"Origin": "https://shop.example"}
            )
            urllib.request.urlopen(request).read()
        return sum(_pss_kib(process) for process in _family(pid)) / 1024


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _pss_kib(pid: int) -> int:
    """The share of the artefact's mapped pages that falls to a process, in KiB."""
    total, of_artefact = 0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        first = line.split(maxsplit=1)[0]
        if not first.endswith(":"):
            of_artefact = "/artefacts/" in line
        elif of_artefact and first == "Pss:":
            total += int(line.split()[1])
    return total
