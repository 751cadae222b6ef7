"""Visitors of a month, what people said for statistics, partners, time of volunteers, totals."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "statistics_0001"
down_revision = None
branch_labels = ("statistics",)
depends_on = "0001"


def upgrade() -> None:
    """Build it."""
    _visitors()
    _traits()
    _partners()
    _volunteers()


def _site(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_site_id_site")
    return sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=name)


def _visitors() -> None:
    op.create_table(
        "visitor",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=False),
        sa.Column("by_event", sa.Boolean(), nullable=False),
        sa.Column("by_desk", sa.Integer(), nullable=False),
        sa.Column("traits_counted", sa.Boolean(), nullable=False),
        _site("visitor"),
        sa.PrimaryKeyConstraint("site_id", "month", "ref", name=op.f("pk_visitor")),
    )
    op.create_index(op.f("ix_visitor_ref"), "visitor", ["ref"], unique=False)
    op.create_table(
        "visitor_past",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        _site("visitor_past"),
        sa.PrimaryKeyConstraint("site_id", "month", "public", name=op.f("pk_visitor_past")),
    )
    op.create_table(
        "visitor_border",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        _site("visitor_border"),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_visitor_border")),
    )


def _traits() -> None:
    op.create_table(
        "person_traits",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("genre", sa.String(length=32), nullable=False),
        sa.Column("tranche_age", sa.String(length=32), nullable=False),
        sa.Column("statut_social", sa.String(length=32), nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=True),
        sa.Column("consented_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_person_traits_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_person_traits")),
    )
    op.create_table(
        "trait_past",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("trait", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        _site("trait_past"),
        sa.PrimaryKeyConstraint("site_id", "month", "trait", "value", name=op.f("pk_trait_past")),
    )


def _partners() -> None:
    op.create_table(
        "partner",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _site("partner"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
    )
    op.create_index(op.f("ix_partner_site_id"), "partner", ["site_id"], unique=False)
    op.create_table(
        "funding",
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_funding_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_funding_project_id_project")
        ),
        sa.PrimaryKeyConstraint("partner_id", "project_id", name=op.f("pk_funding")),
    )
    op.create_index(op.f("ix_funding_project_id"), "funding", ["project_id"], unique=False)


def _volunteers() -> None:
    op.create_table(
        "volunteer_time",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=400), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("taken_back_at", UtcDateTime(), nullable=True),
        _site("volunteer_time"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_time")),
    )
    op.create_index(
        "ix_volunteer_time_site_id_day", "volunteer_time", ["site_id", "day"], unique=False
    )
