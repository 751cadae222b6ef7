"""The wiring that a new Pi writes into its configuration, proposed with its code."""

import sqlalchemy as sa
from alembic import op

revision = "agents_0001"
down_revision = None
branch_labels = ("agents",)
depends_on = "0001"


def upgrade() -> None:
    """Add it; codes that are out have none."""
    op.add_column("claim_code", sa.Column("wiring", sa.JSON(), nullable=True))
