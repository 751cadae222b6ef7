"""Why a course session does not take place; what ends soon is found by its end."""

import sqlalchemy as sa
from alembic import op

revision = "training_0001"
down_revision = None
branch_labels = ("training",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.add_column(
        "course_session", sa.Column("cancelled_reason", sa.String(length=400), nullable=True)
    )
    op.create_index(op.f("ix_held_valid_until"), "held", ["valid_until"], unique=False)
