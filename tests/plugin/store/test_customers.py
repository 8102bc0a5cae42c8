"""Customers: consent decides what is kept, and its withdrawal is told at once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from plugin.store import customers, events, orders, shops
from plugin.store import tables as t
from plugin.store.database import Database
from plugin.store.events import EventRow, SlateRow
from plugin.vault import Vault, email_hash
from tests.conftest import NOW

VAULT = Vault("a secret of the tests")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def shop_id(database: Database) -> str:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    with database.write() as connection:
        return shops.add(connection, VAULT, new, NOW)[0]


def customer(personal: bool = True, mail: bool = True, **fields: Any) -> dict[str, Any]:
    consent = {"personal": personal, "mail": mail, "at": NOW}
    return {"customer_id": "c", "consent": consent, "email": "Ana@Example.com ", **fields}


def put(database: Database, shop_id: str, given: dict[str, Any], now: Any = NOW) -> str:
    with database.write() as connection:
        return customers.put(connection, VAULT, shop_id, given, now)


def find(database: Database, shop_id: str) -> dict[str, Any]:
    with database.read() as connection:
        found = customers.find(connection, shop_id, "c")
    assert found
    return found


def test_the_address_is_readable_only_with_consent_to_mail(database: Database, shop_id: str) -> None:
    assert put(database, shop_id, customer()) == "created"
    kept = find(database, shop_id)
    assert VAULT.decrypt(shop_id, kept["email_encrypted"]) == "Ana@Example.com "
    assert put(database, shop_id, customer(mail=False)) == "replaced"
    kept = find(database, shop_id)
    assert kept["email_encrypted"] is None
    assert kept["email_hash"] == email_hash(VAULT, shop_id, "ana@example.com")
    assert "ana" not in str(kept).lower()


def test_the_same_customer_again_changes_nothing(database: Database, shop_id: str) -> None:
    put(database, shop_id, customer(language="es", birth_month_day="02-29"))
    assert put(database, shop_id, customer(language="es", birth_month_day="02-29"), LATER) == "unchanged"
    assert find(database, shop_id)["arrived_at"] == NOW


def test_without_consent_nothing_is_taken_for_granted(database: Database, shop_id: str) -> None:
    put(database, shop_id, {"customer_id": "c"})
    kept = find(database, shop_id)
    assert (kept["consent_personal"], kept["consent_mail"]) == (False, False)


def test_a_late_message_does_not_undo_a_withdrawal(database: Database, shop_id: str) -> None:
    put(database, shop_id, {"customer_id": "c", "consent": {"personal": False, "mail": False, "at": LATER}})
    assert put(database, shop_id, customer()) == "older"
    assert not find(database, shop_id)["consent_personal"]


def test_a_withdrawn_consent_is_told(database: Database, shop_id: str) -> None:
    put(database, shop_id, customer())
    put(database, shop_id, customer(personal=False), LATER)
    with database.read() as connection:
        assert customers.withdrawn_since(connection, shop_id, LATER) == {"c": False}
        assert customers.withdrawn_since(connection, shop_id, LATER + timedelta(hours=1)) == {}
        assert customers.withdrawn_since(connection, "shop_other", NOW) == {}


def test_an_erased_customer_leaves_orders_of_nobody_from_which_no_model_learns(
    database: Database, shop_id: str
) -> None:
    put(database, shop_id, customer())
    hashed = email_hash(VAULT, shop_id, "ana@example.com")
    bought = {"ordered_at": NOW, "visitor_id": "v", "lines": [{"product_id": "a", "quantity": 1}]}
    with database.write() as connection:
        orders.put(connection, shop_id, {"order_id": "known", "customer_id": "c", **bought}, NOW)
        orders.put(connection, shop_id, {"order_id": "guest", "email_hash": hashed, **bought}, NOW)
    with database.write() as connection:
        assert customers.erase(connection, shop_id, "c", LATER)
        assert not customers.erase(connection, shop_id, "nobody", LATER)  # but their id is known from here on
    with database.read() as connection:
        assert customers.withdrawn_since(connection, shop_id, LATER) == {"c": False, "nobody": False}
        assert orders.training_lines(connection, shop_id).is_empty()
        kept = [orders.find(connection, shop_id, order_id) or {} for order_id in ("guest", "known")]
    assert [(each["customer_id"], each["email_hash"], each["visitor_id"]) for each in kept] == [
        (None, None, None),
        (None, None, None),
    ]
    assert find(database, shop_id)["email_hash"] is None
    with database.write() as connection:  # as a file brings it, which is looked through when it is finished
        for name, mail in (("late", hashed), ("other", "another")):
            orders.put(connection, shop_id, {"order_id": name, "email_hash": mail, **bought}, LATER)
        customers.unlink_erased(connection, shop_id)
        late, other = (orders.find(connection, shop_id, name) or {} for name in ("late", "other"))
        assert orders.training_lines(connection, shop_id)["order_id"].to_list() == ["other"]
    assert (late["email_hash"], late["visitor_id"], other["email_hash"]) == (None, None, "another")


def test_without_a_time_consent_is_only_taken_away(database: Database, shop_id: str) -> None:
    timeless = {"customer_id": "c", "email": "ana@example.com", "consent": {"personal": True, "mail": True}}
    put(database, shop_id, customer(mail=False))
    assert put(database, shop_id, timeless, LATER) == "unchanged"
    kept = find(database, shop_id)
    assert (kept["consent_personal"], kept["consent_mail"], kept["email_encrypted"]) == (True, False, None)
    assert put(database, shop_id, {"customer_id": "c", "consent": {}}, LATER) == "replaced"
    assert not find(database, shop_id)["consent_personal"]
    assert put(database, shop_id, customer(), LATER) == "older"  # the grant of before comes once more
    again = {"personal": True, "mail": True, "at": LATER + timedelta(minutes=1)}
    assert put(database, shop_id, customer() | {"consent": again}) == "replaced"
    assert find(database, shop_id)["consent_personal"]


def test_an_erased_customer_does_not_come_back(database: Database, shop_id: str) -> None:
    put(database, shop_id, customer(language="es"))
    with database.write() as connection:
        customers.erase(connection, shop_id, "c", LATER)
    before = find(database, shop_id)
    for consent in ({"personal": True}, {"personal": True, "mail": True, "at": LATER + timedelta(days=9)}):
        assert put(database, shop_id, customer() | {"consent": consent}, LATER) == "erased"
        assert find(database, shop_id) == before
    assert [name for name, value in before.items() if value] == [
        *("shop_id", "customer_id", "consent_at", "updated_at", "arrived_at", "erased_at")
    ]


def test_an_erased_address_is_anothers_only_with_consent_given_since(
    database: Database, shop_id: str
) -> None:
    def told(at: Any, personal: bool = True, customer_id: str = "new") -> str:
        consent = {"personal": personal, "mail": personal, "at": at}
        return put(database, shop_id, customer() | {"customer_id": customer_id, "consent": consent}, LATER)

    put(database, shop_id, customer())
    put(database, shop_id, {"customer_id": "known", "language": "es"})
    with database.write() as connection:
        customers.erase(connection, shop_id, "c", LATER)
    since = LATER + timedelta(minutes=1)
    assert [told(None), told(NOW), told(since, personal=False)] == ["erased"] * 3
    assert told(NOW, customer_id="known") == "replaced"
    with database.read() as connection:
        known = customers.find(connection, shop_id, "known") or {}
        assert customers.find(connection, shop_id, "new") is None
    assert (known["email_hash"], known["email_encrypted"], known["consent_at"]) == (None, None, NOW)
    assert told(since) == "created"
    assert told(since + timedelta(minutes=1), personal=False) == "replaced"
    with database.read() as connection:
        back = customers.find(connection, shop_id, "new") or {}
    assert (back["email_hash"], back["consent_mail"]) == (None, False)


def test_what_an_address_bought_before_it_was_erased_is_nobodys_whoever_it_names(
    database: Database, shop_id: str
) -> None:
    put(database, shop_id, customer())
    hashed = email_hash(VAULT, shop_id, "ana@example.com")
    theirs = {"customer_id": "d", "email_hash": hashed, "visitor_id": "v"}
    lines = [{"product_id": "a", "quantity": 1}]

    def bring(order_id: str, at: Any) -> dict[str, Any]:
        return {"order_id": order_id, **theirs, "ordered_at": at, "lines": lines}

    after = LATER + timedelta(minutes=1)
    with database.write() as connection:
        orders.put(connection, shop_id, bring("before", NOW), NOW)
        done = customers.erase(connection, shop_id, "c", LATER)
        assert done is not None
        assert done.orders == 1
        late = [bring("late", NOW), bring("since", after)]
        assert customers.of_erased(connection, shop_id, [*late, bring("before", after)]) == {"late", "before"}
        orders.put_many(connection, shop_id, late, after)
        customers.unlink_erased(connection, shop_id)
        kept = {each: orders.find(connection, shop_id, each) or {} for each in ("before", "late", "since")}
        assert orders.training_lines(connection, shop_id)["order_id"].to_list() == ["since"]
    whose = {name: [each[link] for link in customers.LINKS] for name, each in kept.items()}
    assert whose == {"before": [None] * 3, "late": [None] * 3, "since": ["d", hashed, "v"]}


def test_an_address_that_is_nobodys_joins_nobody(database: Database, shop_id: str) -> None:
    put(database, shop_id, customer(email="Deleted@site.invalid "))
    kept = find(database, shop_id)
    assert (kept["email_hash"], kept["email_encrypted"]) == (None, None)


def test_erasing_forgets_the_browser_and_the_mail_that_orders_tie(database: Database, shop_id: str) -> None:
    """The customer is known by orders alone; w bought for them on another device, x is somebody else."""
    order = {"ordered_at": NOW, "lines": [{"product_id": "a", "quantity": 1}]}
    theirs = {"customer_id": "c", "email_hash": "hash", "visitor_id": "v", "slate_ids": ["s-s"]}
    given = [
        {"order_id": "known", **theirs, **order},
        {"order_id": "guest", "email_hash": "hash", "visitor_id": "g", **order},
        {"order_id": "browser", "visitor_id": "v", **order},
        {"order_id": "other", "customer_id": "d", "visitor_id": "x", **order},
    ]
    visitors, told = ("v", "w", "g", "s", "x"), {"w": "known", "x": "other"}
    with database.write() as connection:
        orders.put_many(connection, shop_id, given, NOW)
        slates = [SlateRow(f"s-{each}", "cart", "model", 1, "encore", each, NOW) for each in visitors]
        seen = [
            EventRow(f"e-{each}", "purchase", NOW, f"s-{each}", None, None, None, told.get(each), each)
            for each in visitors
        ]
        events.keep(connection, shop_id, seen, slates)
    with database.write() as connection:
        assert customers.erase(connection, shop_id, "c", LATER)
    with database.read() as connection:
        for table in (t.slates, t.events, t.orders):
            assert set(connection.execute(select(table.c.visitor_id)).scalars()) == {"x", None}
        assert set(connection.execute(select(t.orders.c.email_hash)).scalars()) == {None}
        assert set(connection.execute(select(t.orders.c.customer_id)).scalars()) == {"d", None}


@pytest.mark.parametrize("text", ["'; DROP TABLE customers; --", "<b onclick=x>", "é 中文 🎉"])
def test_any_text_stays_the_text_it_is(database: Database, shop_id: str, text: str) -> None:
    put(database, shop_id, customer(email=text, language=text, country=text))
    kept = find(database, shop_id)
    assert (kept["language"], kept["country"]) == (text, text)
    assert VAULT.decrypt(shop_id, kept["email_encrypted"]) == text
