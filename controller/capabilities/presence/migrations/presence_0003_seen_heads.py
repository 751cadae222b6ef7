"""How many of a group have been seen at the assembly point."""

import sqlalchemy as sa
from alembic import op

revision = "presence_0003"
down_revision = "presence_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of an evacuation that goes on, whoever was ticked was there with all heads."""
    column = sa.Column("seen_heads", sa.Integer(), nullable=False, server_default="0")
    op.add_column("evacuation_roll", column)
    op.execute("UPDATE evacuation_roll SET seen_heads = heads WHERE seen_at IS NOT NULL")
