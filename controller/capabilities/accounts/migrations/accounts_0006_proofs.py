"""When the owner of a sign-in proved who they are, and which devices an account knows."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "accounts_0006"
down_revision = "accounts_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    with op.batch_alter_table("sign_in") as table:
        table.alter_column("proved_at", existing_type=UtcDateTime(), nullable=True)
    op.add_column(
        "account", sa.Column("device_generation", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("sign_in_step", sa.Column("proved_at", UtcDateTime(), nullable=True))
