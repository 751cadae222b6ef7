"""When it became known that somebody is in, where that was later than it happened."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "presence_0001"
down_revision = None
branch_labels = ("presence",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.add_column("presence", sa.Column("learnt_at", UtcDateTime(), nullable=True))
