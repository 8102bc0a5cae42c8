"""The tables of offers: what is offered, the codes made beforehand, who accepted what, and who said no.

They are part of `plugin.store.tables`, which says what all tables share.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from plugin.store import tables
from plugin.store.instants import Instant


def _shop() -> Column[str]:
    return Column("shop_id", Text, primary_key=True)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("false"))


# One row an offer, with its running sums: one conditional UPDATE of it decides whether it may be accepted.
offers = Table(
    "offers",
    tables.metadata,
    _shop(),
    Column("offer_id", Text, primary_key=True),
    Column("definition", JSON, nullable=False),  # as `schemas.offer` loads it
    Column("version", Integer, nullable=False),  # raised by every change of the definition
    _flag("paused"),
    _flag("deleted"),
    Column("budget_minor", BigInteger),  # null: no bound
    Column("budget_count", BigInteger),
    _count("reserved_minor"),  # for what is accepted and neither redeemed nor expired
    _count("spent_minor"),
    _count("loss_minor"),  # of what was spent: what a kept promise cost below the floor or beyond the budget
    _count("accepted"),  # accepted and neither expired nor given back; redeemed ones too
    _count("redeemed"),
    _count("codes_left"),
    Column("told_end_at", Instant),  # the earliest end that it was live with: people may have been told
    Column("told_days", Integer),  # the same, of the days since a person's last order
    Column("created_at", Instant, nullable=False),
    Column("touched_at", Instant, nullable=False),  # at the last change of anything here
    Index("offers_touched", "touched_at"),
)

# Codes made before anybody asks for one; a code that is taken moves to its acceptance.
offer_codes = Table(
    "offer_codes",
    tables.metadata,
    _shop(),
    Column("offer_id", Text, primary_key=True),
    Column("code", Text, primary_key=True),
)

# One row a promise. status: accepted, redeemed, expired.
acceptances = Table(
    "acceptances",
    tables.metadata,
    _shop(),
    Column("code", Text, primary_key=True),
    Column("offer_id", Text, nullable=False),
    Column("offer_version", Integer, nullable=False),
    Column("slate_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("customer_id", Text),  # proved, and with consent
    Column("visitor_id", Text),  # with consent
    Column("cart_id", Text),  # proved
    Column("stacking", Text, nullable=False),
    Column("terms", JSON, nullable=False),  # what was promised
    Column("proof", JSON, nullable=False),  # the sum of the margin floor
    Column("reserved_minor", BigInteger, nullable=False),
    Column("spent_minor", BigInteger, nullable=False, server_default="0"),
    Column("loss_minor", BigInteger, nullable=False, server_default="0"),
    Column("redemption_id", Text),
    Column("order_id", Text),
    Column("redeemed_at", Instant),
    Column("trouble", Text),  # why the order that redeemed it would have been refused, were it not paid
    Index("acceptances_slate", "shop_id", "slate_id", unique=True),
    Index("acceptances_order", "shop_id", "order_id"),
    Index("acceptances_expiring", "status", "expires_at"),
    Index("acceptances_changed", "changed_at"),
    Index("acceptances_customer", "shop_id", "customer_id"),
    Index("acceptances_visitor", "shop_id", "visitor_id"),
    Index("acceptances_cart", "shop_id", "cart_id"),
)

# Who said no to which offer last, and until when it is quiet. `person`: `customer:…`, `visitor:…`, `cart:…`.
dismissals = Table(
    "dismissals",
    tables.metadata,
    _shop(),
    Column("person", Text, primary_key=True),
    Column("offer_id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("dismissals_at", "at"),
)

# What the shop itself must do for a redeemed promise, until its server has heard of it.
handovers = Table(
    "handovers",
    tables.metadata,
    _shop(),
    Column("redemption_id", Text, primary_key=True),
    Column("told", JSON, nullable=False),  # the body of the webhook
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant),  # null: told, or given up
    Column("told_at", Instant),
)
