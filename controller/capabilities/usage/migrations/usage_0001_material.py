"""The material that prints took, of each session and of each day."""

import sqlalchemy as sa
from alembic import op

revision = "usage_0001"
down_revision = None
branch_labels = ("usage",)
depends_on = "0001"


def upgrade() -> None:
    """Build it: what was used before weighs nothing."""
    for table in ("machine_session", "usage_day"):
        op.add_column(
            table, sa.Column("material_mg", sa.BigInteger(), nullable=False, server_default="0")
        )
