"""Who entered a subscription or a pass, and when: what is older is corrected with a reason."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "plans_0001"
down_revision = None
branch_labels = ("plans",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    for table in ("subscription", "pass"):
        op.add_column(table, sa.Column("entered_at", UtcDateTime(), nullable=True))
        op.add_column(table, sa.Column("entered_by", sa.String(), nullable=True))
