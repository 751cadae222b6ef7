"""Why a date is not as every week; and school holidays."""

import sqlalchemy as sa
from alembic import op

revision = "places_0001"
down_revision = None
branch_labels = ("places",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "day_apart",
        sa.Column("schedule_id", sa.String(length=63), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_day_apart_schedule_id_schedule")
        ),
        sa.PrimaryKeyConstraint("schedule_id", "day", name=op.f("pk_day_apart")),
    )
    op.create_table(
        "school_holiday",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_school_holiday_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_holiday")),
    )
    op.create_index(op.f("ix_school_holiday_site_id"), "school_holiday", ["site_id"], unique=False)
