"""What erased people owe and have paid stands apart from what is sold at the counter (0223)."""

import sqlalchemy as sa
from alembic import op

revision = "billing_0006"
down_revision = "billing_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those who were erased before, it can't be told any more."""
    for table in ("statement", "charge", "payment"):
        op.add_column(
            table, sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false())
        )
