"""How long a walk takes at least, by which a copied badge is noticed (0211)."""

import sqlalchemy as sa
from alembic import op

revision = "places_0002"
down_revision = "places_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No site has said anything yet."""
    for column in (
        sa.Column("walking_times", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("walk_from_elsewhere_s", sa.Integer(), nullable=True),
        sa.Column(
            "suspends_copied_badges", sa.Boolean(), nullable=False, server_default=sa.false()
        ),
    ):
        op.add_column("site", column)
