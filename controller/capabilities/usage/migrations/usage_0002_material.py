"""The material that prints took, of each session and of each day."""

import sqlalchemy as sa
from alembic import op

revision = "usage_0002"
down_revision = "usage_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it: what was used before weighs nothing."""
    for table in ("machine_session", "usage_day"):
        op.add_column(
            table, sa.Column("material_mg", sa.BigInteger(), nullable=False, server_default="0")
        )
