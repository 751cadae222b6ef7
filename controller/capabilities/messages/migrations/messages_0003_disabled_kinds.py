"""Which messages a site does not send."""

import sqlalchemy as sa
from alembic import op

revision = "messages_0003"
down_revision = "messages_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "disabled_message_kind",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_disabled_message_kind_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "what", name=op.f("pk_disabled_message_kind")),
    )
