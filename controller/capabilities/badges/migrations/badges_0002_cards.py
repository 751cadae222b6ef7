"""Badges that are cards with keys, and the masters from which those keys come."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "badges_0002"
down_revision = "badges_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "card_master",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("check_value", sa.String(length=400), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_card_master")),
    )
    for column in (
        sa.Column("card_kind", sa.String(length=32), nullable=True),
        sa.Column("card_level", sa.String(length=32), nullable=True),
        sa.Column("card_key", sa.String(length=400), nullable=True),
        sa.Column("card_master", sa.Integer(), nullable=True),
        sa.Column("card_next", sa.JSON(), nullable=True),
        sa.Column("card_command", sa.String(length=36), nullable=True),
    ):
        op.add_column("credential", column)
    op.create_index(op.f("ix_credential_card_command"), "credential", ["card_command"])
