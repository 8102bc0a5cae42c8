"""What is kept encrypted: every place of it is known, and can be hidden anew with another key."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from plugin.errors import Refusal
from plugin.store import connected_platforms, customers, deliveries, encrypted, personal, shops
from plugin.store.database import Database
from plugin.store.deliveries import Arrival
from plugin.store.tables import metadata
from plugin.vault import Vault
from tests.conftest import NOW

ROOT = Path(__file__).parents[3]
SECRET, OLD, NEW = "the one secret of the tests", "an old key of the vault", "a new key of the vault"
HIDE = {
    "plugin/store/shops.py",
    "plugin/store/customers.py",
    "plugin/store/connected_platforms.py",
    "plugin/store/deliveries.py",
}
"""Who hides something. Whoever is new here is called by `fill` too, and marks its column ENCRYPTED."""
MANY = 120


def fill(connection: Connection, vault: Vault) -> str:
    """A shop in which everything is kept that is kept encrypted."""
    shop_id, _ = shops.add(
        connection, vault, shops.NewShop("Shop", "EUR", "Europe/Madrid", "en", ("https://shop.example",)), NOW
    )
    consent = {"personal": True, "mail": True, "at": NOW}
    people = [
        {"customer_id": f"c{number}", "consent": consent, "email": f"c{number}@example.org"}
        for number in range(MANY)
    ]
    customers.put_many(connection, vault, shop_id, people, NOW)
    for secret in ("first", "second"):
        told = {"secret": secret, "token": "opens it", "at": NOW}
        connected_platforms.connect(connection, vault, shop_id, "shopify", told)
    for number in range(MANY):
        arrival = Arrival(shop_id, "shopify", str(number), "orders/paid", NOW, b"\x00 a body %d" % number)
        deliveries.add(connection, vault, arrival)
    return shop_id


def told(connection: Connection, vault: Vault, shop_id: str) -> list[Any]:
    """All of it, as Encore itself reads it."""
    platform = connected_platforms.find(connection, vault, shop_id, "shopify")
    waiting = deliveries.next_due(connection, vault, shop_id, NOW)
    assert platform is not None
    assert waiting is not None
    person = personal.kept_of(connection, vault, shop_id, "c7")
    return [
        len(shops.load(connection, vault, shop_id).signing_secrets),
        platform.secrets,
        platform.token,
        waiting[1],
        person is not None and person["customer"]["email"],
    ]


def hidden(connection: Connection) -> Iterator[tuple[str, str, bytes]]:
    """Whatever looks encrypted in any column of any table: column, shop and value."""
    for table in metadata.sorted_tables:
        for row in connection.execute(select(table)).mappings():
            for column in table.columns:
                value = row[column.name]
                for each in value if isinstance(value, list) else [value]:
                    raw = each.encode() if isinstance(each, str) else each
                    if isinstance(raw, bytes) and raw.startswith(b"gAAAAA"):
                        yield str(column), row["shop_id"], raw


def opens(vault: Vault, shop_id: str, value: bytes) -> bool:
    try:
        vault.unseal(shop_id, value)
    except Refusal:
        return False
    return True


def renew(database: Database, vault: Vault) -> dict[str, int]:
    """How many values of which column were hidden anew; all must be readable."""
    done = encrypted.renew(database, vault, lambda _column, _rows: None)
    assert {each.unreadable for each in done} == {0}
    return {each.column: each.renewed for each in done}


def test_every_place_that_looks_encrypted_is_marked_and_every_mark_is_filled(database: Database) -> None:
    with database.write() as connection:
        fill(connection, Vault(SECRET))
    with database.read() as connection:
        found = {column for column, _, _ in hidden(connection)}
    assert found == {str(column) for column in encrypted.columns()}


def test_whoever_hides_something_is_known_here() -> None:
    callers = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("plugin/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("encrypt", "seal")
    }
    assert callers - {"plugin/vault.py"} == HIDE


def test_with_a_new_key_all_is_hidden_anew_and_the_old_one_can_go(database: Database) -> None:
    with database.write() as connection:
        shop_id = fill(connection, Vault(SECRET))
    with database.read() as connection:
        before = told(connection, Vault(SECRET), shop_id)
    for keys, gone in (((OLD,), Vault(SECRET)), ((NEW, OLD), Vault("another", (OLD,)))):
        counts = renew(database, Vault(SECRET, keys))
        assert counts["customers.email_encrypted"] == counts["deliveries.body"] == MANY
        assert set(renew(database, Vault(SECRET, keys)).values()) == {0}
        with database.read() as connection:
            values = list(hidden(connection))
            assert told(connection, Vault(SECRET, keys[:1]), shop_id) == before
        assert not any(opens(gone, shop, value) for _, shop, value in values)
        assert all(opens(Vault("another", keys[:1]), shop, value) for _, shop, value in values)


def test_what_no_key_opens_is_counted_and_left_as_it_is(database: Database) -> None:
    with database.write() as connection:
        shop_id = fill(connection, Vault(SECRET, (OLD,)))
    with database.read() as connection:
        before = sorted(hidden(connection))
    done = {
        each.column: each for each in encrypted.renew(database, Vault(SECRET, (NEW,)), lambda _c, _r: None)
    }
    assert done["deliveries.body"] == encrypted.Renewal("deliveries.body", 0, MANY)
    with database.read() as connection:
        assert sorted(hidden(connection)) == before
        with pytest.raises(Refusal, match="ENCORE_VAULT_KEYS"):
            shops.load(connection, Vault(SECRET, (NEW,)), shop_id)
    renew(database, Vault(SECRET, (NEW, OLD)))
    with database.read() as connection:
        assert told(connection, Vault(SECRET, (NEW,)), shop_id)[2] == "opens it"
