"""What a provider has asked for counts once."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "accounts_0007"
down_revision = "accounts_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has counted yet."""
    op.add_column("linked_identity", sa.Column("proof_at", UtcDateTime(), nullable=True))
