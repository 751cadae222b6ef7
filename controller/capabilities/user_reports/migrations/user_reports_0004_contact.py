"""Where somebody who told something wants an answer."""

import sqlalchemy as sa
from alembic import op

revision = "user_reports_0004"
down_revision = "user_reports_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column("user_report", sa.Column("contact", sa.String(length=400)))
