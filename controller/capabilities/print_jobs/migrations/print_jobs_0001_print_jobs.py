"""Prints that printers asked for, and how they ended."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "print_jobs_0001"
down_revision = None
branch_labels = ("print_jobs",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "print_job",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("member_ref", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=True),
        sa.Column("minutes", sa.Double(), nullable=True),
        sa.Column("grams", sa.Double(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("used_minutes", sa.Double(), nullable=True),
        sa.Column("used_grams", sa.Double(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_print_job_site_id_site")),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_print_job_access_point_id_access_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.create_index(op.f("ix_print_job_member_ref"), "print_job", ["member_ref"])
    op.create_index("ix_print_job_site_id_id", "print_job", ["site_id", "id"])
    op.create_index("ix_print_job_access_point_id_id", "print_job", ["access_point_id", "id"])
    op.create_index(
        "ix_print_job_unsettled",
        "print_job",
        ["ended_at"],
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
