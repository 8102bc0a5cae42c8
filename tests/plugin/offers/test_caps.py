"""Caps, silence and the pause: by customer, visitor and cart, as far as each is proved and allowed."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from plugin.jobs.offers import look_after
from plugin.store import customers
from plugin.store.offer_tables import acceptances, dismissals
from tests.plugin.offers.shop import OfferShop
from tests.plugin.offers.test_asking import refused
from tests.plugin.processes import within

VISITOR = {"consent": "personal", "visitor_id": "v1"}


def dismissed(cafe: OfferShop, **who: str) -> None:
    slate = cafe.ask(**who).json
    assert slate is not None
    assert slate["offer"] is not None
    assert cafe.wish("dismiss", slate, **who).status_code == 204


def later(cafe: OfferShop, table: Any, **ago: timedelta) -> None:
    """As if what is kept in `table` had happened so long before."""
    with cafe.runtime.database.write() as connection:
        for row in connection.execute(table.select()).all():
            moved = {name: getattr(row, name) - back for name, back in ago.items()}
            connection.execute(update(table).values(moved))


def test_who_dismissed_an_offer_is_not_shown_it_for_seven_days(cafe: OfferShop) -> None:
    cafe.put({})
    people = [VISITOR, cafe.proof(customer_id="c1"), cafe.proof(cart_id="k1")]
    for who in people:
        dismissed(cafe, **who)
        assert cafe.shown(**who) is None
    cafe.look()
    assert all(cafe.shown(**who) is None for who in people)
    assert cafe.shown() is not None
    assert cafe.shown(**VISITOR | {"visitor_id": "v2"}) is not None
    with cafe.runtime.database.read() as connection:
        row = connection.execute(dismissals.select()).first()
    assert row is not None
    assert row.until - row.at == timedelta(days=7)


def test_the_page_is_told_how_long_a_dismissal_keeps_quiet(cafe: OfferShop) -> None:
    cafe.put({"silence_days": 3})
    assert (cafe.shown() or {})["silence_days"] == 3
    cafe.put({})
    assert (cafe.shown() or {})["silence_days"] == 7
    cafe.settle(silence_days=30)
    assert (cafe.shown() or {})["silence_days"] == 30


def test_another_process_learns_of_a_dismissal_by_itself(cafe: OfferShop) -> None:
    from plugin.offers.shelf import Shelves

    cafe.put({})
    other = Shelves(cafe.runtime, cafe.live, poll_seconds=0.05)
    (live,) = cafe.live.all()
    shelf = other.of(live)
    assert shelf is not None
    dismissed(cafe, **VISITOR)
    assert within(5, lambda: "visitor:v1" in shelf.doings)


def test_silence_ends_and_an_offer_may_set_its_own(cafe: OfferShop) -> None:
    cafe.put({"silence_days": 1})
    dismissed(cafe, **VISITOR)
    with cafe.runtime.database.write() as connection:
        connection.execute(update(dismissals).values(until=datetime.now(UTC)))
    cafe.look()
    assert cafe.shown(**VISITOR) is not None
    look_after(cafe.runtime, cafe.shop_id, datetime.now(UTC) + timedelta(seconds=1))
    with cafe.runtime.database.read() as connection:
        assert connection.execute(dismissals.select()).first() is None


def test_without_consent_and_proof_nothing_is_kept_of_a_dismissal(cafe: OfferShop) -> None:
    cafe.put({})
    dismissed(cafe, visitor_id="v1", cart_id="k1")
    assert cafe.shown(visitor_id="v1", cart_id="k1") is not None
    with cafe.runtime.database.read() as connection:
        assert connection.execute(dismissals.select()).first() is None


def test_one_person_accepts_as_often_as_the_cap_says(cafe: OfferShop) -> None:
    cafe.put({"caps": {"per_person": 2, "period_days": 10}, "stacking": "with_others"})
    who = cafe.proof(customer_id="c1")
    for _ in range(2):
        cafe.accepted(**who)
        cafe.look()
    assert cafe.shown(**who) is None
    assert cafe.shown(**who | VISITOR) is None  # known by either name
    assert cafe.shown(**VISITOR) is not None
    look_after(cafe.runtime, cafe.shop_id, datetime.now(UTC) + timedelta(days=2))
    cafe.look()
    assert cafe.row().accepted == 0
    assert cafe.shown(**who) is None  # what lapsed counts: a deadline does not begin anew
    with cafe.runtime.database.write() as connection:
        old = datetime.now(UTC) - timedelta(days=11)
        connection.execute(update(acceptances).values(accepted_at=old, changed_at=datetime.now(UTC)))
    cafe.look()
    assert cafe.shown(**who) is not None


def test_without_consent_a_cap_holds_for_the_proved_cart(cafe: OfferShop) -> None:
    cafe.put({})
    who = cafe.proof(cart_id="k1")
    cafe.accepted(**who)
    cafe.look()
    assert cafe.shown(**who) is None
    with cafe.runtime.database.read() as connection:
        row = connection.execute(acceptances.select()).first()
    assert row is not None
    assert (row.customer_id, row.visitor_id, row.cart_id) == (None, None, "k1")


def test_an_id_that_is_not_proved_or_not_allowed_is_nobodys(cafe: OfferShop) -> None:
    cafe.put({})
    cafe.accepted(customer_id="c1", visitor_id="v1", cart_id="k1")
    with cafe.runtime.database.write() as connection:
        row = connection.execute(acceptances.select()).first()
        assert row is not None
        assert (row.customer_id, row.visitor_id, row.cart_id) == (None, None, None)
        customers.put(
            connection,
            cafe.runtime.vault,
            cafe.shop_id,
            {"customer_id": "c2", "consent": {}},
            datetime.now(UTC),
        )
    cafe.live.refresh_people()
    who = cafe.proof(customer_id="c2")
    cafe.accepted(**who)
    cafe.look()
    assert cafe.shown(**who) is not None  # who withdrew is not remembered


def test_the_pause_keeps_every_offer_back(cafe: OfferShop) -> None:
    cafe.settle(pause_hours=5)
    cafe.put({"stacking": "with_others"}, {"offer_id": "second", "stacking": "with_others"})
    who = cafe.proof(customer_id="c1")
    slate = cafe.ask(**who).json
    assert slate is not None
    cafe.accepted(**who)
    assert refused(cafe.wish("accept", slate, **who)) in ("pause", "cap_reached")
    cafe.look()
    assert cafe.shown(**who) is None
    cafe.settle(pause_hours=0)
    shown = cafe.shown(**who)
    assert shown is not None
    assert shown["offer_id"] == "welcome"  # the second came first, by its name


def test_offers_stack_only_where_both_say_so_and_never_below_the_floor(cafe: OfferShop) -> None:
    who = cafe.proof(customer_id="c1")
    both = {"stacking": "with_others"}
    cafe.put({"priority": 1, **both}, {"offer_id": "second", **both})
    first = cafe.accepted(**who)
    cafe.look()
    cafe.settle(floor_minor=1001)  # 15.00 less 2.50 twice is 10.00
    assert cafe.shown(**who) is None
    cafe.settle(floor_minor=1000)
    second = cafe.accepted(**who)
    assert cafe.redeem(first, "o1").status_code == 200
    both_off = {"other_discounts_minor": 250, "total_minor": 2000}
    assert cafe.redeem(second, "o1", **both_off).status_code == 200
    cafe.put({"offer_id": "lonely", "priority": 9})
    third = cafe.accepted(**cafe.proof(customer_id="c2"))
    assert refused(cafe.redeem(third, "o1")) == "not_with_others"
    assert cafe.redeem(third, "o2").status_code == 200


def test_beside_an_open_promise_a_lonely_offer_is_silent_and_the_best_one_must_be_better(
    cafe: OfferShop,
) -> None:
    who = cafe.proof(customer_id="c1")
    cafe.put({"stacking": "best_one"})
    cafe.accepted(**who)
    cafe.put({"offer_id": "lonely", "priority": 5}, {"offer_id": "same", "stacking": "best_one"})
    assert cafe.shown(**who) is None
    better = {"offer_id": "better", "stacking": "best_one", "parameters": {"off_share": 0.2}}
    cafe.put(better)
    shown = cafe.shown(**who)
    assert shown is not None
    assert shown["offer_id"] == "better"


def test_the_proof_of_the_margin_is_kept_with_the_promise(cafe: OfferShop) -> None:
    cafe.put({})
    cafe.accepted()
    with cafe.runtime.database.read() as connection:
        row = connection.execute(acceptances.select()).first()
    assert row is not None
    assert row.proof["margin_minor"] == 1250
    assert row.proof["floor_minor"] == 0
    assert time.time() - row.accepted_at.timestamp() < 60


def test_who_dismissed_what_still_stands_in_the_page_may_change_their_mind(cafe: OfferShop) -> None:
    cafe.put({})
    who = cafe.proof(customer_id="c1")
    slate = cafe.ask(**who).json
    assert slate is not None
    assert cafe.wish("dismiss", slate, **who).status_code == 204
    assert cafe.wish("accept", slate, **who).status_code == 200
    assert cafe.shown(**who) is None
