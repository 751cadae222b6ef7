"""Programs for agents."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "programs_0001"
down_revision = None
branch_labels = ("programs",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "agent_program",
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("architecture", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sig", sa.String(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_agent_program")),
    )
