"""Where an organisation has its statements written to, and by which form a payment was made."""

import sqlalchemy as sa
from alembic import op

revision = "billing_0003"
down_revision = "billing_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column("invoicing", sa.Column("email", sa.String(length=400), nullable=True))
    op.add_column("payment", sa.Column("once", sa.String(length=36), nullable=True))
    op.create_index("uq_payment_once", "payment", ["once"], unique=True)
