"""Where each badge was used last, by which a copied one is noticed (0211)."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "alarms_0002"
down_revision = "alarms_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it, empty."""
    op.create_table(
        "badge_last_seen",
        sa.Column("credential_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("earliest", UtcDateTime(), nullable=False),
        sa.Column("latest", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_badge_last_seen_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_badge_last_seen_site_id_site")
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_badge_last_seen")),
    )
    op.create_index(op.f("ix_badge_last_seen_latest"), "badge_last_seen", ["latest"])
    op.create_index(op.f("ix_badge_last_seen_member_id"), "badge_last_seen", ["member_id"])
