"""Who states and who is billed, with the accounts of entries; both are frozen with a month."""

import sqlalchemy as sa
from alembic import op

revision = "billing_0002"
down_revision = "billing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it."""
    op.add_column("closed_month", sa.Column("provider", sa.JSON(), nullable=True))
    op.add_column("statement", sa.Column("buyer", sa.JSON(), nullable=True))
    op.create_index(
        "ix_charge_site_id_member_id_month", "charge", ["site_id", "member_id", "month"]
    )
    op.create_table(
        "provider",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=True),
        *_address(),
        sa.Column("siret", sa.String(length=64), nullable=True),
        sa.Column("vat_number", sa.String(length=64), nullable=True),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_provider_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_provider")),
    )
    op.create_table(
        "invoicing",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        *_address(),
        sa.Column("siret", sa.String(length=64), nullable=True),
        sa.Column("engagement", sa.String(length=400), nullable=True),
        sa.Column("service", sa.String(length=400), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_invoicing_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_invoicing")),
    )


def _address() -> list[sa.Column[str]]:
    return [
        sa.Column("street", sa.String(length=400), nullable=True),
        sa.Column("postcode", sa.String(length=64), nullable=True),
        sa.Column("city", sa.String(length=400), nullable=True),
        sa.Column("country", sa.String(length=64), nullable=False),
    ]
