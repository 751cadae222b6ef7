"""Addresses of calendars."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "calendars_0001"
down_revision = None
branch_labels = ("calendars",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    references = {"site_id": "site", "member_id": "member"}
    references |= {"access_point_id": "access_point", "zone_id": "zone"}
    op.create_table(
        "calendar",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_calendar_{column}_{table}")
            )
            for column, table in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("digest", name=op.f("uq_calendar_digest")),
    )
    op.create_index(op.f("ix_calendar_site_id"), "calendar", ["site_id"], unique=False)
    op.create_index(op.f("ix_calendar_member_id"), "calendar", ["member_id"], unique=False)
