"""Why a member's access is suspended."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "members_0001"
down_revision = None
branch_labels = ("members",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "member_suspension",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_suspension_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_suspension")),
    )
    op.create_index(
        op.f("ix_member_suspension_member_id"), "member_suspension", ["member_id"], unique=False
    )
