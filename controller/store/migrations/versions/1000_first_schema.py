"""The first schema: all tables of 1.0.0."""

import sqlalchemy as sa
from alembic import op

from controller.store.append_only import (
    PRIMARY_KEYS,
    PROTECTED_TABLES,
    replacement_triggers,
    triggers,
)
from controller.store.types import SORTED, UtcDateTime

revision = "1000"
down_revision = None
branch_labels = None
depends_on = None

_BOOKS = {
    "tariff": "number, valid_from, vat_permille, rates",
    "charge": "month, done_month, day, source_kind, source_id, tariff_id, quantity, steps,"
    " unit_cents, amount_cents, vat_cents, counters_id",
    "statement": "month, number, total_cents, vat_cents",
    "payment": "year, receipt, day, month, means, amount_cents, counters_id",
}
"""What is never edited, whoever tries: a later entry corrects it."""


def upgrade() -> None:
    """Build it. There is no way down: restore the backup made before the upgrade."""
    _tables()
    dialect = op.get_bind().dialect.name
    for protected in PROTECTED_TABLES:
        for statement in triggers(dialect, protected):
            op.execute(statement)
    for table in PRIMARY_KEYS:
        for statement in replacement_triggers(dialect, table):
            op.execute(statement)
    for table, columns in _BOOKS.items():
        _freeze(table, columns, dialect)


def _freeze(table: str, columns: str, dialect: str) -> None:
    message = f"{table}: what stands in the books is corrected by another entry"
    when = f"BEFORE UPDATE OF {columns} ON {table}"
    if dialect == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_no_edit {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_no_edit() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_edit {when} FOR EACH ROW EXECUTE FUNCTION {table}_no_edit()"
    )


def _tables() -> None:
    op.create_table(
        "agent_program",
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("architecture", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sig", sa.String(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_agent_program")),
    )
    op.create_table(
        "audit",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_action_seq", "audit", ["action", "seq"], unique=False)
    op.create_index("ix_audit_actor_seq", "audit", ["actor", "seq"], unique=False)
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_site_id"), "audit", ["site_id"], unique=False)
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_table(
        "audit_check",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("broken_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_check")),
    )
    audit_head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(
        audit_head,
        [
            {
                "id": 1,
                "seq": 0,
                "hash": "0000000000000000000000000000000000000000000000000000000000000000",
            }
        ],
    )
    op.create_table(
        "audit_note",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=400), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_note")),
    )
    op.create_index(op.f("ix_audit_note_at"), "audit_note", ["at"], unique=False)
    op.create_table(
        "card_master",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("check_value", sa.String(length=400), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_card_master")),
    )
    op.create_table(
        "clock_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plausible_at", UtcDateTime(), nullable=True),
        sa.Column("doubt", sa.String(length=64), nullable=True),
        sa.Column("doubt_since", UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_check")),
    )
    op.create_table(
        "decision_total",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("taps", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "site_id", "access_point_id", "reason", name=op.f("pk_decision_total")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_total",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("on_time", sa.BigInteger(), nullable=False),
        sa.Column("way_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "type", name=op.f("pk_event_total")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "held_history",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("certification_id", sa.String(length=63), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("operation", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_history")),
    )
    op.create_index("ix_held_history_operation", "held_history", ["operation"], unique=False)
    op.create_index("ix_held_history_at", "held_history", ["at"], unique=False)
    op.create_index(
        "ix_held_history_member_id_certification_id",
        "held_history",
        ["member_id", "certification_id"],
        unique=False,
    )
    op.create_table(
        "hub_key",
        sa.Column("kid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_hub_key")),
    )
    op.create_index("ix_hub_key_name", "hub_key", ["name"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index(
        "ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False
    )
    op.create_table(
        "job",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("succeeded_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("name", "site_id", name=op.f("pk_job")),
    )
    op.create_table(
        "journal_name",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_journal_name")),
        sa.UniqueConstraint("name", name=op.f("uq_journal_name_name")),
    )
    op.create_table(
        "lease",
        sa.Column("name", SORTED, nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "message_stop",
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", "who", name=op.f("pk_message_stop")),
    )
    op.create_table(
        "message_opt_in",
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", "who", name=op.f("pk_message_opt_in")),
    )
    op.create_table(
        "outbox",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("feature", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "position", name=op.f("pk_outbox")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox_cursor",
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("reader", "site_id", name=op.f("pk_outbox_cursor")),
    )
    op.create_table(
        "outbox_head",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_outbox_head")),
    )
    op.create_table(
        "revocation_list",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("pem", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_revocation_list")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(length=63), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("opening", sa.String(length=63), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("walking_times", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("walk_from_elsewhere_s", sa.Integer(), nullable=True),
        sa.Column(
            "suspends_copied_badges", sa.Boolean(), server_default=sa.false(), nullable=False
        ),
        sa.Column("presence_end", sa.String(length=32), server_default="own_hours", nullable=False),
        sa.Column("presence_longest_h", sa.Integer(), server_default="24", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_table(
        "syslog_place",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_syslog_place")),
    )
    op.create_table(
        "activity_seen",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_activity_seen_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "key", name=op.f("pk_activity_seen")),
    )
    op.create_table(
        "agent",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("kid", sa.String(), nullable=True),
        sa.Column("public_key", sa.String(), nullable=True),
        sa.Column("certificate_until", UtcDateTime(), nullable=True),
        sa.Column("enrolled_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("wiring", sa.JSON(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_agent_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
    )
    op.create_index(op.f("ix_agent_kid"), "agent", ["kid"], unique=False)
    op.create_index(op.f("ix_agent_site_id"), "agent", ["site_id"], unique=False)
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=True),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("cleared_at", UtcDateTime(), nullable=True),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("remark", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_alarm_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("key", name=op.f("uq_alarm_key")),
    )
    op.create_index(op.f("ix_alarm_agent_id"), "alarm", ["agent_id"], unique=False)
    op.create_index("ix_alarm_site_id_id", "alarm", ["site_id", "id"], unique=False)
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
    op.create_table(
        "booking_terms",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("longest_min", sa.Integer(), nullable=True),
        sa.Column("ahead_days", sa.Integer(), nullable=True),
        sa.Column("release_min", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_booking_terms_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_booking_terms")),
    )
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
    op.create_index(op.f("ix_cash_handover_site_id"), "cash_handover", ["site_id"], unique=False)
    op.create_table(
        "certification",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("validity_kind", sa.String(length=32), nullable=False),
        sa.Column("validity_days", sa.Integer(), nullable=True),
        sa.Column("validity_date", sa.Date(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_certification_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification")),
    )
    op.create_index(op.f("ix_certification_site_id"), "certification", ["site_id"], unique=False)
    op.create_table(
        "chat_target",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("only_grave", sa.Boolean(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=400), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_chat_target_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_target")),
    )
    op.create_index(op.f("ix_chat_target_site_id"), "chat_target", ["site_id"], unique=False)
    op.create_table(
        "closed_month",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_closed_month_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "month", name=op.f("pk_closed_month")),
    )
    op.create_table(
        "course",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("grants", sa.JSON(), nullable=False),
        sa.Column("requires", sa.JSON(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_course_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    op.create_index(op.f("ix_course_site_id"), "course", ["site_id"], unique=False)
    op.create_table(
        "credential_at",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ours", SORTED, nullable=False),
        sa.Column("theirs", SORTED, nullable=False),
        sa.Column("holder_key", SORTED, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_credential_at_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "generation", "ours", name=op.f("pk_credential_at")),
    )
    op.create_index(
        op.f("ix_credential_at_holder_key"), "credential_at", ["holder_key"], unique=False
    )
    op.create_index(op.f("ix_credential_at_theirs"), "credential_at", ["theirs"], unique=False)
    op.create_table(
        "disabled_message_kind",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_disabled_message_kind_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "what", name=op.f("pk_disabled_message_kind")),
    )
    op.create_table(
        "evacuation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("remarks", sa.String(length=400), nullable=True),
        sa.Column("everyone_back", sa.Boolean(), nullable=False),
        sa.Column("by_mistake", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_evacuation_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evacuation")),
    )
    op.create_index(op.f("ix_evacuation_site_id"), "evacuation", ["site_id"], unique=False)
    op.create_table(
        "fabomatic_link",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_fabomatic_link_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_fabomatic_link")),
    )
    op.create_table(
        "handover_note",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("text", sa.String(length=400), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("expected_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_handover_note_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_note")),
    )
    op.create_index(op.f("ix_handover_note_site_id"), "handover_note", ["site_id"], unique=False)
    op.create_table(
        "home_assistant_link",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_home_assistant_link_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_home_assistant_link")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("display_name", sa.String(length=400), nullable=False),
        sa.Column("email", sa.String(length=400), nullable=True),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("aids", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("needs_help", sa.Boolean(), nullable=False),
        sa.Column("guardian_name", sa.String(length=400), nullable=True),
        sa.Column("guardian_phone", sa.String(length=400), nullable=True),
        sa.Column("guardian_email", sa.String(length=400), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=400), nullable=True),
        sa.Column("emergency_contact", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_member_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("ref", name=op.f("uq_member_ref")),
    )
    op.create_index(
        "ix_member_guardian_name",
        "member",
        ["guardian_name"],
        unique=False,
        sqlite_where=sa.text("guardian_name IS NOT NULL"),
        postgresql_where=sa.text("guardian_name IS NOT NULL"),
    )
    op.create_index(op.f("ix_member_site_id"), "member", ["site_id"], unique=False)
    op.create_index(
        "ix_member_status_id_site_id", "member", ["status", "id", "site_id"], unique=False
    )
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
    op.create_table(
        "need",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("theme", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=400), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("at_desk", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_need_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
    )
    op.create_index(op.f("ix_need_site_id"), "need", ["site_id"], unique=False)
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
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_organisation_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(op.f("ix_organisation_site_id"), "organisation", ["site_id"], unique=False)
    op.create_table(
        "partner",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_partner_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
    )
    op.create_index(op.f("ix_partner_site_id"), "partner", ["site_id"], unique=False)
    op.create_table(
        "policy_row",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("table", SORTED, nullable=False),
        sa.Column("key", SORTED, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_policy_row_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "table", "key", name=op.f("pk_policy_row")),
    )
    op.create_index(
        "ix_policy_row_site_id_version_table_key",
        "policy_row",
        ["site_id", "version", "table", "key"],
        unique=False,
    )
    op.create_table(
        "policy_site",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holders", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_policy_site_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_policy_site")),
    )
    op.create_table(
        "provider",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=True),
        sa.Column("street", sa.String(length=400), nullable=True),
        sa.Column("postcode", sa.String(length=64), nullable=True),
        sa.Column("city", sa.String(length=400), nullable=True),
        sa.Column("country", sa.String(length=64), nullable=False),
        sa.Column("siret", sa.String(length=64), nullable=True),
        sa.Column("vat_number", sa.String(length=64), nullable=True),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_provider_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_provider")),
    )
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
    op.create_table(
        "schedule",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_schedule_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index(op.f("ix_schedule_site_id"), "schedule", ["site_id"], unique=False)
    op.create_table(
        "school_holiday",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_school_holiday_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_holiday")),
    )
    op.create_index(op.f("ix_school_holiday_site_id"), "school_holiday", ["site_id"], unique=False)
    op.create_table(
        "screen_address",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_screen_address_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen_address")),
        sa.UniqueConstraint("hash", name=op.f("uq_screen_address_hash")),
    )
    op.create_index(op.f("ix_screen_address_site_id"), "screen_address", ["site_id"], unique=False)
    op.create_table(
        "screen_rule",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("frame_origins", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_screen_rule_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_screen_rule")),
    )
    op.create_table(
        "second_factor_rule",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_second_factor_rule_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_second_factor_rule")),
    )
    op.create_table(
        "site_broker",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_broker_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_site_broker")),
    )
    op.create_table(
        "site_key",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("cleared_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_key_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "generation", name=op.f("pk_site_key")),
    )
    op.create_table(
        "site_plan",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("published", sa.JSON(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("earlier", sa.JSON(), nullable=True),
        sa.Column("earlier_at", UtcDateTime(), nullable=True),
        sa.Column("draft", sa.JSON(), nullable=True),
        sa.Column("draft_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_plan_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_site_plan")),
    )
    op.create_table(
        "supervision_window",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=False),
        sa.Column("supervisor", sa.String(length=36), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("opened_by", sa.String(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_supervision_window_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_window")),
    )
    op.create_index(
        op.f("ix_supervision_window_site_id"), "supervision_window", ["site_id"], unique=False
    )
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
    op.create_table(
        "tariff_draft",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_tariff_draft_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_tariff_draft")),
    )
    op.create_table(
        "till_day",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("float_cents", sa.BigInteger(), nullable=False),
        sa.Column("expected_cents", sa.BigInteger(), nullable=False),
        sa.Column("counted_cents", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_till_day_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "day", name=op.f("pk_till_day")),
    )
    op.create_table(
        "trait_past",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("trait", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_trait_past_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "month", "trait", "value", name=op.f("pk_trait_past")),
    )
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
        sa.Column("material_mg", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_usage_day_site_id_site")),
        sa.PrimaryKeyConstraint(
            "site_id",
            "day",
            "access_point_id",
            "organisation_id",
            "project_id",
            "public",
            name=op.f("pk_usage_day"),
        ),
    )
    op.create_index(
        "ix_usage_day_access_point_id_day", "usage_day", ["access_point_id", "day"], unique=False
    )
    op.create_table(
        "visitor",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=False),
        sa.Column("by_event", sa.Boolean(), nullable=False),
        sa.Column("by_desk", sa.Integer(), nullable=False),
        sa.Column("traits_counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_visitor_site_id_site")),
        sa.PrimaryKeyConstraint("site_id", "month", "ref", name=op.f("pk_visitor")),
    )
    op.create_index(op.f("ix_visitor_ref"), "visitor", ["ref"], unique=False)
    op.create_table(
        "visitor_border",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_visitor_border_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_visitor_border")),
    )
    op.create_table(
        "visitor_past",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_visitor_past_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "month", "public", name=op.f("pk_visitor_past")),
    )
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
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_volunteer_time_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_time")),
    )
    op.create_index(
        "ix_volunteer_time_site_id_day", "volunteer_time", ["site_id", "day"], unique=False
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("url", sa.String(length=400), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("old_key", sa.LargeBinary(), nullable=True),
        sa.Column("old_until", UtcDateTime(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("disabled_why", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_webhook_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(op.f("ix_webhook_site_id"), "webhook", ["site_id"], unique=False)
    op.create_table(
        "zone",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("window_max_min", sa.Integer(), nullable=False),
        sa.Column("desks", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_zone_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone")),
    )
    op.create_index(op.f("ix_zone_site_id"), "zone", ["site_id"], unique=False)
    op.create_table(
        "access_point",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("icon", sa.String(length=63), nullable=False),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("from_zone_id", sa.String(length=63), nullable=True),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.Column("service_reason", sa.String(length=400), nullable=True),
        sa.Column("out_of_service_at", UtcDateTime(), nullable=True),
        sa.Column("commissioned", sa.Boolean(), nullable=False),
        sa.Column("risk", sa.String(length=32), nullable=False),
        sa.Column("requirement", sa.JSON(), nullable=False),
        sa.Column("session", sa.JSON(), nullable=False),
        sa.Column("door", sa.JSON(), nullable=False),
        sa.Column("policy_max_age_s", sa.Integer(), nullable=True),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_access_point_agent_id_agent")
        ),
        sa.ForeignKeyConstraint(
            ["from_zone_id"], ["zone.id"], name=op.f("fk_access_point_from_zone_id_zone")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_access_point_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["zone.id"], name=op.f("fk_access_point_zone_id_zone")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_point")),
    )
    op.create_index(op.f("ix_access_point_agent_id"), "access_point", ["agent_id"], unique=False)
    op.create_index(op.f("ix_access_point_site_id"), "access_point", ["site_id"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("login", sa.String(length=400), nullable=False),
        sa.Column("password_hash", sa.String(length=400), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_email", sa.String(length=400), nullable=True),
        sa.Column("device_generation", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_account_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("member_id", name=op.f("uq_account_member_id")),
    )
    op.create_table(
        "agent_away",
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_agent_away_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("agent_id", "since", name=op.f("pk_agent_away")),
    )
    op.create_table(
        "agent_certificate",
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_agent_certificate_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_agent_certificate")),
    )
    op.create_index(
        op.f("ix_agent_certificate_agent_id"), "agent_certificate", ["agent_id"], unique=False
    )
    op.create_table(
        "agent_state",
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("boot_id", sa.String(length=36), nullable=True),
        sa.Column("connection", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("protocols", sa.JSON(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("policy_version", sa.BigInteger(), nullable=False),
        sa.Column("stream", sa.String(length=36), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("telemetry", sa.JSON(), nullable=True),
        sa.Column("troubled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("key_generation", sa.BigInteger(), nullable=True),
        sa.Column("key_since", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_agent_state_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_state")),
    )
    op.create_table(
        "badge_last_seen",
        sa.Column("credential_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("earliest", UtcDateTime(), nullable=False),
        sa.Column("latest", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_badge_last_seen_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_badge_last_seen_site_id_site")
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_badge_last_seen")),
    )
    op.create_index(op.f("ix_badge_last_seen_latest"), "badge_last_seen", ["latest"], unique=False)
    op.create_index(
        op.f("ix_badge_last_seen_member_id"), "badge_last_seen", ["member_id"], unique=False
    )
    op.create_table(
        "boot_anchor",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("boot_id", sa.String(length=36), nullable=False),
        sa.Column("mono_ms", sa.BigInteger(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_boot_anchor_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_boot_anchor")),
    )
    op.create_index(
        "uq_boot_anchor_agent_id_boot_id", "boot_anchor", ["agent_id", "boot_id"], unique=True
    )
    op.create_table(
        "chat_delivery",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("alarm_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["target_id"], ["chat_target.id"], name=op.f("fk_chat_delivery_target_id_chat_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_delivery")),
        sa.UniqueConstraint(
            "target_id", "alarm_id", name=op.f("uq_chat_delivery_target_id_alarm_id")
        ),
    )
    op.create_index(op.f("ix_chat_delivery_due_at"), "chat_delivery", ["due_at"], unique=False)
    op.create_index(
        "ix_chat_delivery_target_id_id", "chat_delivery", ["target_id", "id"], unique=False
    )
    op.create_table(
        "claim_code",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("wiring", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_claim_code_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_claim_code")),
    )
    op.create_index(op.f("ix_claim_code_agent_id"), "claim_code", ["agent_id"], unique=False)
    op.create_table(
        "command",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("boot_id", sa.String(length=36), nullable=True),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("data", sa.JSON(), nullable=True),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_command_agent_id_agent")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_command_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command")),
    )
    op.create_index(op.f("ix_command_agent_id"), "command", ["agent_id"], unique=False)
    op.create_index(op.f("ix_command_site_id"), "command", ["site_id"], unique=False)
    op.create_table(
        "special_day_reason",
        sa.Column("schedule_id", sa.String(length=63), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedule.id"],
            name=op.f("fk_special_day_reason_schedule_id_schedule"),
        ),
        sa.PrimaryKeyConstraint("schedule_id", "day", name=op.f("pk_special_day_reason")),
    )
    op.create_table(
        "ended_visit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("zone_id", sa.String(length=63), nullable=False),
        sa.Column("member_ref", sa.String(length=36), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("corrected_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_ended_visit_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_ended_visit_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_visit")),
    )
    op.create_index(op.f("ix_ended_visit_member_ref"), "ended_visit", ["member_ref"], unique=False)
    op.create_index(op.f("ix_ended_visit_until"), "ended_visit", ["until"], unique=False)
    op.create_table(
        "evacuation_roll",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("evacuation_id", sa.String(length=36), nullable=False),
        sa.Column("member_ref", sa.String(length=36), nullable=True),
        sa.Column("label", sa.String(length=400), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("seen_by", sa.String(), nullable=True),
        sa.Column("seen_heads", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evacuation_id"],
            ["evacuation.id"],
            name=op.f("fk_evacuation_roll_evacuation_id_evacuation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evacuation_roll")),
    )
    op.create_index(
        op.f("ix_evacuation_roll_evacuation_id"), "evacuation_roll", ["evacuation_id"], unique=False
    )
    op.create_table(
        "held",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("certification_id", sa.String(length=63), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certification_id"],
            ["certification.id"],
            name=op.f("fk_held_certification_id_certification"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_held_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", "certification_id", name=op.f("pk_held")),
    )
    op.create_index(
        "ix_held_certification_id_level", "held", ["certification_id", "level"], unique=False
    )
    op.create_index(op.f("ix_held_valid_until"), "held", ["valid_until"], unique=False)
    op.create_table(
        "invoicing",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("street", sa.String(length=400), nullable=True),
        sa.Column("postcode", sa.String(length=64), nullable=True),
        sa.Column("city", sa.String(length=400), nullable=True),
        sa.Column("country", sa.String(length=64), nullable=False),
        sa.Column("siret", sa.String(length=64), nullable=True),
        sa.Column("engagement", sa.String(length=400), nullable=True),
        sa.Column("service", sa.String(length=400), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_invoicing_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_invoicing")),
    )
    op.create_table(
        "member_code",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=400), nullable=True),
        sa.Column("set_at", UtcDateTime(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("may_choose_until", UtcDateTime(), nullable=True),
        sa.Column("opens_from", UtcDateTime(), nullable=True),
        sa.Column("choice_opens_from", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_code_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_code")),
    )
    op.create_table(
        "member_due",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("due_since", UtcDateTime(), nullable=True),
        sa.Column("brought_back_at", UtcDateTime(), nullable=True),
        sa.Column("brought_back_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_due_member_id_member")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_member_due_site_id_site")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_due")),
    )
    op.create_index(op.f("ix_member_due_site_id"), "member_due", ["site_id"], unique=False)
    op.create_table(
        "member_former",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.String(length=400), nullable=False),
        sa.Column("email", sa.String(length=400), nullable=True),
        sa.Column("merged_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_former_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_former")),
        sa.UniqueConstraint("ref", name=op.f("uq_member_former_ref")),
    )
    op.create_index(
        op.f("ix_member_former_member_id"), "member_former", ["member_id"], unique=False
    )
    op.create_table(
        "member_site",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_site_member_id_member")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_member_site_site_id_site")),
        sa.PrimaryKeyConstraint("member_id", "site_id", name=op.f("pk_member_site")),
    )
    op.create_index(op.f("ix_member_site_site_id"), "member_site", ["site_id"], unique=False)
    op.create_table(
        "member_suspension",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_suspension_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_suspension")),
    )
    op.create_index(
        op.f("ix_member_suspension_member_id"), "member_suspension", ["member_id"], unique=False
    )
    op.create_table(
        "member_word",
        sa.Column("word", SORTED, nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_word_member_id_member")
        ),
        sa.PrimaryKeyConstraint("word", "member_id", name=op.f("pk_member_word")),
    )
    op.create_index("ix_member_word_member_id", "member_word", ["member_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("address", sa.String(length=400), nullable=True),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("trouble", sa.String(length=64), nullable=True),
        sa.Column("said", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_message_member_id_member")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_message_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("what", "key", name=op.f("uq_message_what_key")),
    )
    op.create_index(op.f("ix_message_due_at"), "message", ["due_at"], unique=False)
    op.create_index(op.f("ix_message_member_id"), "message", ["member_id"], unique=False)
    op.create_index("ix_message_site_id_id", "message", ["site_id", "id"], unique=False)
    op.create_index(op.f("ix_message_written_at"), "message", ["written_at"], unique=False)
    op.create_table(
        "occupancy",
        sa.Column("zone_id", sa.String(length=63), nullable=False),
        sa.Column("quarter", UtcDateTime(), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_occupancy_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_occupancy_zone_id_zone")),
        sa.PrimaryKeyConstraint("zone_id", "quarter", name=op.f("pk_occupancy")),
    )
    op.create_index(
        "ix_occupancy_site_id_quarter", "occupancy", ["site_id", "quarter"], unique=False
    )
    op.create_table(
        "organisation_member",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_organisation_member_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_member_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "member_id", name=op.f("pk_organisation_member")
        ),
    )
    op.create_index(
        op.f("ix_organisation_member_member_id"), "organisation_member", ["member_id"], unique=False
    )
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
        "plan",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("schedule_id", sa.String(length=63), nullable=True),
        sa.Column("zones", sa.JSON(), nullable=False),
        sa.Column("outside_opening", sa.Boolean(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_plan_schedule_id_schedule")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_plan_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_site_id"), "plan", ["site_id"], unique=False)
    op.create_table(
        "presence",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("member_ref", sa.String(length=36), nullable=True),
        sa.Column("label", sa.String(length=400), nullable=True),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("earlier_at", UtcDateTime(), nullable=True),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("by_desk", sa.Boolean(), nullable=False),
        sa.Column("learnt_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_presence_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_presence_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint("member_ref", name=op.f("uq_presence_member_ref")),
    )
    op.create_index(op.f("ix_presence_site_id"), "presence", ["site_id"], unique=False)
    op.create_index(op.f("ix_presence_until"), "presence", ["until"], unique=False)
    op.create_index(op.f("ix_presence_zone_id"), "presence", ["zone_id"], unique=False)
    op.create_table(
        "project",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_project_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_project_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_index(
        op.f("ix_project_organisation_id"), "project", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_project_site_id"), "project", ["site_id"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("stream", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_quarantine_agent_id_agent")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_quarantine_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_site_id_id", "quarantine", ["site_id", "id"], unique=False)
    op.create_index(
        "uq_quarantine_agent_stream_seq_hash",
        "quarantine",
        ["agent_id", "stream", "seq", "hash"],
        unique=True,
    )
    op.create_table(
        "stream_state",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("stream", sa.String(length=36), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("also", sa.JSON(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.Column("forked", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_stream_state_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_stream_state")),
    )
    op.create_index(
        "uq_stream_state_agent_id_stream", "stream_state", ["agent_id", "stream"], unique=True
    )
    op.create_table(
        "supervisor",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("zone_id", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_supervisor_member_id_member")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_supervisor_zone_id_zone")),
        sa.PrimaryKeyConstraint("member_id", "zone_id", name=op.f("pk_supervisor")),
    )
    op.create_index(op.f("ix_supervisor_zone_id"), "supervisor", ["zone_id"], unique=False)
    op.create_table(
        "terminal_visit",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("address_id", sa.String(length=36), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["screen_address.id"],
            name=op.f("fk_terminal_visit_address_id_screen_address"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_terminal_visit_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_terminal_visit_site_id_site")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_terminal_visit")),
    )
    op.create_index(
        op.f("ix_terminal_visit_member_id"), "terminal_visit", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_terminal_visit_touched_at"), "terminal_visit", ["touched_at"], unique=False
    )
    op.create_table(
        "visiting_group",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("accompanied", sa.JSON(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("supervisors", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_visiting_group_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_visiting_group_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visiting_group")),
        sa.UniqueConstraint("ref", name=op.f("uq_visiting_group_ref")),
    )
    op.create_index(op.f("ix_visiting_group_site_id"), "visiting_group", ["site_id"], unique=False)
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("webhook_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id_webhook")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint(
            "webhook_id", "position", name=op.f("uq_webhook_delivery_webhook_id_position")
        ),
    )
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["webhook_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_webhook_delivery_webhook_id_id", "webhook_delivery", ["webhook_id", "id"], unique=False
    )
    op.create_table(
        "account_role",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_role_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_account_role_site_id_site")
        ),
        sa.PrimaryKeyConstraint("account_id", "site_id", "role", name=op.f("pk_account_role")),
    )
    op.create_index(op.f("ix_account_role_site_id"), "account_role", ["site_id"], unique=False)
    op.create_table(
        "activity_read_until",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("before", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_activity_read_until_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_activity_read_until_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "account_id", name=op.f("pk_activity_read_until")),
    )
    op.create_table(
        "authenticator",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_authenticator_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "booking",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("missed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(access_point_id IS NULL) <> (zone_id IS NULL)", name=op.f("ck_booking_one_thing")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_booking_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_booking_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_booking_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_booking_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_booking_project_id_project")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_booking_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_booking_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
    )
    op.create_index(
        "ix_booking_access_point_id_ends_at",
        "booking",
        ["access_point_id", "ends_at"],
        unique=False,
    )
    op.create_index(op.f("ix_booking_closed_at"), "booking", ["closed_at"], unique=False)
    op.create_index(op.f("ix_booking_member_id"), "booking", ["member_id"], unique=False)
    op.create_index(op.f("ix_booking_site_id"), "booking", ["site_id"], unique=False)
    op.create_index("ix_booking_zone_id_ends_at", "booking", ["zone_id", "ends_at"], unique=False)
    op.create_table(
        "calendar",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_calendar_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_calendar_member_id_member")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_calendar_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_calendar_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("digest", name=op.f("uq_calendar_digest")),
    )
    op.create_index(op.f("ix_calendar_member_id"), "calendar", ["member_id"], unique=False)
    op.create_index(op.f("ix_calendar_site_id"), "calendar", ["site_id"], unique=False)
    op.create_table(
        "commissioning_tick",
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=True),
        sa.Column("remark", sa.String(length=400), nullable=True),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("agent_version", sa.String(length=64), nullable=True),
        sa.Column("wiring", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_commissioning_tick_access_point_id_access_point"),
        ),
        sa.PrimaryKeyConstraint("access_point_id", "step", name=op.f("pk_commissioning_tick")),
    )
    op.create_table(
        "course_session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("course_id", sa.String(length=63), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("theme", sa.String(length=400), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("trainer_id", sa.String(length=36), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("cancelled_reason", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_session_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_course_session_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_course_session_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_course_session_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["trainer_id"], ["member.id"], name=op.f("fk_course_session_trainer_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_session")),
    )
    op.create_index(
        op.f("ix_course_session_course_id"), "course_session", ["course_id"], unique=False
    )
    op.create_index(
        "ix_course_session_is_open_starts_at",
        "course_session",
        ["is_open", "starts_at"],
        unique=False,
    )
    op.create_index(op.f("ix_course_session_site_id"), "course_session", ["site_id"], unique=False)
    op.create_table(
        "credential",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("holder_key", SORTED, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("masked", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("lent", sa.Boolean(), nullable=False),
        sa.Column("assurance", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=True),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("card_kind", sa.String(length=32), nullable=True),
        sa.Column("card_level", sa.String(length=32), nullable=True),
        sa.Column("card_key", sa.String(length=400), nullable=True),
        sa.Column("card_master", sa.Integer(), nullable=True),
        sa.Column("card_next", sa.JSON(), nullable=True),
        sa.Column("card_command", sa.String(length=36), nullable=True),
        sa.Column("own_page_from", UtcDateTime(), nullable=True),
        sa.Column("suspended_because", sa.String(length=32), nullable=True),
        sa.Column("suspended_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(member_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_credential_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["visiting_group.id"], name=op.f("fk_credential_group_id_visiting_group")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_credential_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("holder_key", name=op.f("uq_credential_holder_key")),
    )
    op.create_index(
        op.f("ix_credential_card_command"), "credential", ["card_command"], unique=False
    )
    op.create_index(op.f("ix_credential_group_id"), "credential", ["group_id"], unique=False)
    op.create_index(
        "ix_credential_lent",
        "credential",
        ["member_id"],
        unique=False,
        sqlite_where=sa.text("lent"),
        postgresql_where=sa.text("lent"),
    )
    op.create_index(op.f("ix_credential_member_id"), "credential", ["member_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id_high", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id_low", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mono_ms", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("not_after", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("stream_no", sa.Integer(), nullable=False),
        sa.Column("site_no", sa.Integer(), nullable=False),
        sa.Column("point_no", sa.Integer(), nullable=True),
        sa.Column("boot_no", sa.Integer(), nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("skewed", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["stream_no"], ["stream_state.no"], name=op.f("fk_event_stream_no_stream_state")
        ),
        sa.PrimaryKeyConstraint("id_high", "id_low", name=op.f("pk_event")),
    )
    op.create_index(
        "ix_event_boot_no_bounded",
        "event",
        ["boot_no"],
        unique=False,
        sqlite_where=sa.text("not_after IS NOT NULL"),
        postgresql_where=sa.text("not_after IS NOT NULL"),
    )
    op.create_index("ix_event_point_no_id_high", "event", ["point_no", "id_high"], unique=False)
    op.create_index("ix_event_site_no_id_high", "event", ["site_no", "id_high"], unique=False)
    op.create_index(
        "ix_event_skewed",
        "event",
        ["id_high", "id_low"],
        unique=False,
        sqlite_where=sa.text("skewed"),
        postgresql_where=sa.text("skewed"),
    )
    op.create_index(
        "ix_event_stream_no_at_clearing",
        "event",
        ["stream_no", "at"],
        unique=False,
        sqlite_where=sa.text("type IN (14, 7, 12)"),
        postgresql_where=sa.text("type IN (14, 7, 12)"),
    )
    op.create_index("ix_event_stream_no_id_high", "event", ["stream_no", "id_high"], unique=False)
    op.create_index("ix_event_stream_no_seq", "event", ["stream_no", "seq"], unique=False)
    op.create_table(
        "event_again",
        sa.Column("stream_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_no"], ["stream_state.no"], name=op.f("fk_event_again_stream_no_stream_state")
        ),
        sa.PrimaryKeyConstraint("stream_no", "seq", name=op.f("pk_event_again")),
    )
    op.create_table(
        "fabomatic_board",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("in_time_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_fabomatic_board_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_fabomatic_board_site_id_site")
        ),
        sa.PrimaryKeyConstraint("site_id", "number", name=op.f("pk_fabomatic_board")),
        sa.UniqueConstraint("access_point_id", name=op.f("uq_fabomatic_board_access_point_id")),
    )
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
    op.create_table(
        "home_assistant_door",
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("allowed_by", sa.String(), nullable=False),
        sa.Column("allowed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_home_assistant_door_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_home_assistant_door_site_id_site")
        ),
        sa.PrimaryKeyConstraint("access_point_id", name=op.f("pk_home_assistant_door")),
    )
    op.create_index(
        op.f("ix_home_assistant_door_site_id"), "home_assistant_door", ["site_id"], unique=False
    )
    op.create_table(
        "home_assistant_energy",
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("watt_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_home_assistant_energy_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_home_assistant_energy_site_id_site")
        ),
        sa.PrimaryKeyConstraint("access_point_id", name=op.f("pk_home_assistant_energy")),
    )
    op.create_index(
        op.f("ix_home_assistant_energy_site_id"), "home_assistant_energy", ["site_id"], unique=False
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("refused_by", sa.String(), nullable=True),
        sa.Column("refused_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("confirmed_by <> asked_by", name=op.f("ck_incident_two_people")),
        sa.CheckConstraint("since < until", name=op.f("ck_incident_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_incident_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_incident_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_site_id"), "incident", ["site_id"], unique=False)
    op.create_table(
        "linked_identity",
        sa.Column("issuer", sa.String(length=400), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("shown", sa.String(length=400), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("proof_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_linked_identity_account_id_account")
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_linked_identity")),
    )
    op.create_index(
        op.f("ix_linked_identity_account_id"), "linked_identity", ["account_id"], unique=False
    )
    op.create_table(
        "machine_session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("member_ref", sa.String(length=36), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=True),
        sa.Column("state_at", sa.BigInteger(), nullable=True),
        sa.Column("state_order", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("active_s", sa.Double(), nullable=False),
        sa.Column("idle_s", sa.Double(), nullable=False),
        sa.Column("powered_s", sa.Double(), nullable=False),
        sa.Column("gap_s", sa.Double(), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("course_session_id", sa.String(length=36), nullable=True),
        sa.Column("booked_by", sa.String(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("skewed", sa.Boolean(), nullable=False),
        sa.Column("public", sa.String(length=64), nullable=True),
        sa.Column("material_mg", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cut_by_own", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("latest_start", sa.BigInteger(), nullable=True),
        sa.Column("latest_end", sa.BigInteger(), nullable=True),
        sa.Column("start_told_at", sa.BigInteger(), nullable=True),
        sa.Column("end_told_at", sa.BigInteger(), nullable=True),
        sa.Column("given_up_at", sa.BigInteger(), nullable=True),
        sa.Column("is_doubtful", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_machine_session_agent_id_agent")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_machine_session_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_machine_session_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_machine_session_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_session")),
    )
    op.create_index(
        "ix_machine_session_access_point_id_id",
        "machine_session",
        ["access_point_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_machine_session_access_point_id_started_at",
        "machine_session",
        ["access_point_id", "started_at"],
        unique=False,
    )
    op.create_index(
        "ix_machine_session_agent_id_id", "machine_session", ["agent_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_machine_session_course_session_id"),
        "machine_session",
        ["course_session_id"],
        unique=False,
    )
    op.create_index(
        "ix_machine_session_doubtful",
        "machine_session",
        ["site_id"],
        unique=False,
        sqlite_where=sa.text("is_doubtful"),
        postgresql_where=sa.text("is_doubtful"),
    )
    op.create_index(
        "ix_machine_session_latest_start",
        "machine_session",
        ["site_id", "latest_start"],
        unique=False,
        sqlite_where=sa.text("latest_start IS NOT NULL"),
        postgresql_where=sa.text("latest_start IS NOT NULL"),
    )
    op.create_index(
        "ix_machine_session_no_end",
        "machine_session",
        ["id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL AND given_up_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_index(
        "ix_machine_session_id_skewed",
        "machine_session",
        ["id"],
        unique=False,
        sqlite_where=sa.text("skewed"),
        postgresql_where=sa.text("skewed"),
    )
    op.create_index(
        op.f("ix_machine_session_member_ref"), "machine_session", ["member_ref"], unique=False
    )
    op.create_index(
        "ix_machine_session_site_id_id", "machine_session", ["site_id", "id"], unique=False
    )
    op.create_table(
        "mailed_link",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("email", sa.String(length=400), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_mailed_link_account_id_account")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_mailed_link")),
    )
    op.create_index(op.f("ix_mailed_link_account_id"), "mailed_link", ["account_id"], unique=False)
    op.create_table(
        "maintainer",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_maintainer_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_maintainer_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", "access_point_id", name=op.f("pk_maintainer")),
    )
    op.create_index(
        op.f("ix_maintainer_access_point_id"), "maintainer", ["access_point_id"], unique=False
    )
    op.create_table(
        "maintenance",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("counts", sa.String(length=64), nullable=False),
        sa.Column("every_h", sa.Integer(), nullable=True),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "every_h IS NOT NULL OR every_days IS NOT NULL",
            name=op.f("ck_maintenance_some_interval"),
        ),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_maintenance_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_maintenance_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
    )
    op.create_index(
        op.f("ix_maintenance_access_point_id"), "maintenance", ["access_point_id"], unique=False
    )
    op.create_index(op.f("ix_maintenance_site_id"), "maintenance", ["site_id"], unique=False)
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
        sa.Column("quantity", sa.BigInteger(), nullable=False),
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
    op.create_index(op.f("ix_money_entry_member_id"), "money_entry", ["member_id"], unique=False)
    op.create_index("ix_money_entry_site_id_at", "money_entry", ["site_id", "at"], unique=False)
    op.create_table(
        "pass",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("plan_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_pass_member_id_member")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_pass_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass")),
    )
    op.create_index(op.f("ix_pass_member_id"), "pass", ["member_id"], unique=False)
    op.create_index(op.f("ix_pass_valid_until"), "pass", ["valid_until"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_passkey_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkey_credential")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"], unique=False)
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
        sa.Column("once", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("erased", sa.Boolean(), server_default=sa.false(), nullable=False),
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
    op.create_index(op.f("ix_payment_member_id"), "payment", ["member_id"], unique=False)
    op.create_index("ix_payment_site_id_day", "payment", ["site_id", "day"], unique=False)
    op.create_index("ix_payment_site_id_month", "payment", ["site_id", "month"], unique=False)
    op.create_index("uq_payment_once", "payment", ["once"], unique=True)
    op.create_index(
        "uq_payment_site_id_year_receipt", "payment", ["site_id", "year", "receipt"], unique=True
    )
    op.create_table(
        "point_state",
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("warning", sa.Boolean(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("watts", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_point_state_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_point_state_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("access_point_id", name=op.f("pk_point_state")),
    )
    op.create_index(op.f("ix_point_state_agent_id"), "point_state", ["agent_id"], unique=False)
    op.create_table(
        "print_job",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("member_ref", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=400), nullable=True),
        sa.Column("minutes", sa.Double(), nullable=True),
        sa.Column("grams", sa.Double(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("used_minutes", sa.Double(), nullable=True),
        sa.Column("used_grams", sa.Double(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_print_job_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_print_job_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.create_index(
        "ix_print_job_access_point_id_id", "print_job", ["access_point_id", "id"], unique=False
    )
    op.create_index(op.f("ix_print_job_member_ref"), "print_job", ["member_ref"], unique=False)
    op.create_index(op.f("ix_print_job_session_id"), "print_job", ["session_id"], unique=False)
    op.create_index("ix_print_job_site_id_id", "print_job", ["site_id", "id"], unique=False)
    op.create_index(
        "ix_print_job_corrected",
        "print_job",
        ["site_id"],
        unique=False,
        sqlite_where=sa.text("ended_at > settled_at"),
        postgresql_where=sa.text("ended_at > settled_at"),
    )
    op.create_index(
        "ix_print_job_unweighed",
        "print_job",
        ["site_id"],
        unique=False,
        sqlite_where=sa.text("used_grams IS NULL"),
        postgresql_where=sa.text("used_grams IS NULL"),
    )
    op.create_index(
        "ix_print_job_unsettled",
        "print_job",
        ["ended_at"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "printed_code",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=32), server_default="password", nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_printed_code_account_id_account")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_printed_code")),
    )
    op.create_index(
        op.f("ix_printed_code_account_id"), "printed_code", ["account_id"], unique=False
    )
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
            ["project_id"], ["project.id"], name=op.f("fk_project_dataset_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_project_dataset_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_dataset")),
    )
    op.create_index("ix_project_dataset_site_id", "project_dataset", ["site_id"], unique=False)
    op.create_table(
        "project_member",
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_project_member_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_member_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "member_id", name=op.f("pk_project_member")),
    )
    op.create_index(
        op.f("ix_project_member_member_id"), "project_member", ["member_id"], unique=False
    )
    op.create_table(
        "report_code",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(access_point_id IS NULL) <> (zone_id IS NULL)", name=op.f("ck_report_code_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_report_code_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_report_code_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_report_code_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_code")),
        sa.UniqueConstraint("code", name=op.f("uq_report_code_code")),
    )
    op.create_index(op.f("ix_report_code_site_id"), "report_code", ["site_id"], unique=False)
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
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_safety_entry_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_safety_entry_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_safety_entry_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["zone.id"], name=op.f("fk_safety_entry_zone_id_zone")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_entry")),
    )
    op.create_index(
        op.f("ix_safety_entry_access_point_id"), "safety_entry", ["access_point_id"], unique=False
    )
    op.create_index(op.f("ix_safety_entry_member_id"), "safety_entry", ["member_id"], unique=False)
    op.create_index(
        "ix_safety_entry_site_id_year", "safety_entry", ["site_id", "year"], unique=False
    )
    op.create_table(
        "sign_in",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=True),
        sa.Column("browser", sa.String(length=400), nullable=True),
        sa.Column("is_strong", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("id", name=op.f("uq_sign_in_id")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"], unique=False)
    op.create_index(op.f("ix_sign_in_signed_in_at"), "sign_in", ["signed_in_at"], unique=False)
    op.create_table(
        "sign_in_step",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_step_account_id_account")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in_step")),
    )
    op.create_index(
        op.f("ix_sign_in_step_account_id"), "sign_in_step", ["account_id"], unique=False
    )
    op.create_index(op.f("ix_sign_in_step_began_at"), "sign_in_step", ["began_at"], unique=False)
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
        sa.Column("buyer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("erased", sa.Boolean(), server_default=sa.false(), nullable=False),
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
    op.create_index(op.f("ix_statement_member_id"), "statement", ["member_id"], unique=False)
    op.create_index(
        "uq_statement_site_id_month_number",
        "statement",
        ["site_id", "month", "number"],
        unique=True,
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("plan_id", sa.String(length=63), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_subscription_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_subscription_plan_id_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_member_id"), "subscription", ["member_id"], unique=False)
    op.create_index(op.f("ix_subscription_plan_id"), "subscription", ["plan_id"], unique=False)
    op.create_index(
        op.f("ix_subscription_valid_from"), "subscription", ["valid_from"], unique=False
    )
    op.create_index(
        op.f("ix_subscription_valid_until"), "subscription", ["valid_until"], unique=False
    )
    op.create_table(
        "token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_token_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_account_id"), "token", ["account_id"], unique=False)
    op.create_table(
        "user_report",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("text", sa.String(length=400), nullable=True),
        sa.Column("dangerous", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("remark", sa.String(length=400), nullable=True),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("stop_at_idle", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(length=64), nullable=True),
        sa.Column("need_id", sa.String(length=36), nullable=True),
        sa.Column("discarded", sa.String(length=32), nullable=True),
        sa.Column("also", sa.Integer(), server_default="0", nullable=False),
        sa.Column("contact", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_user_report_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_user_report_member_id_member")
        ),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name=op.f("fk_user_report_need_id_need")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_user_report_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_user_report_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_report")),
    )
    op.create_index(
        op.f("ix_user_report_access_point_id"), "user_report", ["access_point_id"], unique=False
    )
    op.create_index(op.f("ix_user_report_member_id"), "user_report", ["member_id"], unique=False)
    op.create_index(op.f("ix_user_report_need_id"), "user_report", ["need_id"], unique=False)
    op.create_index(
        "ix_user_report_site_id_state", "user_report", ["site_id", "state"], unique=False
    )
    op.create_table(
        "works_for",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_works_for_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_works_for_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_works_for_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works_for")),
    )
    op.create_index(
        "ix_works_for_member_id_since", "works_for", ["member_id", "since"], unique=False
    )
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
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("unit_cents", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("counters_id", sa.String(length=36), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=True),
        sa.Column("erased", sa.Boolean(), server_default=sa.false(), nullable=False),
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
    op.create_index(
        "ix_charge_member_id_done_month", "charge", ["member_id", "done_month"], unique=False
    )
    op.create_index(
        "ix_charge_site_id_member_id_month",
        "charge",
        ["site_id", "member_id", "month"],
        unique=False,
    )
    op.create_index("ix_charge_site_id_month", "charge", ["site_id", "month"], unique=False)
    op.create_index("ix_charge_source_id", "charge", ["source_id"], unique=False)
    op.create_index(op.f("ix_charge_statement_id"), "charge", ["statement_id"], unique=False)
    op.create_table(
        "course_session_past",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("enrolled", sa.Integer(), nullable=False),
        sa.Column("attended", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("certified", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_course_session_past_session_id_course_session"),
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_course_session_past")),
    )
    op.create_table(
        "enrolment",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("attended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("outcome_by", sa.String(), nullable=True),
        sa.Column("outcome_at", UtcDateTime(), nullable=True),
        sa.Column("certified_at", UtcDateTime(), nullable=True),
        sa.Column("moved_up_at", UtcDateTime(), nullable=True),
        sa.Column("time_changed_at", UtcDateTime(), nullable=True),
        sa.Column("reinstated_at", UtcDateTime(), nullable=True),
        sa.Column("counts_from", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_enrolment_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_enrolment_session_id_course_session"),
        ),
        sa.PrimaryKeyConstraint("session_id", "member_id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("id", name=op.f("uq_enrolment_id")),
    )
    op.create_index(op.f("ix_enrolment_member_id"), "enrolment", ["member_id"], unique=False)
    op.create_table(
        "maintenance_done",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("maintenance_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("remark", sa.String(length=400), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["maintenance_id"],
            ["maintenance.id"],
            name=op.f("fk_maintenance_done_maintenance_id_maintenance"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_maintenance_done_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_done")),
    )
    op.create_index(
        "uq_maintenance_done_maintenance_id_at",
        "maintenance_done",
        ["maintenance_id", "at"],
        unique=True,
    )
    op.create_table(
        "pass_use",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pass_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("latest_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_pass_use_member_id_member")
        ),
        sa.ForeignKeyConstraint(["pass_id"], ["pass.id"], name=op.f("fk_pass_use_pass_id_pass")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass_use")),
    )
    op.create_index(
        "ix_pass_use_latest_at",
        "pass_use",
        ["latest_at"],
        unique=False,
        sqlite_where=sa.text("latest_at IS NOT NULL"),
        postgresql_where=sa.text("latest_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_pass_use_member_id"), "pass_use", ["member_id"], unique=False)
    op.create_index(
        "uq_pass_use_member_day_half", "pass_use", ["pass_id", "day", "half"], unique=True
    )
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
    op.create_index(
        op.f("ix_safety_addition_entry_id"), "safety_addition", ["entry_id"], unique=False
    )
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
    op.create_table(
        "wish",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("came_true_at", UtcDateTime(), nullable=True),
        sa.Column("course_id", sa.String(length=63), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN access_point_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN session_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN course_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_wish_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_wish_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_wish_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_wish_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["course_session.id"], name=op.f("fk_wish_session_id_course_session")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_wish_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
    )
    op.create_index(op.f("ix_wish_course_id"), "wish", ["course_id"], unique=False)
    op.create_index(op.f("ix_wish_member_id"), "wish", ["member_id"], unique=False)
