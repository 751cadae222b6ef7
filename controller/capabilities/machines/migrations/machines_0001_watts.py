"""What an access point draws, where its agent has a meter."""

import sqlalchemy as sa
from alembic import op

revision = "machines_0001"
down_revision = None
branch_labels = ("machines",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.add_column("point_state", sa.Column("watts", sa.Integer(), nullable=True))
