"""What a record was called that was merged into another one of the same person."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "members_0002"
down_revision = "members_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "member_former",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.String(length=400), nullable=False),
        sa.Column("email", sa.String(length=400), nullable=True),
        sa.Column("merged_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_former_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_former")),
        sa.UniqueConstraint("ref", name=op.f("uq_member_former_ref")),
    )
    op.create_index(
        op.f("ix_member_former_member_id"), "member_former", ["member_id"], unique=False
    )
