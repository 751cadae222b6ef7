"""How many others say the same of what was told."""

import sqlalchemy as sa
from alembic import op

revision = "user_reports_0003"
down_revision = "user_reports_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column(
        "user_report", sa.Column("also", sa.Integer(), nullable=False, server_default="0")
    )
