"""`encore demo`: a shop with a year of real orders, Encore trained on them, and the whole of it running."""

import json
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import click

from plugin.cli import print_json
from plugin.cli.running import require_free
from plugin.config import Config, from_environment
from plugin.demo import check, data, offers
from plugin.demo.commands import Installation, free_port, server_code, worker_code
from plugin.demo.encore import ShopKeys
from plugin.demo.narration import Narration
from plugin.errors import Refusal
from plugin.intake import rows
from plugin.runtime import open_runtime
from plugin.store import shops
from recommender import held_out_carts

_WORKERS = 2
_WHAT_TO_LOOK_AT = """\
What to look at
  1. Put hamburger buns in the cart: below it stands what goes with them, and why.
  2. Sign in as one of the households: what it bought before comes first.
  3. Fill the cart to $30 for free delivery, or go to the checkout: an offer, and the total is lower.
  4. Place an order, then see on the merchant's page what was shown, clicked, bought; press Stop there."""
_SEED = 0


@click.command("demo")
@click.option(
    "--check", "is_check", is_flag=True, help="Do all of it in a temporary folder, measure, and end."
)
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where to serve it."
)
@click.option(
    "--home",
    default=Path("~/.encore-demo"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder it lives in.",
)
def demo_command(is_check: bool, port: int, home: Path) -> None:
    """Show Encore in a small shop on real orders, until Ctrl-C."""
    if is_check:
        _check()
    else:
        _demo(Installation(home.expanduser().resolve(), port))


def _demo(installation: Installation) -> None:
    require_free("127.0.0.1", installation.port)
    narration = Narration()
    narration.title("Encore's demo: a shop that learns from real purchases")
    _prepare(installation, narration)
    with stopped_by_signals(), serving(installation, narration):
        link = installation.run("shop", "sign-in-link", keys_of(installation).shop_id)["sign_in_link"]
        narration.addresses("It is running", _addresses(installation, link))
        narration.say(f"\n{_WHAT_TO_LOOK_AT}\n\nCtrl-C stops all of it.")
        signal.pause()


def _prepare(installation: Installation, narration: Narration) -> None:
    """Make the installation, or find it as an earlier run left it; what was left half done is made anew."""
    ready, home = installation.home / "demo" / "ready.json", installation.home
    if ready.exists():
        facts = json.loads(ready.read_text())
        narration.skipped(
            f"{facts['lines']:,} order lines are imported and a model is trained; they stay in {home}"
        )
    else:
        if home.exists() and any(home.iterdir()) and not (home / "demo").is_dir():
            raise Refusal(
                "not_a_demo_home", f"{home} holds something else: give an empty folder with --home."
            )
        shutil.rmtree(home, ignore_errors=True)
        lines = _read(narration)
        facts = set_up(installation, narration, lines)
        ready.write_text(json.dumps(facts))
    _move_to(installation)


def _read(narration: Narration) -> Any:
    with narration.step("read", "Reading The Complete Journey, a year of a grocer's till") as said:
        lines = data.order_lines(datetime.now(UTC))
        said.append(f"{len(lines):,} order lines, moved forward to end within the last week")
    return lines


def set_up(installation: Installation, narration: Narration, lines: Any) -> dict[str, Any]:
    """Everything up to a trained model, by the commands a merchant would use; gives what came in."""
    folder = installation.home / "demo"
    folder.mkdir(parents=True, mode=0o700)
    files = data.DemoFiles(folder)
    with narration.step(
        "prepare", "Writing them as Encore takes them, with readable names and drawings"
    ) as said:
        products = data.write(files, lines)
        said.append(f"{len(products):,} products, {products['department'].n_unique() - 1} departments")
    with narration.step("add_shop", "Adding the shop to Encore") as said:
        shop_id = _add_shop(installation)
        said.append(f"{shop_id}, with its keys")
    with narration.step("import_products", "Importing the products") as said:
        report = installation.run("import", "products", str(files.products), "--shop", shop_id)
        said.append(f"{report['created']:,} products; {report['rejected']:,} refused")
    with narration.step("import_orders", "Importing the orders") as said:
        imported = installation.run("import", "orders", str(files.orders), "--shop", shop_id)
        said.append(
            f"{imported['created']:,} orders, {imported['lines']:,} lines; {imported['rejected']:,} refused"
        )
    with narration.step("train", "Learning what goes with what") as said:
        said.append(_figures(installation.run("train", "--shop", shop_id)))
    return {"lines": imported["lines"]}


def _figures(training: Mapping[str, Any]) -> str:
    """What the gate found, in words."""
    found = training["figures"]["evaluation"]
    return (
        f"of {found['n_carts']:,} carts from the last tenth of the orders, the product held out is found for"
        f" {found['hit_rate']:.1%}; bestsellers find {found['bestsellers_hit_rate']:.1%}"
    )


def _add_shop(installation: Installation) -> str:
    """Add the shop with its offers, and keep its keys for its server; no holdout: everybody sees all."""
    words = ("--name", "Maple Street Market", "--currency", "USD", "--time-zone", "America/New_York")
    made = installation.run("shop", "add", *words, "--language", "en", "--origin", installation.address)
    names = ("shop_id", "public_key", "secret_key", "signing_secret")
    keys = {name: made[name] for name in names} | {"session_key": secrets.token_hex(32)}
    ShopKeys(address=installation.address, **keys).write(installation.home / "demo" / "keys.json")
    runtime = open_runtime(_config(installation))
    with runtime.database.write() as connection:
        changes = {"holdout_share": 0.0, "offers": offers.SETTINGS}
        shops.change_settings(connection, made["shop_id"], changes)
    rows.keep(runtime, made["shop_id"], "offers", offers.OFFERS, datetime.now(UTC))
    runtime.database.close()
    shop_id: str = made["shop_id"]
    return shop_id


def _move_to(installation: Installation) -> None:
    """The shop may be served on another port than last time."""
    keys = keys_of(installation)
    if keys.address == installation.address:
        return
    ShopKeys(**vars(keys) | {"address": installation.address}).write(installation.home / "demo" / "keys.json")
    runtime = open_runtime(_config(installation))
    with runtime.database.write() as connection:
        shops.change_origins(connection, keys.shop_id, [installation.address])
    runtime.database.close()


@contextmanager
def serving(installation: Installation, narration: Narration) -> Iterator[None]:
    """Server, worker and Redis, ready when this is open and ended after it."""
    with ExitStack() as running:
        with narration.step("start", "Starting Redis, the server and the worker"):
            server = running.enter_context(
                installation.running("server", server_code(installation.port, _WORKERS))
            )
            running.enter_context(installation.running("worker", worker_code()))
            installation.wait_until_ready(server)
        try:
            yield
        finally:
            narration.say("\nStopping …")
    narration.say("[green]✓[/green] All of it has stopped.")


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let Ctrl-C, a closed terminal and a kill end what is inside in good order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)


def _addresses(installation: Installation, link: str) -> dict[str, str]:
    return {
        "The shop": f"{installation.address}/",
        "Merchant's page, once": link,
        "The API": f"{installation.address}/docs",
    }


def _check() -> None:
    narration = Narration()
    narration.title("Encore's demo, measured on orders kept out of training")
    with tempfile.TemporaryDirectory(prefix="encore-demo-") as folder:
        installation = Installation(Path(folder) / "home", free_port())
        report, result = _measured(installation, narration)
    print_json(report)
    if result.ratio < check.LEAST_RATIO:
        raise Refusal(
            "check_failed",
            f"{result.ratio:.2f} times bestsellers' hit rate; at least {check.LEAST_RATIO} is owed.",
        )


def _measured(installation: Installation, narration: Narration) -> tuple[dict[str, Any], check.Outcome]:
    lines = _read(narration)
    with narration.step("split", "Drawing 5,000 carts from the last tenth of the orders") as said:
        known, carts = held_out_carts(lines, seed=_SEED)
        said.append(f"{len(carts):,} carts, one product of each held out; {len(known):,} lines to learn from")
    imported = set_up(installation, narration, known)["lines"]
    keys = keys_of(installation)
    titles = data.titles(data.DemoFiles(installation.home / "demo"))
    asking = f"Asking {installation.address} what goes with each cart"
    with serving(installation, narration), narration.step("ask", asking):
        slates = check.ask(keys, carts)
    with narration.step("compare", "Comparing with bestsellers") as said:
        result = check.outcome(known, carts, slates)
        said.append(f"found again {result.hit_rate:.1%}, by bestsellers {result.bestsellers_hit_rate:.1%}")
    report = {
        "lines": imported,
        "seconds": narration.seconds,
        "hit_rate_at_10": result.hit_rate,
        "bestsellers_hit_rate_at_10": result.bestsellers_hit_rate,
        "interval": result.interval,
        "carts": check.in_words(carts, slates, titles),
    }
    return report, result


def keys_of(installation: Installation) -> ShopKeys:
    """The keys that the shop's server holds."""
    return ShopKeys.read(installation.home / "demo" / "keys.json")


def _config(installation: Installation) -> Config:
    return from_environment(installation.environment)
