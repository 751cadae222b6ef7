"""Needs that people tell, by theme, and what became of them."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "user_reports_0002"
down_revision = "user_reports_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "need",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("theme", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=400), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("at_desk", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_need_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
    )
    op.create_index(op.f("ix_need_site_id"), "need", ["site_id"])
    with op.batch_alter_table("user_report") as table:
        table.add_column(sa.Column("theme", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("need_id", sa.String(length=36), nullable=True))
        table.create_foreign_key(op.f("fk_user_report_need_id_need"), "need", ["need_id"], ["id"])
        table.create_index(op.f("ix_user_report_need_id"), ["need_id"])
