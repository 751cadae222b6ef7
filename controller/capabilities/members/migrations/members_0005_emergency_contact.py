"""Whom to call when a member is hurt."""

import sqlalchemy as sa
from alembic import op

revision = "members_0005"
down_revision = "members_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody yet."""
    op.add_column("member", sa.Column("emergency_contact", sa.String(length=400), nullable=True))
