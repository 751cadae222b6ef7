"""An index by which trainers are found among the many thousands who hold a certification.

A branch of its own, which needs no other step of the rooms.
"""

from alembic import op

revision = "trainers_0001"
down_revision = None
branch_labels = ("trainers",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_index(
        "ix_held_certification_id_level", "held", ["certification_id", "level"], unique=False
    )
    op.drop_index(op.f("ix_held_certification_id"), table_name="held")
