"""The first schema."""

import sqlalchemy as sa
from alembic import op

from controller.store.append_only import PROTECTED, triggers
from controller.store.types import SORTED, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build it. There is no way down: restore the backup made before the upgrade."""
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
    op.create_index(op.f("ix_audit_site_id"), "audit", ["site_id"], unique=False)
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    audit_head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "held_history",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("certification_id", sa.String(length=63), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_history")),
    )
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
        "lease",
        sa.Column("name", SORTED, nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
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
        "site",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(length=63), nullable=False),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("opening", sa.String(length=63), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
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
    op.create_index("ix_alarm_site_id_id", "alarm", ["site_id", "id"], unique=False)
    op.create_table(
        "certification",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("validity_kind", sa.String(32), nullable=False),
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
        "member",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("ref", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("display_name", sa.String(length=400), nullable=False),
        sa.Column("email", sa.String(length=400), nullable=True),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("aids", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("needs_help", sa.Boolean(), nullable=False),
        sa.Column("guardian_name", sa.String(length=400), nullable=True),
        sa.Column("guardian_phone", sa.String(length=400), nullable=True),
        sa.Column("guardian_email", sa.String(length=400), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_member_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("ref", name=op.f("uq_member_ref")),
    )
    op.create_index(op.f("ix_member_site_id"), "member", ["site_id"], unique=False)
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
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("icon", sa.String(length=63), nullable=False),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("from_zone_id", sa.String(length=63), nullable=True),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.Column("service_reason", sa.String(length=400), nullable=True),
        sa.Column("commissioned", sa.Boolean(), nullable=False),
        sa.Column("risk", sa.String(32), nullable=False),
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
        "commissioning_tick",
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
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
        "account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("login", sa.String(length=400), nullable=False),
        sa.Column("password_hash", sa.String(length=400), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("signed_out_at", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_account_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("member_id", name=op.f("uq_account_member_id")),
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
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("protocols", sa.JSON(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=36), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("telemetry", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_agent_state_agent_id_agent")
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_state")),
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
        "claim_code",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
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
        "credential",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("holder_key", SORTED, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("masked", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("lent", sa.Boolean(), nullable=False),
        sa.Column("assurance", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=True),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_credential_member_id_member")
        ),
        sa.CheckConstraint(
            "(member_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_credential_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["visiting_group.id"], name=op.f("fk_credential_group_id_visiting_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("holder_key", name=op.f("uq_credential_holder_key")),
    )
    op.create_index(op.f("ix_credential_group_id"), "credential", ["group_id"], unique=False)
    op.create_index(op.f("ix_credential_member_id"), "credential", ["member_id"], unique=False)
    op.create_table(
        "held",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("certification_id", sa.String(length=63), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
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
    op.create_index(op.f("ix_held_certification_id"), "held", ["certification_id"], unique=False)
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
        "journal_name",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_journal_name")),
        sa.UniqueConstraint("name", name=op.f("uq_journal_name_name")),
    )
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
    op.create_index(
        "ix_event_skewed",
        "event",
        ["id_high", "id_low"],
        unique=False,
        sqlite_where=sa.text("skewed"),
        postgresql_where=sa.text("skewed"),
    )
    op.create_index("ix_event_point_no_id_high", "event", ["point_no", "id_high"], unique=False)
    op.create_index("ix_event_site_no_id_high", "event", ["site_no", "id_high"], unique=False)
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
        "usage_day",
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("active_ms", sa.BigInteger(), nullable=False),
        sa.Column("idle_ms", sa.BigInteger(), nullable=False),
        sa.Column("powered_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_usage_day_site_id_site")),
        sa.PrimaryKeyConstraint(
            "site_id",
            "day",
            "access_point_id",
            "organisation_id",
            "project_id",
            name=op.f("pk_usage_day"),
        ),
    )
    op.create_index(
        "ix_usage_day_access_point_id_day", "usage_day", ["access_point_id", "day"], unique=False
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
        "account_role",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
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
        "subscription",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("plan_id", sa.String(length=63), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_token_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_account_id"), "token", ["account_id"], unique=False)
    op.create_table(
        "course",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("grants", sa.JSON(), nullable=False),
        sa.Column("requires", sa.JSON(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_course_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    op.create_index(op.f("ix_course_site_id"), "course", ["site_id"], unique=False)
    op.create_table(
        "evacuation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("remarks", sa.String(length=400), nullable=True),
        sa.Column("everyone_back", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_evacuation_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evacuation")),
    )
    op.create_index(op.f("ix_evacuation_site_id"), "evacuation", ["site_id"], unique=False)
    op.create_table(
        "course_session",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("course_id", sa.String(length=63), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_session_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_course_session_site_id_site")
        ),
        sa.ForeignKeyConstraint(
            ["trainer_id"], ["member.id"], name=op.f("fk_course_session_trainer_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_course_session_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_course_session_project_id_project")
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
        "evacuation_roll",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("evacuation_id", sa.String(length=36), nullable=False),
        sa.Column("member_ref", sa.String(length=36), nullable=True),
        sa.Column("label", sa.String(length=400), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("seen_by", sa.String(), nullable=True),
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
        "presence",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("member_ref", sa.String(length=36), nullable=True),
        sa.Column("label", sa.String(length=400), nullable=True),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("by_desk", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_presence_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_presence_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint("member_ref", name=op.f("uq_presence_member_ref")),
    )
    op.create_index(op.f("ix_presence_site_id"), "presence", ["site_id"], unique=False)
    op.create_index(op.f("ix_presence_until"), "presence", ["until"], unique=False)
    op.create_index(op.f("ix_presence_zone_id"), "presence", ["zone_id"], unique=False)
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
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_booking_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_booking_zone_id_zone")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_booking_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_booking_project_id_project")
        ),
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
        "enrolment",
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("attended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("outcome_by", sa.String(), nullable=True),
        sa.Column("outcome_at", UtcDateTime(), nullable=True),
        sa.Column("certified_at", UtcDateTime(), nullable=True),
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
        "pass",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("plan_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_pass_member_id_member")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_pass_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass")),
    )
    op.create_index(op.f("ix_pass_member_id"), "pass", ["member_id"], unique=False)
    op.create_index(op.f("ix_pass_valid_until"), "pass", ["valid_until"], unique=False)
    op.create_table(
        "pass_use",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pass_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_pass_use_member_id_member")
        ),
        sa.ForeignKeyConstraint(["pass_id"], ["pass.id"], name=op.f("fk_pass_use_pass_id_pass")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass_use")),
    )
    op.create_index(op.f("ix_pass_use_member_id"), "pass_use", ["member_id"], unique=False)
    op.create_index(
        "uq_pass_use_member_day_half", "pass_use", ["pass_id", "day", "half"], unique=True
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
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_handover_note_site_id_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_note")),
    )
    op.create_index(op.f("ix_handover_note_site_id"), "handover_note", ["site_id"], unique=False)
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
        "user_report",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("access_point_id", sa.String(length=63), nullable=True),
        sa.Column("zone_id", sa.String(length=63), nullable=True),
        sa.Column("text", sa.String(length=400), nullable=True),
        sa.Column("dangerous", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("remark", sa.String(length=400), nullable=True),
        sa.Column("stop_at_idle", sa.Boolean(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_point_id"],
            ["access_point.id"],
            name=op.f("fk_user_report_access_point_id_access_point"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_user_report_member_id_member")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_user_report_site_id_site")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_user_report_zone_id_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_report")),
    )
    op.create_index(
        op.f("ix_user_report_access_point_id"), "user_report", ["access_point_id"], unique=False
    )
    op.create_index(op.f("ix_user_report_member_id"), "user_report", ["member_id"], unique=False)
    op.create_index(
        "ix_user_report_site_id_state", "user_report", ["site_id", "state"], unique=False
    )
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
    op.bulk_insert(audit_head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    for protected in PROTECTED:
        for statement in triggers(op.get_bind().dialect.name, protected):
            op.execute(statement)
