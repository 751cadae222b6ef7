"""Lent badges are found without reading all of them."""

import sqlalchemy as sa
from alembic import op

revision = "badges_0001"
down_revision = None
branch_labels = ("badges",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_index(
        op.f("ix_credential_lent"),
        "credential",
        ["member_id"],
        unique=False,
        sqlite_where=sa.text("lent"),
        postgresql_where=sa.text("lent"),
    )
