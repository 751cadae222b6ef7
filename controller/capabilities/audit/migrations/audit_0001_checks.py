"""When the chain was read again; and the audit is found by who acted, by act and by time."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "audit_0001"
down_revision = None
branch_labels = ("audit",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "audit_check",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("broken_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_check")),
    )
    op.create_index("ix_audit_actor_seq", "audit", ["actor", "seq"])
    op.create_index("ix_audit_action_seq", "audit", ["action", "seq"])
    op.create_index("ix_audit_at", "audit", ["at"])
