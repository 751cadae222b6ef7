"""Tariffs, charges, statements, payments, the till."""

import sqlalchemy as sa
from alembic import op

from controller.store.types import UtcDateTime

revision = "billing_0001"
down_revision = None
branch_labels = ("billing",)
depends_on = "0001"

_FROZEN = {
    "tariff": "number, valid_from, vat_permille, rates",
    "charge": "month, done_month, day, source_kind, source_id, tariff_id, quantity, steps,"
    " unit_cents, amount_cents, vat_cents, counters_id",
    "statement": "month, number, total_cents, vat_cents",
    "payment": "year, receipt, day, month, means, amount_cents, counters_id",
}
"""What is never edited, whoever tries: a later entry corrects it."""


def upgrade() -> None:
    """Build it."""
    _cash_handover()
    _closed_month()
    _money_number()
    _tariff()
    _till_day()
    _money_entry()
    _payment()
    _statement()
    _charge()
    for table, columns in _FROZEN.items():
        _freeze(table, columns)


def _freeze(table: str, columns: str) -> None:
    said = f"{table}: what stands in the books is corrected by another entry"
    when = f"BEFORE UPDATE OF {columns} ON {table}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_no_edit {when} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_no_edit() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{said}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_edit {when} FOR EACH ROW EXECUTE FUNCTION {table}_no_edit()"
    )


def _cash_handover() -> None:
    op.create_table(
        "cash_handover",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=400), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_cash_handover_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_handover")),
    )
    op.create_index(op.f("ix_cash_handover_site_id"), "cash_handover", ["site_id"])


def _closed_month() -> None:
    op.create_table(
        "closed_month",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_closed_month_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "month", name=op.f("pk_closed_month")),
    )


def _money_number() -> None:
    op.create_table(
        "money_number",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_money_number_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "what", name=op.f("pk_money_number")),
    )


def _tariff() -> None:
    op.create_table(
        "tariff",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(length=400), nullable=False),
        sa.Column("vat_permille", sa.Integer(), nullable=False),
        sa.Column("vat_ground", sa.String(length=400), nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_tariff_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff")),
    )
    op.create_index("uq_tariff_site_id_number", "tariff", ["site_id", "number"], unique=True)
    op.create_index(
        "uq_tariff_site_id_valid_from", "tariff", ["site_id", "valid_from"], unique=True
    )


def _till_day() -> None:
    op.create_table(
        "till_day",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("float_cents", sa.BigInteger(), nullable=False),
        sa.Column("expected_cents", sa.BigInteger(), nullable=False),
        sa.Column("counted_cents", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_till_day_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "day", name=op.f("pk_till_day")),
    )


def _money_entry() -> None:
    op.create_table(
        "money_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("article", sa.String(length=63), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("remitted_cents", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_money_entry_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_money_entry_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_money_entry_project_id_project")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_money_entry_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_entry")),
    )
    op.create_index(op.f("ix_money_entry_member_id"), "money_entry", ["member_id"])
    op.create_index("ix_money_entry_site_id_at", "money_entry", ["site_id", "at"])


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("means", sa.String(length=32), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=400), nullable=True),
        sa.Column("sold_id", sa.String(length=36), nullable=True),
        sa.Column("counters_id", sa.String(length=36), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["counters_id"], ["payment.id"], name=op.f("fk_payment_counters_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_payment_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_payment_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_payment_project_id_project")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_payment_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("counters_id", name=op.f("uq_payment_counters_id")),
    )
    op.create_index(op.f("ix_payment_member_id"), "payment", ["member_id"])
    op.create_index("ix_payment_site_id_day", "payment", ["site_id", "day"])
    op.create_index("ix_payment_site_id_month", "payment", ["site_id", "month"])
    op.create_index(
        "uq_payment_site_id_year_receipt", "payment", ["site_id", "year", "receipt"], unique=True
    )


def _statement() -> None:
    op.create_table(
        "statement",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_statement_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_statement_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_statement_project_id_project")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_statement_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index(op.f("ix_statement_member_id"), "statement", ["member_id"])
    op.create_index(
        "uq_statement_site_id_month_number",
        "statement",
        ["site_id", "month", "number"],
        unique=True,
    )


def _charge() -> None:
    op.create_table(
        "charge",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("done_month", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("source_kind", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=36), nullable=False),
        sa.Column("thing", sa.String(length=64), nullable=False),
        sa.Column("tariff_id", sa.String(length=36), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("counters_id", sa.String(length=36), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["counters_id"], ["charge.id"], name=op.f("fk_charge_counters_id_charge")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_charge_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_charge_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_charge_project_id_project")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_charge_site_id_site")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_charge_statement_id_statement")
        ),
        sa.ForeignKeyConstraint(
            ["tariff_id"], ["tariff.id"], name=op.f("fk_charge_tariff_id_tariff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("counters_id", name=op.f("uq_charge_counters_id")),
    )
    op.create_index("ix_charge_member_id_done_month", "charge", ["member_id", "done_month"])
    op.create_index("ix_charge_site_id_month", "charge", ["site_id", "month"])
    op.create_index("ix_charge_source_id", "charge", ["source_id"])
    op.create_index(op.f("ix_charge_statement_id"), "charge", ["statement_id"])
