"""What a site asks of who books; and bookings to which nobody came."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "bookings_0001"
down_revision = None
branch_labels = ("bookings",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "booking_terms",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("longest_min", sa.Integer(), nullable=True),
        sa.Column("ahead_days", sa.Integer(), nullable=True),
        sa.Column("release_min", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_booking_terms_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_booking_terms")),
    )
    op.add_column("booking", sa.Column("missed_at", UtcDateTime(), nullable=True))
