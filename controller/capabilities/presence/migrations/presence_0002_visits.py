"""Visits that the place's rule has ended: their end can be corrected for two days."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "presence_0002"
down_revision = "presence_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No visit has been ended yet."""
    op.create_table(
        "ended_visit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("zone_id", sa.String(length=63), nullable=False),
        sa.Column("member_ref", sa.String(length=36), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("corrected_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_ended_visit_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_ended_visit_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_visit")),
    )
    op.create_index(op.f("ix_ended_visit_member_ref"), "ended_visit", ["member_ref"])
    op.create_index(op.f("ix_ended_visit_until"), "ended_visit", ["until"])
