"""Indexes by which a few are found among many thousands: members of a state, and trainers.

A branch of its own, which needs no other step of the rooms.
"""

from alembic import op

revision = "of_many_0001"
down_revision = None
branch_labels = ("of_many",)
depends_on = "0001"


def upgrade() -> None:
    """Build them."""
    op.create_index(
        "ix_member_status_id_site_id", "member", ["status", "id", "site_id"], unique=False
    )
    op.create_index(
        "ix_held_certification_id_level", "held", ["certification_id", "level"], unique=False
    )
    op.drop_index(op.f("ix_held_certification_id"), table_name="held")
