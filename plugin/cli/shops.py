"""`encore shop`: add a shop, list them, rotate keys, make a sign-in link, remove one whole."""

from datetime import UTC, datetime
from typing import Any

import click

from plugin.cli import print_json
from plugin.cli.installation import installation
from plugin.errors import Refusal
from plugin.jobs.removing import remove_shop
from plugin.runtime import Runtime
from plugin.schemas.shop import LANGUAGES, checked
from plugin.store import merchants, shops

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")


@click.group(name="shop")
def shop_command() -> None:
    """The shops that this Encore serves."""


@shop_command.command()
@click.option("--name", help="What the shop is called.")
@click.option("--currency", help="Its currency, ISO 4217, such as EUR.")
@click.option("--time-zone", help="Its IANA time zone, such as Europe/Madrid.")
@click.option("--language", help=f"The language of its merchant: {', '.join(LANGUAGES)}.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    help="Where its pages are, such as https://shop.example; repeatable.",
)
@_as_json
def add(as_json: bool, origins: tuple[str, ...], **given: str | None) -> None:
    """Add a shop; asks for what is not given, and prints its keys once and a sign-in link."""
    asked = {name: _ask(name, given[name]) for name in ("name", "currency", "time_zone", "language")}
    new = shops.NewShop(origins=tuple(_ask("origins", list(origins) or None)), **asked)
    now = datetime.now(UTC)
    with installation() as runtime, runtime.database.write() as connection:
        shop_id, keys = shops.add(connection, runtime.vault, new, now)
        link = _sign_in_link(runtime, merchants.add_link(connection, shop_id, now))
    _print_new(shop_id, keys, as_json, {"sign_in_link": link})


@shop_command.command("list")
@_as_json
def list_shops(as_json: bool) -> None:
    """List the shops that there are."""
    with installation() as runtime, runtime.database.read() as connection:
        found = [shops.load(connection, runtime.vault, each) for each in shops.all_ids(connection)]
    rows = [_public_facts(shop) for shop in found]
    if as_json:
        print_json(rows)
    for row in [] if as_json else rows:
        click.echo(
            f"{row['shop_id']}  {row['name']}  {row['currency']}  {row['time_zone']}  {row['language']}"
        )
        click.echo(f"    {' '.join(row['origins'])}{'  (stopped)' if row['stopped'] else ''}")
    if not rows and not as_json:
        click.echo("There is no shop yet. `encore shop add` makes one.")


@shop_command.command()
@click.argument("shop_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_as_json
def remove(shop_id: str, yes: bool, as_json: bool) -> None:
    """Remove a shop with all that is kept of it, in every table, file and Redis; prints a receipt."""
    with installation() as runtime:
        with runtime.database.read() as connection:
            name = shops.require(connection, shop_id).name
        if not yes and click.prompt(f"Type {shop_id} to remove {name} for good", err=True) != shop_id:
            raise Refusal("not_confirmed", "Nothing was removed: what was typed is not the shop's id.")
        receipt = remove_shop(runtime, shop_id, "command", datetime.now(UTC))
    if as_json:
        print_json(receipt.as_json())
        return
    rows = ", ".join(f"{count} {table}" for table, count in receipt.rows.items())
    in_redis = "Redis was not asked" if receipt.redis_keys is None else f"{receipt.redis_keys} keys in Redis"
    click.echo(f"Removed {name} ({shop_id}): {rows}; {receipt.files} files; {in_redis}.")
    if receipt.coupons_left:
        click.echo(f"{receipt.coupons_left} coupons may still stand in the shop itself, until they end.")
    if receipt.webhooks_left:
        names = ", ".join(receipt.webhooks_left)
        click.echo(f"Orders may still be sent here by {names}: end its webhooks there, or uninstall the app.")
    click.echo("The receipt is kept below `receipts` in ENCORE_HOME.")


@shop_command.command("rotate-keys")
@click.argument("shop_id")
@_as_json
def rotate_keys(shop_id: str, as_json: bool) -> None:
    """Make three new keys; the ones before them stay valid until the next rotation."""
    with installation() as runtime, runtime.database.write() as connection:
        keys = shops.rotate_keys(connection, runtime.vault, shop_id, datetime.now(UTC))
    _print_new(shop_id, keys, as_json, {})


@shop_command.command("sign-in-link")
@click.argument("shop_id")
@_as_json
def sign_in_link(shop_id: str, as_json: bool) -> None:
    """Print a link to the merchant's pages, good once within an hour; it sets a new password."""
    with installation() as runtime, runtime.database.write() as connection:
        link = _sign_in_link(runtime, merchants.add_link(connection, shop_id, datetime.now(UTC)))
    if as_json:
        print_json({"shop_id": shop_id, "sign_in_link": link})
    else:
        click.echo(link)


def _ask(name: str, given: Any) -> Any:
    """What was given for the field `name`, checked; else what is typed, asked again until it is right."""
    if given is not None:
        return checked(name, given)
    label = {"origins": "Origins (with blanks between)", "language": f"Language ({', '.join(LANGUAGES)})"}
    try:
        return click.prompt(
            label.get(name, name.replace("_", " ").capitalize()),
            value_proc=lambda text: _typed(name, text),
            err=True,
        )
    except click.Abort:
        option = "origin" if name == "origins" else name.replace("_", "-")
        raise Refusal("missing_option", f"Nothing was typed: give --{option}.") from None


def _typed(name: str, text: str) -> Any:
    try:
        return checked(name, text.split() if name == "origins" else text.strip())
    except Refusal as refusal:
        raise click.BadParameter(" ".join(refusal.errors[name])) from None


def _sign_in_link(runtime: Runtime, token: str) -> str:
    return f"{runtime.config.public_url}/admin/sign-in/{token}"


def _public_facts(shop: shops.Shop) -> dict[str, Any]:
    names = ("shop_id", "name", "currency", "time_zone", "language")
    return {name: getattr(shop, name) for name in names} | {
        "origins": sorted(shop.origins),
        "stopped": shop.settings.stopped,
    }


def _print_new(shop_id: str, keys: shops.ShopKeys, as_json: bool, more: dict[str, str]) -> None:
    shown = {"public_key": keys.public, "secret_key": keys.secret, "signing_secret": keys.signing}
    if as_json:
        print_json({"shop_id": shop_id} | shown | more)
        return
    click.echo(f"Shop            {shop_id}")
    click.echo(f"Public key      {keys.public}   (for the shop's pages)")
    click.echo(f"Secret key      {keys.secret}   (for the shop's server)")
    click.echo(f"Signing secret  {keys.signing}   (for customer_proof)")
    click.echo("Keep the last two safe: they are shown only now.")
    if more:
        click.echo(f"Sign in once, within an hour:  {more['sign_in_link']}")
