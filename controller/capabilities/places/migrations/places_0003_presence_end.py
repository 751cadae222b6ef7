"""The rule by which somebody who does not badge out is signed out (0222)."""

import sqlalchemy as sa
from alembic import op

revision = "places_0003"
down_revision = "places_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As it was until now: the person's own hours, a day at most."""
    op.add_column(
        "site",
        sa.Column("presence_end", sa.String(length=32), nullable=False, server_default="own_hours"),
    )
    op.add_column(
        "site", sa.Column("presence_longest_h", sa.Integer(), nullable=False, server_default="24")
    )
