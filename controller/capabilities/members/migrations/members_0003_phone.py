"""A member's own telephone number."""

import sqlalchemy as sa
from alembic import op

revision = "members_0003"
down_revision = "members_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column("member", sa.Column("phone", sa.String(length=400), nullable=True))
