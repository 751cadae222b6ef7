"""Which board is which machine, and how their broker is."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "fabomatic_0001"
down_revision = None
branch_labels = ("fabomatic",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "fabomatic_board",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_fabomatic_board_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_fabomatic_board_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "number", name=op.f("pk_fabomatic_board")),
        sa.UniqueConstraint("access_point_id", name=op.f("uq_fabomatic_board_access_point_id")),
    )
    op.create_table(
        "fabomatic_link",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("said", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_fabomatic_link_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_fabomatic_link")),
    )
