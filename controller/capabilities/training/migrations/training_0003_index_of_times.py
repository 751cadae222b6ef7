"""An index by which a month's certifications are found among those of many years."""

from alembic import op

revision = "training_0003"
down_revision = "training_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_index("ix_held_history_at", "held_history", ["at"], unique=False)
