"""The safety register."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "safety_register_0001"
down_revision = None
branch_labels = ("safety_register",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    _entries()
    op.create_table(
        "safety_addition",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["safety_entry.id"], name=op.f("fk_safety_addition_entry_id_safety_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_addition")),
    )
    op.create_index(op.f("ix_safety_addition_entry_id"), "safety_addition", ["entry_id"])
    op.create_table(
        "safety_reading",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["safety_entry.id"], name=op.f("fk_safety_reading_entry_id_safety_entry")
        ),
        sa.PrimaryKeyConstraint("entry_id", "by", "at", name=op.f("pk_safety_reading")),
    )


def _entries() -> None:
    op.create_table(
        "safety_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("place", sa.String(length=400), nullable=True),
        sa.Column("account", sa.String(length=2000), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("hurt", sa.String(length=400), nullable=True),
        sa.Column("injury", sa.String(length=400), nullable=True),
        sa.Column("done", sa.String(length=2000), nullable=True),
        sa.Column("measures", sa.String(length=2000), nullable=True),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("annulled_by", sa.String(), nullable=True),
        sa.Column("annulled_at", UtcDateTime(), nullable=True),
        sa.Column("annulled_because", sa.String(length=400), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{other}_id"], [f"{other}.id"], name=op.f(f"fk_safety_entry_{other}_id_{other}")
            )
            for other in ("site", "access_point", "zone", "member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_entry")),
    )
    for name, columns in (
        ("ix_safety_entry_site_id_year", ["site_id", "year"]),
        (op.f("ix_safety_entry_access_point_id"), ["access_point_id"]),
        (op.f("ix_safety_entry_member_id"), ["member_id"]),
    ):
        op.create_index(name, "safety_entry", columns)
