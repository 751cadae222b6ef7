"""When a session was moved: also who gets no letter has to learn of it."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "training_0005"
down_revision = "training_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column("enrolment", sa.Column("time_changed_at", UtcDateTime(), nullable=True))
