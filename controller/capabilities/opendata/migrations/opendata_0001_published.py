"""Open data: the switch, the tables that are out, projects' own data."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "opendata_0001"
down_revision = None
branch_labels = ("opendata",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    _open_data()
    _published_table()
    _project_dataset()


def _open_data() -> None:
    op.create_table(
        "open_data",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("first_at", UtcDateTime(), nullable=True),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_open_data_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_open_data")),
    )


def _published_table() -> None:
    op.create_table(
        "published_table",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("dataset", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_published_table_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "dataset", "month", name=op.f("pk_published_table")),
    )


def _project_dataset() -> None:
    op.create_table(
        "project_dataset",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("licence", sa.String(length=32), nullable=False),
        sa.Column("contact", sa.String(length=400), nullable=False),
        sa.Column("link", sa.String(length=400), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_project_dataset_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_dataset_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_dataset")),
    )
    op.create_index(op.f("ix_project_dataset_site_id"), "project_dataset", ["site_id"])
