"""An index by which the members of a state are found among many thousands."""

from alembic import op

revision = "members_0003"
down_revision = "members_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_index(
        "ix_member_status_id_site_id", "member", ["status", "id", "site_id"], unique=False
    )
