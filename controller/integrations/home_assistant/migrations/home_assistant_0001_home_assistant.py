"""Doors that Home Assistant may open, what machines have used, and how its broker is."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "home_assistant_0001"
down_revision = None
branch_labels = ("home_assistant",)
depends_on = "0001"


def _point(table: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f(f"fk_{table}_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f(f"fk_{table}_site_id_site")),
        sa.PrimaryKeyConstraint("access_point_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_site_id"), table, ["site_id"], unique=False)


def upgrade() -> None:
    """Build it."""
    _point(
        "home_assistant_door",
        sa.Column("allowed_by", sa.String(), nullable=False),
        sa.Column("allowed_at", UtcDateTime(), nullable=False),
    )
    _point("home_assistant_energy", sa.Column("watt_s", sa.BigInteger(), nullable=False))
    op.create_table(
        "home_assistant_link",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("said", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_home_assistant_link_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_home_assistant_link")),
    )
