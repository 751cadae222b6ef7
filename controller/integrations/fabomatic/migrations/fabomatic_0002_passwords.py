"""Each board has a password of its own at its broker."""

import sqlalchemy as sa
from alembic import op

revision = "fabomatic_0002"
down_revision = "fabomatic_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column(
        "fabomatic_board", sa.Column("password_hash", sa.String(length=400), nullable=True)
    )
