"""The first form of the store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """One step forward."""
    op.create_table(
        "customers",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("consent_personal", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("consent_mail", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("consent_at", sa.BigInteger(), nullable=True),
        sa.Column("email_encrypted", sa.Text(), nullable=True),
        sa.Column("email_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("birth_month_day", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "customer_id"),
    )
    op.create_index("customers_arrived", "customers", ["shop_id", "arrived_at"], unique=False)
    op.create_index("customers_email", "customers", ["shop_id", "email_hash"], unique=False)
    op.create_index(
        "customers_erased",
        "customers",
        ["shop_id", "erased_at"],
        unique=False,
        sqlite_where=sa.text("erased_at IS NOT NULL"),
        postgresql_where=sa.text("erased_at IS NOT NULL"),
    )
    op.create_table(
        "events",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("slate_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("bundle_id", sa.Text(), nullable=True),
        sa.Column("offer_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("visitor_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "event_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("events_at", "events", ["shop_id", "at"], unique=False)
    op.create_index(
        "events_order",
        "events",
        ["shop_id", "order_id"],
        unique=False,
        sqlite_where=sa.text("order_id IS NOT NULL"),
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index("events_slate", "events", ["shop_id", "slate_id"], unique=False)
    op.create_index(
        "events_visitor",
        "events",
        ["shop_id", "visitor_id"],
        unique=False,
        sqlite_where=sa.text("visitor_id IS NOT NULL"),
        postgresql_where=sa.text("visitor_id IS NOT NULL"),
    )
    op.create_table(
        "complements",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("complements", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "product_id"),
    )
    op.create_table(
        "imports",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("file_fingerprint", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_rejected", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("rejects_path", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "import_id"),
    )
    op.create_table(
        "leases",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "name"),
    )
    op.create_table(
        "merchants",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("session_version", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("shop_id"),
    )
    op.create_table(
        "models",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("trained_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "model_version"),
    )
    op.create_table(
        "order_lines",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("variant_id", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("discount_minor", sa.BigInteger(), nullable=True),
        sa.Column("tax_minor", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "import_id", "order_id", "line_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "orders",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordered_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("email_hash", sa.Text(), nullable=True),
        sa.Column("visitor_id", sa.Text(), nullable=True),
        sa.Column("slate_ids", sa.JSON(), nullable=True),
        sa.Column("coupon_codes", sa.JSON(), nullable=True),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=True),
        sa.Column("erased", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "order_id", "import_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("orders_arrived", "orders", ["shop_id", "arrived_at"], unique=False)
    op.create_index("orders_customer", "orders", ["shop_id", "customer_id"], unique=False)
    op.create_index("orders_ordered", "orders", ["shop_id", "ordered_at"], unique=False)
    op.create_index("orders_visitor", "orders", ["shop_id", "visitor_id"], unique=False)
    op.create_table(
        "products",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("visible", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("catalogue_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "product_id"),
    )
    op.create_index("products_changed", "products", ["shop_id", "catalogue_version"], unique=False)
    op.create_index("products_created", "products", ["shop_id", "created_at"], unique=False)
    op.create_table(
        "settings",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id"),
    )
    op.create_table(
        "shop_keys",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("encrypted", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "key_id"),
    )
    op.create_index("shop_keys_fingerprint", "shop_keys", ["fingerprint"], unique=True)
    op.create_index("shop_keys_public", "shop_keys", ["public_key"], unique=True)
    op.create_table(
        "shops",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("catalogue_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settings_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("model_version", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("shop_id"),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "fingerprint"),
    )
    op.create_table(
        "slates",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("slate_id", sa.Text(), nullable=False),
        sa.Column("placement", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=True),
        sa.Column("visitor_id", sa.Text(), nullable=True),
        sa.Column("served_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "slate_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("slates_visitor", "slates", ["shop_id", "visitor_id"], unique=False)
    op.create_table(
        "trainings",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("training_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("model_version", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "training_id"),
    )
    op.create_table(
        "variant_history",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("variant_id", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "product_id", "variant_id", "from_at"),
    )
    op.create_table(
        "variants",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("variant_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("tax_share", sa.Float(), nullable=True),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "product_id", "variant_id"),
    )
    op.create_table(
        "acceptances",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("offer_version", sa.Integer(), nullable=False),
        sa.Column("slate_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("visitor_id", sa.Text(), nullable=True),
        sa.Column("cart_id", sa.Text(), nullable=True),
        sa.Column("stacking", sa.Text(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("reserved_minor", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("loss_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("redemption_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("redeemed_at", sa.BigInteger(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "code"),
    )
    op.create_index("acceptances_cart", "acceptances", ["shop_id", "cart_id"], unique=False)
    op.create_index("acceptances_changed", "acceptances", ["changed_at"], unique=False)
    op.create_index("acceptances_customer", "acceptances", ["shop_id", "customer_id"], unique=False)
    op.create_index("acceptances_expiring", "acceptances", ["status", "expires_at"], unique=False)
    op.create_index("acceptances_order", "acceptances", ["shop_id", "order_id"], unique=False)
    op.create_index("acceptances_slate", "acceptances", ["shop_id", "slate_id"], unique=True)
    op.create_index("acceptances_visitor", "acceptances", ["shop_id", "visitor_id"], unique=False)
    op.create_table(
        "dismissals",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "person", "offer_id"),
    )
    op.create_index("dismissals_at", "dismissals", ["at"], unique=False)
    op.create_table(
        "offer_codes",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "offer_id", "code"),
    )
    op.create_table(
        "offers",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("budget_count", sa.BigInteger(), nullable=True),
        sa.Column("reserved_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("loss_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("accepted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("redeemed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("codes_left", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("told_end_at", sa.BigInteger(), nullable=True),
        sa.Column("told_days", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "offer_id"),
    )
    op.create_index("offers_touched", "offers", ["touched_at"], unique=False)
    op.create_table(
        "handovers",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("redemption_id", sa.Text(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "redemption_id"),
    )
