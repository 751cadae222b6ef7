"""What is typed for a year's *dossier annuel*."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "statistics_0002"
down_revision = "statistics_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.create_table(
        "annual_answer",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_annual_answer_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "year", "question", name=op.f("pk_annual_answer")),
    )
