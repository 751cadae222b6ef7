"""Why a payment was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "billing_0004"
down_revision = "billing_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column("payment", sa.Column("reason", sa.String(length=400), nullable=True))
