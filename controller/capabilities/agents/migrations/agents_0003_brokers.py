"""Which broker a site has, and the CRL that hubs beside such a broker install."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "agents_0003"
down_revision = "agents_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build both, empty: every site is at the installation's own broker, as it was."""
    op.create_table(
        "site_broker",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_broker_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_site_broker")),
    )
    op.create_table(
        "revocation_list",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("pem", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_revocation_list")),
    )
