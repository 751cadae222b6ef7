"""Alarms are found by their agent: each batch of its events asks for those that are open."""

from alembic import op

revision = "alarms_0001"
down_revision = None
branch_labels = ("alarms",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_index(op.f("ix_alarm_agent_id"), "alarm", ["agent_id"], unique=False)
