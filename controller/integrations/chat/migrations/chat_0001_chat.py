"""Whom alarms wake, and what is told to them."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "chat_0001"
down_revision = None
branch_labels = ("chat",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "chat_target",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("only_grave", sa.Boolean(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=400), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_chat_target_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_target")),
    )
    op.create_index(op.f("ix_chat_target_site_id"), "chat_target", ["site_id"])
    op.create_table(
        "chat_delivery",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("alarm_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["target_id"], ["chat_target.id"], name=op.f("fk_chat_delivery_target_id_chat_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_delivery")),
        sa.UniqueConstraint(
            "target_id", "alarm_id", name=op.f("uq_chat_delivery_target_id_alarm_id")
        ),
    )
    op.create_index(op.f("ix_chat_delivery_due_at"), "chat_delivery", ["due_at"])
    op.create_index("ix_chat_delivery_target_id_id", "chat_delivery", ["target_id", "id"])
