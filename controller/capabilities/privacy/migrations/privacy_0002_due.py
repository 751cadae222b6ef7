"""Records wait before they are erased by age, and can be brought back."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "privacy_0002"
down_revision = "privacy_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "member_due",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("due_since", UtcDateTime(), nullable=True),
        sa.Column("brought_back_at", UtcDateTime(), nullable=True),
        sa.Column("brought_back_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_due_member_id_member")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_member_due_site_id_site")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_due")),
    )
    op.create_index(op.f("ix_member_due_site_id"), "member_due", ["site_id"])
