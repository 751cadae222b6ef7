"""Loans."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "lending_0001"
down_revision = None
branch_labels = ("lending",)
depends_on = "1000"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "loan",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("tool", sa.String(length=400), nullable=False),
        sa.Column("remark", sa.String(length=400), nullable=True),
        sa.Column("lent_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("back_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_loan_site_id_site")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_loan_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
    )
    op.create_index(op.f("ix_loan_site_id"), "loan", ["site_id"], unique=False)
    op.create_index(op.f("ix_loan_member_id"), "loan", ["member_id"], unique=False)
