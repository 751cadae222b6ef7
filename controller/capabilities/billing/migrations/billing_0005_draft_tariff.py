"""A draft of the next tariff; several versions may begin on one day; why a till was not right."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "billing_0005"
down_revision = "billing_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.drop_index("uq_tariff_site_id_valid_from", table_name="tariff")
    op.create_table(
        "tariff_draft",
        sa.Column("site_id", sa.String(length=63), sa.ForeignKey("site.id"), primary_key=True),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
    )
    op.add_column("till_day", sa.Column("reason", sa.String(length=400), nullable=True))
