"""The tables of platforms: which ones a shop is connected to, and what they delivered.

They are part of `plugin.store.tables`, which says what all tables share.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, text

from plugin.store import tables
from plugin.store.instants import Instant

_WAITS = text("due_at IS NOT NULL")


def _shop() -> Column[str]:
    return Column("shop_id", Text, primary_key=True)


# One row a platform of a shop.
connected_platforms = Table(
    "connected_platforms",
    tables.metadata,
    _shop(),
    Column("platform", Text, primary_key=True),
    Column("address", Text),  # where the platform's API, or its keys, are asked
    Column("account_id", Text),  # what the platform calls the shop
    Column("secrets", JSON, nullable=False, info=tables.ENCRYPTED),  # newest first; at most two are valid
    Column("token", Text, info=tables.ENCRYPTED),  # of its API
    Column("keys", JSON),  # public ones that it signs with, as it last told them
    Column("keys_read_at", Instant),
    Column("connected_at", Instant, nullable=False),
    Column("refused_at", Instant),  # when a delivery was refused last, to the minute, and why
    Column("refused_reason", Text),
    # Whether offers' codes are made as coupons there, and why that last failed.
    Column("coupons", Boolean, nullable=False, server_default=text("false")),
    Column("coupons_message", Text),
    # How often in a row its API said nothing, and until when no job asks it again.
    Column("silences", Integer, nullable=False, server_default="0"),
    Column("silent_until", Instant),
    # The same of jobs that wait less long, which such silences keep from asking, and nobody else.
    Column("short_silences", Integer, nullable=False, server_default="0"),
    Column("short_silent_until", Instant),
    # Disconnected; the row is there for its token alone, until coupons and webhooks there are removed.
    Column("is_leaving", Boolean, nullable=False, server_default=text("false")),
)

# One row a coupon that was made in the shop and may still be there: in the pool, or promised to somebody.
platform_coupons = Table(
    "platform_coupons",
    tables.metadata,
    _shop(),
    Column("code", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("offer_id", Text, nullable=False),
    Column("offer_version", Integer, nullable=False),
    Column("coupon_id", Text, nullable=False),  # the platform's
    Column("made_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),  # there, whatever becomes of it here
    Column("tried_at", Instant),  # when the shop refused last to remove it
    # Made where the platform is connected no more: by its coupon_id another shop's would be removed.
    Column("is_lost", Boolean, nullable=False, server_default=text("false")),
)

# One row a noun that is read through a platform's API: how far, and when again.
platform_readings = Table(
    "platform_readings",
    tables.metadata,
    _shop(),
    Column("platform", Text, primary_key=True),
    Column("noun", Text, primary_key=True),  # webhooks, products, orders, gone
    Column("place", JSON),  # the platform's own: where the next page begins; null: at the beginning
    Column("rows_done", BigInteger, nullable=False, server_default="0"),  # since it last began
    Column("rows_left", BigInteger),  # as the platform last told
    Column("attempts", Integer, nullable=False, server_default="0"),  # that failed, in a row
    Column("message", Text),  # why the last one failed
    Column("due_at", Instant, nullable=False),
    Column("caught_up_at", Instant),  # when nothing was left last
    Column("rejected", Text),  # which one could not be used last, and why
)

# One row a product that a platform's API has told of: what is not found there later was deleted there.
platform_products = Table(
    "platform_products",
    tables.metadata,
    _shop(),
    Column("platform", Text, primary_key=True),
    Column("product_id", Text, primary_key=True),
)

# One row a delivery that was authentic. verdict null: it waits for a job.
deliveries = Table(
    "deliveries",
    tables.metadata,
    _shop(),
    Column("platform", Text, primary_key=True),
    Column("delivery_id", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", LargeBinary, info=tables.ENCRYPTED),  # null as soon as nobody needs it any more
    Column("verdict", Text),
    Column("message", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant),  # null: worked, or given up
    Column("worked_at", Instant),
    Index("deliveries_due", "shop_id", "due_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
    Index("deliveries_received", "shop_id", "received_at"),
)
