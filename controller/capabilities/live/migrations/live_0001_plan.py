"""Where machines and doors stand on the plan."""

import sqlalchemy as sa
from alembic import op

revision = "live_0001"
down_revision = None
branch_labels = ("live",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "plan_place",
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_plan_place_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_plan_place_site_id_site")),
        sa.PrimaryKeyConstraint("access_point_id", name=op.f("pk_plan_place")),
    )
    op.create_index(op.f("ix_plan_place_site_id"), "plan_place", ["site_id"], unique=False)
