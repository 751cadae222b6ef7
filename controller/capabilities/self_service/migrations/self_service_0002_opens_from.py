"""A code that was chosen at a terminal opens the own page a day later (decision 0217)."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "self_service_0002"
down_revision = "self_service_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    for column in ("opens_from", "choice_opens_from"):
        op.add_column("member_code", sa.Column(column, UtcDateTime(), nullable=True))
