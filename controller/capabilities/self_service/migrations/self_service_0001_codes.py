"""Codes of members, and who stands at a terminal."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "self_service_0001"
down_revision = None
branch_labels = ("self_service",)
depends_on = ("0001", "screen_0001")


def upgrade() -> None:
    """Build both."""
    op.create_table(
        "member_code",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=400), nullable=True),
        sa.Column("set_at", UtcDateTime(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("may_choose_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_code_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_code")),
    )
    references = {"member_id": "member", "site_id": "site", "address_id": "screen_address"}
    op.create_table(
        "terminal_visit",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("address_id", sa.String(length=36), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_terminal_visit_{column}_{table}")
            )
            for column, table in references.items()
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_terminal_visit")),
    )
    for column in ("member_id", "touched_at"):
        name = op.f(f"ix_terminal_visit_{column}")
        op.create_index(name, "terminal_visit", [column], unique=False)
