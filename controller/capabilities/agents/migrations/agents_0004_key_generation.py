"""Which generation of its site's credential key an agent says that it holds."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "agents_0004"
down_revision = "agents_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it, empty: no agent has said."""
    op.add_column("agent_state", sa.Column("key_generation", sa.Integer(), nullable=True))
    op.add_column("agent_state", sa.Column("key_since", UtcDateTime(), nullable=True))
