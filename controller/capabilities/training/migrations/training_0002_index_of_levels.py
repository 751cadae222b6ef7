"""An index by which trainers are found among the many thousands who hold a certification."""

from alembic import op

revision = "training_0002"
down_revision = "training_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_index(
        "ix_held_certification_id_level", "held", ["certification_id", "level"], unique=False
    )
    op.drop_index(op.f("ix_held_certification_id"), table_name="held")
