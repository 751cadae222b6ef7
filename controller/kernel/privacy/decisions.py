"""The decision for every table and column; a test fails for one that has none."""

from collections.abc import Mapping

from controller.kernel.privacy import Data, Decision, Erased, Kept, Purpose

_D, _E, _K, _P = Data, Erased, Kept, Purpose


def _table(
    purpose: Purpose, kept: Kept, erased: Erased = Erased.NOTHING, **columns: str
) -> Decision:
    """`columns`: names by what they hold, such as `plain="id site_id"`."""
    return Decision(
        purpose=purpose,
        kept=kept,
        erased=erased,
        columns={name: Data(kind) for kind, names in columns.items() for name in names.split()},
    )


def _place(columns: str, *, text: str = "", actor: str = "") -> Decision:
    """Something of the place, which is about nobody."""
    return _table(_P.NONE, _K.PLACE, plain=columns, text=text, actor=actor)


DECISIONS: Mapping[str, Decision] = {
    # People and their rights
    "member": _table(
        _P.RIGHTS,
        _K.MEMBER,
        _E.DELETE,
        plain="site_id row_version",
        member="id",
        ref="ref",
        identity="display_name email guardian_name guardian_phone guardian_email",
        about="language categories status created_at",
        help="aids needs_help",
    ),
    "member_site": _table(_P.RIGHTS, _K.MEMBER, _E.DELETE, member="member_id", about="site_id"),
    "organisation_member": _table(
        _P.RIGHTS, _K.MEMBER, _E.DELETE, member="member_id", about="organisation_id"
    ),
    "project_member": _table(
        _P.RIGHTS, _K.MEMBER, _E.DELETE, member="member_id", about="project_id"
    ),
    "works_for": _table(
        _P.RIGHTS,
        _K.MEMBER,
        _E.DELETE,
        plain="id",
        member="member_id",
        about="since organisation_id project_id",
    ),
    "member_word": _table(_P.RIGHTS, _K.MEMBER, _E.DELETE, identity="word", member="member_id"),
    "credential": _table(
        _P.RIGHTS,
        _K.MEMBER,
        _E.DELETE,
        plain="id group_id row_version",
        member="member_id",
        identity="masked",
        sealed="holder_key sealed",
        about="kind lent assurance status valid_from valid_until created_at",
    ),
    "subscription": _table(
        _P.RIGHTS,
        _K.MEMBER,
        _E.DELETE,
        plain="id row_version",
        member="member_id",
        about="plan_id valid_from valid_until",
    ),
    "pass": _table(
        _P.RIGHTS,
        _K.MEMBER,
        _E.DELETE,
        plain="id row_version",
        member="member_id",
        about="plan_id kind units valid_from valid_until",
    ),
    "pass_use": _table(
        _P.RIGHTS,
        _K.MEMBER,
        _E.DELETE,
        plain="id pass_id",
        member="member_id",
        about="day half starts_at ends_at",
    ),
    "maintainer": _table(
        _P.RIGHTS, _K.MEMBER, _E.DELETE, member="member_id", about="access_point_id"
    ),
    "supervisor": _table(_P.RIGHTS, _K.MEMBER, _E.DELETE, member="member_id", about="zone_id"),
    "booking": _table(
        _P.RIGHTS,
        _K.ACCESS,
        _E.DELETE,
        plain="id site_id row_version",
        member="member_id",
        about="access_point_id zone_id starts_at ends_at created_at cancelled_at closed_at"
        " organisation_id project_id",
        actor="created_by",
    ),
    "visiting_group": _table(
        _P.RIGHTS,
        _K.ACCESS,
        text="name",
        actor="created_by",
        plain="id ref site_id organisation_id headcount accompanied ends_at ended_at created_at"
        " row_version",
    ),
    # Training
    "enrolment": _table(
        _P.TRAINING,
        _K.MEMBER,
        _E.COUNT,
        plain="session_id id",
        member="member_id",
        about="status attended_at outcome outcome_at certified_at",
        actor="outcome_by",
    ),
    "course_session": _table(
        _P.TRAINING,
        _K.PLACE,
        _E.EMPTY,
        member="trainer_id",
        text="theme",
        actor="created_by",
        plain="id site_id course_id kind starts_at ends_at places headcount cancelled_at is_open"
        " minutes organisation_id project_id row_version",
    ),
    "course_session_past": _table(
        _P.TRAINING, _K.PLACE, plain="session_id enrolled attended passed certified"
    ),
    "held": _table(
        _P.TRAINING,
        _K.MEMBER,
        _E.DELETE,
        plain="row_version",
        member="member_id",
        about="certification_id level status valid_from valid_until granted_at",
        actor="granted_by",
    ),
    "held_history": _table(
        _P.TRAINING,
        _K.CHAIN,
        _E.EMPTY,
        plain="id",
        member="member_id",
        actor="by",
        about="certification_id at action level valid_until",
        words="reason",
    ),
    # What happened
    "event": _table(
        _P.ACCESS,
        _K.ACCESS,
        _E.BYTES,
        raw="body",
        plain="id_high id_low seq mono_ms at not_before not_after received_at stream_no site_no"
        " point_no boot_no type late skewed hash prev_hash",
    ),
    "quarantine": _table(
        _P.ACCESS,
        _K.ACCESS,
        _E.BYTES,
        raw="reason raw",
        plain="id site_id agent_id stream seq received_at hash",
    ),
    "machine_session": _table(
        _P.ACCESS,
        _K.ACCESS,
        _E.EMPTY,
        ref="member_ref",
        actor="booked_by",
        plain="id site_id agent_id access_point_id started_at state state_at state_order ended_at"
        " active_s idle_s powered_s gap_s cause organisation_id project_id course_session_id"
        " row_version skewed",
    ),
    "supervision_window": _table(
        _P.ACCESS,
        _K.ACCESS,
        _E.EMPTY,
        ref="supervisor",
        actor="opened_by closed_by",
        plain="id site_id agent_id zone_id opened_at until closed_at",
    ),
    "incident": _table(
        _P.ACCESS,
        _K.REASON,
        text="reason",
        actor="asked_by confirmed_by",
        plain="id site_id access_point_id since until asked_at confirmed_at expires_at",
    ),
    "command": _table(
        _P.ACCESS,
        _K.ACCESS,
        text="reason",
        actor="created_by",
        raw="args data",
        plain="id site_id agent_id boot_id access_point_id type created_at expires_at sent_at"
        " result replied_at",
    ),
    "alarm": _table(
        _P.UPKEEP,
        _K.HISTORY,
        raw="detail",
        text="remark",
        actor="taken_by resolved_by",
        plain="id key site_id agent_id access_point_id kind raised_at cleared_at taken_at"
        " resolved_at",
    ),
    # Who is there
    "presence": _table(
        _P.PRESENCE,
        _K.MOMENT,
        _E.DELETE,
        plain="id site_id heads by_desk",
        ref="member_ref",
        identity="label",
        about="zone_id moved_at until",
    ),
    "evacuation_roll": _table(
        _P.PRESENCE,
        _K.MOMENT,
        _E.DELETE,
        plain="id evacuation_id heads",
        ref="member_ref",
        identity="label",
        about="zone_id seen_at",
        actor="seen_by",
    ),
    "evacuation": _table(
        _P.PRESENCE,
        _K.SAFETY,
        actor="started_by",
        text="remarks",
        plain="id site_id kind started_at ended_at heads seen everyone_back",
    ),
    "occupancy": _table(_P.PRESENCE, _K.PLACE, plain="zone_id quarter site_id peak entries"),
    # Sign-ins and the record of what was done
    "account": _table(
        _P.ACCOUNTS,
        _K.MEMBER,
        _E.DELETE,
        plain="row_version",
        account="id",
        member="member_id",
        identity="login",
        sealed="password_hash",
        about="language created_at disabled_at signed_out_at",
    ),
    "account_role": _table(
        _P.ACCOUNTS, _K.MEMBER, _E.DELETE, plain="site_id", account="account_id", about="role"
    ),
    "token": _table(
        _P.ACCOUNTS,
        _K.MEMBER,
        _E.DELETE,
        plain="id per_minute",
        account="account_id",
        words="name",
        sealed="hash",
        about="scopes created_at expires_at revoked_at",
        actor="created_by",
    ),
    "idempotency_key": _table(
        _P.ACCOUNTS,
        _K.ANSWER,
        plain="status created_at",
        actor="owner",
        sealed="key request_hash headers body",
    ),
    "audit": _table(
        _P.ACCOUNTS,
        _K.CHAIN,
        plain="seq at action site_id detail prev_hash hash",
        actor="actor subject",
    ),
    "audit_head": _table(_P.ACCOUNTS, _K.CHAIN, plain="id seq hash"),
    "audit_note": _table(_P.ACCOUNTS, _K.REASON, plain="seq salt at", text="text"),
    # What people told, and the upkeep of machines
    "user_report": _table(
        _P.UPKEEP,
        _K.ACCESS,
        _E.EMPTY,
        member="member_id",
        words="text",
        text="remark",
        actor="taken_by done_by",
        plain="id site_id kind access_point_id zone_id dangerous state created_at taken_at done_at"
        " stop_at_idle row_version",
    ),
    "handover_note": _table(
        _P.UPKEEP,
        _K.SHIFT,
        text="text",
        actor="created_by done_by",
        plain="id site_id created_at until done_at row_version",
    ),
    "maintenance_done": _table(
        _P.UPKEEP,
        _K.HISTORY,
        text="remark",
        actor="by",
        plain="id maintenance_id site_id at recorded_at",
    ),
    "commissioning_tick": _table(
        _P.UPKEEP,
        _K.HISTORY,
        text="remark",
        actor="by",
        plain="access_point_id step at event_id agent_id agent_version wiring",
    ),
    "access_point": _place(
        "id site_id agent_id kind name icon zone_id from_zone_id in_service commissioned risk"
        " requirement session door policy_max_age_s needs row_version",
        text="service_reason",
    ),
    # The place itself, which is about nobody
    "claim_code": _place("hash agent_id created_at expires_at used_at", actor="created_by"),
    "site": _place("id name time_zone language opening created_at row_version"),
    "schedule": _place("id site_id name data row_version"),
    "zone": _place("id site_id name capacity window_max_min desks row_version"),
    "plan": _place("id site_id name schedule_id zones outside_opening grace_days row_version"),
    "organisation": _place("id site_id name active created_at row_version"),
    "project": _place("id site_id organisation_id name starts_at ends_at created_at row_version"),
    "certification": _place(
        "id site_id scope name kind validity_kind validity_days validity_date row_version"
    ),
    "course": _place("id site_id scope name grants requires row_version"),
    "agent": _place(
        "id site_id name kid public_key certificate_until enrolled_at revoked_at wiring created_at"
        " row_version"
    ),
    "agent_certificate": _place("serial agent_id issued_at until revoked_at"),
    "agent_state": _place(
        "agent_id online boot_id connection version protocols epoch policy_version stream"
        " started_at seen_at telemetry"
    ),
    "point_state": _place(
        "access_point_id agent_id state since session_id available ends_at warning faults"
        " received_at"
    ),
    "hub_key": _place("kid name public_key created_at retired_at"),
    "stream_state": _place("no agent_id stream through also last_hash forked updated_at"),
    "boot_anchor": _place("no agent_id boot_id mono_ms at"),
    "journal_name": _place("no name"),
    "usage_day": _place(
        "site_id day access_point_id organisation_id project_id sessions active_ms"
        " idle_ms powered_ms"
    ),
    "lease": _place("name holder until term"),
    "policy_site": _place("site_id epoch version holders digest"),
    "policy_row": _table(_P.ACCESS, _K.CHAIN, plain="site_id table version", sealed="key value"),
    "maintenance": _place(
        "id site_id access_point_id name counts every_h every_days starts_at created_at ended_at"
        " row_version"
    ),
    "tell_code": _place("id code site_id access_point_id zone_id created_at revoked_at"),
}
