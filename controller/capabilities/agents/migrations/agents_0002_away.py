"""When agents were away, and which say that something is wrong with their hardware."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "agents_0002"
down_revision = "agents_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it; what an agent says is judged when it next says something."""
    op.create_table(
        "agent_away",
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_agent_away_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("agent_id", "since", name=op.f("pk_agent_away")),
    )
    op.add_column(
        "agent_state",
        sa.Column("troubled", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
