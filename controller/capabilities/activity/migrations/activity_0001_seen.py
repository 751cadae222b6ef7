"""What was ticked off, and until when each account has read."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "activity_0001"
down_revision = None
branch_labels = ("activity",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "activity_seen",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_activity_seen_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "key", name=op.f("pk_activity_seen")),
    )
    op.create_table(
        "activity_read_until",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("before", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_activity_read_until_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_activity_read_until_account_id_account")
        ),
        sa.PrimaryKeyConstraint("site_id", "account_id", name=op.f("pk_activity_read_until")),
    )
