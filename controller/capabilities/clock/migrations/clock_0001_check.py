"""When the controller's date was last plausible, and who confirmed it."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "clock_0001"
down_revision = None
branch_labels = ("clock",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "clock_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plausible_at", UtcDateTime(), nullable=True),
        sa.Column("doubt", sa.String(length=64), nullable=True),
        sa.Column("doubt_since", UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_check")),
    )
