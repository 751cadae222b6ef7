"""Who came with a group of visitors and answers for it."""

import sqlalchemy as sa
from alembic import op

revision = "groups_0001"
down_revision = None
branch_labels = ("groups",)
depends_on = "0001"


def upgrade() -> None:
    """Nobody has been named yet."""
    op.add_column("visiting_group", sa.Column("supervisors", sa.String(), nullable=True))
