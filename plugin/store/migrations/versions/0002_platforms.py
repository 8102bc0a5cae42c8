"""Platforms: which ones a shop is connected to, what they delivered, and who is not to come back by them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """One step forward."""
    op.create_table(
        "connected_platforms",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("keys", sa.JSON(), nullable=True),
        sa.Column("keys_read_at", sa.BigInteger(), nullable=True),
        sa.Column("connected_at", sa.BigInteger(), nullable=False),
        sa.Column("refused_at", sa.BigInteger(), nullable=True),
        sa.Column("refused_reason", sa.Text(), nullable=True),
        sa.Column("coupons", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("coupons_message", sa.Text(), nullable=True),
        sa.Column("silences", sa.Integer(), server_default="0", nullable=False),
        sa.Column("silent_until", sa.BigInteger(), nullable=True),
        sa.Column("short_silences", sa.Integer(), server_default="0", nullable=False),
        sa.Column("short_silent_until", sa.BigInteger(), nullable=True),
        sa.Column("is_leaving", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "platform"),
    )
    op.create_table(
        "deliveries",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("worked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "platform", "delivery_id"),
    )
    op.create_table(
        "platform_coupons",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("offer_version", sa.Integer(), nullable=False),
        sa.Column("coupon_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("is_lost", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "code"),
    )
    op.create_table(
        "platform_products",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "platform", "product_id"),
    )
    op.create_table(
        "platform_readings",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("rows_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_left", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("caught_up_at", sa.BigInteger(), nullable=True),
        sa.Column("rejected", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("shop_id", "platform", "noun"),
    )
    op.create_table(
        "erased_addresses",
        sa.Column("shop_id", sa.Text(), nullable=False),
        sa.Column("email_hash", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "email_hash"),
    )
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["shop_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("deliveries_received", "deliveries", ["shop_id", "received_at"], unique=False)
