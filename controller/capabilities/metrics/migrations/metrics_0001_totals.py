"""Sums of events and decisions."""

import sqlalchemy as sa
from alembic import op

revision = "metrics_0001"
down_revision = None
branch_labels = ("metrics",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "event_total",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("on_time", sa.BigInteger(), nullable=False),
        sa.Column("way_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "type", name=op.f("pk_event_total")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decision_total",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("taps", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "site_id", "access_point_id", "reason", name=op.f("pk_decision_total")
        ),
        sqlite_with_rowid=False,
    )
