"""Messages to people, and who wants no more of which."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import LanguageCode, UtcDateTime

revision = "messages_0001"
down_revision = None
branch_labels = ("messages",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "message",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("address", sa.String(length=400), nullable=True),
        sa.Column("language", LanguageCode(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("trouble", sa.String(length=64), nullable=True),
        sa.Column("said", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_message_site_id_site")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_message_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("what", "key", name=op.f("uq_message_what_key")),
    )
    op.create_index(op.f("ix_message_member_id"), "message", ["member_id"])
    op.create_index(op.f("ix_message_written_at"), "message", ["written_at"])
    op.create_index(op.f("ix_message_due_at"), "message", ["due_at"])
    op.create_index("ix_message_site_id_id", "message", ["site_id", "id"])
    op.create_table(
        "message_stop",
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", "who", name=op.f("pk_message_stop")),
    )
