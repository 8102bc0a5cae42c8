"""Every table, in the order facts arrive: shops, catalogue, customers, orders, events, models.

`shop_id` leads every key. Times are whole milliseconds since 1970 in UTC (`Instant`), money is minor units.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

from plugin.store.instants import Instant

metadata: MetaData = MetaData()

ENCRYPTED = {"encrypted": True}
"""Marks a column whose values the vault hid: a change of keys finds them by it."""


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _shop() -> Column[str]:
    return Column("shop_id", Text, primary_key=True)


def _flag(name: str, *, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text(str(default).lower()))


def _index_of_few(name: str, column: str) -> Index:
    """An index of the rows that have a value there: most have none."""
    few = text(f"{column} IS NOT NULL")
    return Index(name, "shop_id", column, sqlite_where=few, postgresql_where=few)


# -- shops ------------------------------------------------------------------------------------------------

shops = Table(
    "shops",
    metadata,
    _shop(),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    # Counters that every worker polls: a change raises one, and whoever cached older facts reads them again.
    Column("catalogue_version", Integer, nullable=False, server_default="0"),
    Column("settings_version", Integer, nullable=False, server_default="0"),
    Column("model_version", Integer, nullable=False, server_default="0"),
)

shop_keys = Table(
    "shop_keys",
    metadata,
    _shop(),
    _key("key_id"),
    Column("kind", Text, nullable=False),  # public, secret, signing
    Column("public_key", Text),  # public: the key itself
    Column("fingerprint", Text),  # secret: its hash
    Column("encrypted", Text, info=ENCRYPTED),  # signing: the secret
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
    Index("shop_keys_public", "public_key", unique=True),
    Index("shop_keys_fingerprint", "fingerprint", unique=True),
)

settings = Table("settings", metadata, _shop(), Column("value", JSON, nullable=False))

sign_in_links = Table(
    "sign_in_links",
    metadata,
    _shop(),
    _key("fingerprint"),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

merchants = Table(
    "merchants",
    metadata,
    _shop(),
    Column("password_hash", Text, nullable=False),
    # Raised by every change of password: older sessions end.
    Column("session_version", Integer, nullable=False, server_default="0"),
)

# -- catalogue --------------------------------------------------------------------------------------------

products = Table(
    "products",
    metadata,
    _shop(),
    _key("product_id"),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("image_url", Text),
    Column("categories", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    _flag("visible", default=True),
    _flag("deleted"),
    Column("updated_at", Instant),
    Column("created_at", Instant, nullable=False),
    # shops.catalogue_version at the last change of the product or of one of its variants.
    Column("catalogue_version", Integer, nullable=False),
    Index("products_changed", "shop_id", "catalogue_version"),
    Index("products_created", "shop_id", "created_at"),
)

variants = Table(
    "variants",
    metadata,
    _shop(),
    _key("product_id"),
    _key("variant_id"),
    Column("title", Text),
    Column("price_minor", BigInteger),
    Column("cost_minor", BigInteger),
    Column("tax_share", Float),
    Column("stock", BigInteger),  # null: not tracked
)

# What the merchant says goes with a product; kept apart, so that a product sent again does not lose it.
complements = Table(
    "complements",
    metadata,
    _shop(),
    _key("product_id"),
    Column("complements", JSON, nullable=False),  # product ids, best first
    Column("changed_at", Instant, nullable=False),
)

# What changed when, one row a change; the state before the first row is unknown.
variant_history = Table(
    "variant_history",
    metadata,
    _shop(),
    _key("product_id"),
    _key("variant_id"),
    Column("from_at", Instant, primary_key=True),
    Column("price_minor", BigInteger),
    Column("cost_minor", BigInteger),
    Column("stock", BigInteger),
)

# -- customers --------------------------------------------------------------------------------------------

customers = Table(
    "customers",
    metadata,
    _shop(),
    _key("customer_id"),
    _flag("consent_personal"),
    _flag("consent_mail"),
    Column("consent_at", Instant),
    Column("email_encrypted", Text, info=ENCRYPTED),
    Column("email_hash", Text),
    Column("language", Text),
    Column("country", Text),
    Column("birth_month_day", Text),
    Column("updated_at", Instant),
    Column("arrived_at", Instant, nullable=False),
    Column("erased_at", Instant),  # only the id is left then, so that no message brings the customer back
    Index("customers_email", "shop_id", "email_hash"),
    Index("customers_arrived", "shop_id", "arrived_at"),
    _index_of_few("customers_erased", "erased_at"),
)

# The keyed hashes of the mail addresses of who was erased, so that no guest order brings them back.
erased_addresses = Table(
    "erased_addresses",
    metadata,
    _shop(),
    _key("email_hash"),
    Column("erased_at", Instant, nullable=False),
)

# -- orders -----------------------------------------------------------------------------------------------

imports = Table(
    "imports",
    metadata,
    _shop(),
    Column("import_id", Integer, primary_key=True, autoincrement=False),
    Column("noun", Text, nullable=False),  # orders, products, customers
    Column("path", Text, nullable=False),
    Column("file_fingerprint", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("status", Text, nullable=False),  # unfinished, finished, undone
    Column("rows_done", BigInteger, nullable=False, server_default="0"),
    Column("rows_rejected", BigInteger, nullable=False, server_default="0"),
    Column("counts", JSON, nullable=False),
    Column("rejects_path", Text),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
)

# One row a version of an order. import_id 0: it came by itself (API, webhook). The version of an unfinished
# import stands aside. Of the others those are out for which there is one with a greater updated_at (both must
# have one); of what is left the latest, by (arrived_at, import_id), is the order.
orders = Table(
    "orders",
    metadata,
    _shop(),
    _key("order_id"),
    Column("import_id", Integer, primary_key=True, autoincrement=False),
    Column("ordered_at", Instant, nullable=False),
    Column("updated_at", Instant),
    Column("arrived_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("currency", Text),
    Column("prices_include_tax", Boolean),
    Column("customer_id", Text),
    Column("email_hash", Text),
    Column("visitor_id", Text),
    Column("slate_ids", JSON),
    Column("coupon_codes", JSON),
    Column("shipping_minor", BigInteger),
    _flag("erased"),  # its customer was: it counts as revenue, and no model learns from it
    Index("orders_customer", "shop_id", "customer_id"),
    Index("orders_visitor", "shop_id", "visitor_id"),
    Index("orders_ordered", "shop_id", "ordered_at"),
    Index("orders_arrived", "shop_id", "arrived_at"),
    sqlite_with_rowid=False,
)

order_lines = Table(
    "order_lines",
    metadata,
    _shop(),
    Column("import_id", Integer, primary_key=True, autoincrement=False),
    _key("order_id"),
    _key("line_id"),
    Column("product_id", Text, nullable=False),
    Column("variant_id", Text),
    Column("quantity", Float, nullable=False),  # negative: a return
    Column("unit_price_minor", BigInteger),
    Column("discount_minor", BigInteger),
    Column("tax_minor", BigInteger),
    sqlite_with_rowid=False,
)

# -- what was shown and what came of it -------------------------------------------------------------------

slates = Table(
    "slates",
    metadata,
    _shop(),
    _key("slate_id"),
    Column("placement", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("arm", Text),  # encore, holdout, null: outside every experiment
    Column("visitor_id", Text),
    Column("served_at", Instant, nullable=False),
    Index("slates_visitor", "shop_id", "visitor_id"),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    _shop(),
    _key("event_id"),
    Column("type", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("slate_id", Text),
    Column("product_id", Text),
    Column("bundle_id", Text),
    Column("offer_id", Text),
    Column("order_id", Text),
    Column("visitor_id", Text),
    Index("events_at", "shop_id", "at"),
    Index("events_slate", "shop_id", "slate_id"),
    _index_of_few("events_order", "order_id"),
    _index_of_few("events_visitor", "visitor_id"),
    sqlite_with_rowid=False,
)

# -- models -----------------------------------------------------------------------------------------------

trainings = Table(
    "trainings",
    metadata,
    _shop(),
    Column("training_id", Integer, primary_key=True, autoincrement=False),
    Column("cause", Text, nullable=False),  # schedule, orders, merchant, erasure, command
    Column("status", Text, nullable=False),  # requested, running, published, rejected, failed
    Column("requested_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("message", Text),
    Column("model_version", Integer),
    Column("reason", Text),  # how it ended, in a word
    Column("details", JSON),
)

models = Table(
    "models",
    metadata,
    _shop(),
    Column("model_version", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False),  # below the artefact folder
    Column("checksum", Text, nullable=False),
    Column("trained_at", Instant, nullable=False),
    Column("published_at", Instant),
    Column("figures", JSON, nullable=False),
)

# Who may do a thing that only one may do at a time; a lapsed lease is anybody's.
leases = Table(
    "leases",
    metadata,
    _shop(),
    _key("name"),
    Column("owner", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

# Tables that stand in a file of their own, of which this one holds the whole.
from plugin.store import offer_tables as offer_tables  # noqa: E402 - they are made from what stands above
from plugin.store import platform_tables as platform_tables  # noqa: E402
