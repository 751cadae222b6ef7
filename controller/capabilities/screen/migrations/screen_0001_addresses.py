"""Addresses of screens and terminals, and what a site shows to everybody."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "screen_0001"
down_revision = None
branch_labels = ("screen",)
depends_on = "0001"


def upgrade() -> None:
    """Build both."""
    op.create_table(
        "screen_address",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_screen_address_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen_address")),
        sa.UniqueConstraint("hash", name=op.f("uq_screen_address_hash")),
    )
    op.create_index(op.f("ix_screen_address_site_id"), "screen_address", ["site_id"], unique=False)
    op.create_table(
        "screen_rule",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("frame_origins", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_screen_rule_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_screen_rule")),
    )
