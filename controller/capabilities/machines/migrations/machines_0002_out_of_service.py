"""Since when an access point is out of service: an agent says only when its lock last moved."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "machines_0002"
down_revision = "machines_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it; what is out of service already began at an unknown time."""
    op.add_column("access_point", sa.Column("out_of_service_at", UtcDateTime(), nullable=True))
