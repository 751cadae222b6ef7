"""A wish can be for a session of a course that has none planned."""

import sqlalchemy as sa
from alembic import op

revision = "bookings_0003"
down_revision = "bookings_0002"
branch_labels = None
depends_on = None

_ONE_THING = (
    "(CASE WHEN access_point_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN session_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1"
)


def upgrade() -> None:
    """Add it."""
    with op.batch_alter_table("wish") as table:
        table.drop_constraint(op.f("ck_wish_one_thing"), type_="check")
        table.add_column(sa.Column("course_id", sa.String(length=63), nullable=True))
        table.create_foreign_key(op.f("fk_wish_course_id_course"), "course", ["course_id"], ["id"])
        table.create_check_constraint(op.f("ck_wish_one_thing"), _ONE_THING)
        table.create_index(op.f("ix_wish_course_id"), ["course_id"], unique=False)
