"""Codes on paper: one makes the first account, others set a password that was forgotten."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "accounts_0002"
down_revision = "accounts_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "printed_code",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_printed_code_account_id_account")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_printed_code")),
    )
    op.create_index(op.f("ix_printed_code_account_id"), "printed_code", ["account_id"])
