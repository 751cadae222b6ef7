"""To which public a machine's user belonged as the session began, and days counted by it."""

import sqlalchemy as sa
from alembic import op

revision = "usage_0001"
down_revision = None
branch_labels = ("usage",)
depends_on = "0001"

_OLD = "site_id, day, access_point_id, organisation_id, project_id"
_SUMS = "sessions, active_ms, idle_ms, powered_ms"


def upgrade() -> None:
    """Build it. Whose sessions there are already is not looked up: what people are now is not
    what they were."""
    op.add_column("machine_session", sa.Column("public", sa.String(length=64), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _make_again()
        return
    public = sa.Column("public", sa.String(length=64), nullable=False, server_default="")
    op.add_column("usage_day", public)
    op.alter_column("usage_day", "public", server_default=None)
    op.execute("ALTER TABLE usage_day DROP CONSTRAINT pk_usage_day")
    op.execute(f"ALTER TABLE usage_day ADD CONSTRAINT pk_usage_day PRIMARY KEY ({_OLD}, public)")


def _make_again() -> None:
    """SQLite changes no primary key."""
    op.drop_index("ix_usage_day_access_point_id_day", table_name="usage_day")
    op.rename_table("usage_day", "usage_day_before")
    op.create_table(
        "usage_day",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("active_ms", sa.BigInteger(), nullable=False),
        sa.Column("idle_ms", sa.BigInteger(), nullable=False),
        sa.Column("powered_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_usage_day_site_id_site")),
        sa.PrimaryKeyConstraint(
            *(name.strip() for name in _OLD.split(",")), "public", name=op.f("pk_usage_day")
        ),
    )
    op.execute(
        f"INSERT INTO usage_day ({_OLD}, public, {_SUMS})"  # noqa: S608  names of ours
        f" SELECT {_OLD}, '', {_SUMS} FROM usage_day_before"
    )
    op.drop_table("usage_day_before")
    op.create_index(
        "ix_usage_day_access_point_id_day", "usage_day", ["access_point_id", "day"], unique=False
    )
