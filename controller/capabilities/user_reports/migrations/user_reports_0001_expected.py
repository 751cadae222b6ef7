"""A note may be of a delivery that is expected at a time."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "user_reports_0001"
down_revision = None
branch_labels = ("user_reports",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.add_column("handover_note", sa.Column("expected_at", UtcDateTime(), nullable=True))
