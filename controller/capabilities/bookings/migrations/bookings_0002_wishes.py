"""Who wants to be told when a machine, or a place in a course, is free."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "bookings_0002"
down_revision = "bookings_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    references = {
        "site_id": "site",
        "member_id": "member",
        "access_point_id": "access_point",
        "session_id": "course_session",
    }
    op.create_table(
        "wish",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("came_true_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(access_point_id IS NULL) <> (session_id IS NULL)", name=op.f("ck_wish_one_thing")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_wish_{column}_{table}")
            )
            for column, table in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
    )
    op.create_index(op.f("ix_wish_member_id"), "wish", ["member_id"], unique=False)
