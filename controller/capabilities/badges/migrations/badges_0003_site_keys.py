"""A key for each site (0196), and what its agents call the badges that they know."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import SORTED, UtcDateTime

revision = "badges_0003"
down_revision = "badges_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build both, empty: every site has the installation's key, as it had."""
    op.create_table(
        "site_key",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("cleared_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_key_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "generation", name=op.f("pk_site_key")),
    )
    op.create_table(
        "credential_at",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ours", SORTED, nullable=False),
        sa.Column("theirs", SORTED, nullable=False),
        sa.Column("holder_key", SORTED, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_credential_at_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "generation", "ours", name=op.f("pk_credential_at")),
    )
    op.create_index(op.f("ix_credential_at_theirs"), "credential_at", ["theirs"])
    op.create_index(op.f("ix_credential_at_holder_key"), "credential_at", ["holder_key"])
