"""Whether somebody cut the power of their own session."""

import sqlalchemy as sa
from alembic import op

revision = "usage_0003"
down_revision = "usage_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it: what was cut before stays as it was charged."""
    op.add_column(
        "machine_session",
        sa.Column("cut_by_own", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
