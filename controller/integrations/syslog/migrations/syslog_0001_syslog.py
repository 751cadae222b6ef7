"""How far a log server has been told of the audit."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "syslog_0001"
down_revision = None
branch_labels = ("syslog",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "syslog_place",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_syslog_place")),
    )
