"""When a place came free for somebody who waited: they are told so."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "training_0004"
down_revision = "training_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column("enrolment", sa.Column("moved_up_at", UtcDateTime(), nullable=True))
