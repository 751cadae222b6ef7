"""From when a badge opens its holder's own page, and why a badge is suspended (0210, 0211)."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "badges_0004"
down_revision = "badges_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Badges that members have already open their pages; lent ones and guests' no more."""
    op.add_column("credential", sa.Column("own_page_from", UtcDateTime(), nullable=True))
    op.add_column("credential", sa.Column("suspended_because", sa.String(length=32), nullable=True))
    credential = sa.table(
        "credential",
        sa.column("kind", sa.String()),
        sa.column("lent", sa.Boolean()),
        sa.column("member_id", sa.String()),
        sa.column("created_at", UtcDateTime()),
        sa.column("own_page_from", UtcDateTime()),
    )
    theirs = (
        credential.c.kind == "member",
        credential.c.lent.is_(sa.false()),
        credential.c.member_id.is_not(None),
    )
    op.execute(sa.update(credential).where(*theirs).values(own_page_from=credential.c.created_at))
