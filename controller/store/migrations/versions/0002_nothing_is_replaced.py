"""Append-only tables refuse REPLACE and TRUNCATE; events that came in two streams are known."""

import sqlalchemy as sa
from alembic import op

from controller.store.append_only import KEYS, replacement_triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the triggers, and the table of what came again under another number."""
    op.create_table(
        "event_again",
        sa.Column("stream_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_no"], ["stream_state.no"], name=op.f("fk_event_again_stream_no_stream_state")
        ),
        sa.PrimaryKeyConstraint("stream_no", "seq", name=op.f("pk_event_again")),
    )
    for table in KEYS:
        for statement in replacement_triggers(op.get_bind().dialect.name, table):
            op.execute(statement)
