"""A search after an incident can be refused by its second person."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "privacy_0001"
down_revision = None
branch_labels = ("privacy",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.add_column("incident", sa.Column("refused_by", sa.String(), nullable=True))
    op.add_column("incident", sa.Column("refused_at", UtcDateTime(), nullable=True))
