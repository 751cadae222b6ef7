"""The audit log for its page: newest first, filtered, with the current names of things."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.accounts.names import logins_of
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.alarms.models import Alarm as AlarmRow
from controller.capabilities.audit.action_labels import GROUPS, ActionGroup, actions_on_kind
from controller.capabilities.billing.models import MoneyEntry
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.opendata.models import ProjectDataset
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.statistics.models import PartnerRow
from controller.capabilities.training.models import CertificationRow, CourseRow, CourseSessionRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.audit import Entry
from controller.kernel.models import AuditEntry, AuditNote
from controller.kernel.names import names_of
from controller.policy.reading import from_json

PAGE = 50
"""Entries of a page."""
DETAIL_PARTS = ("certification", "access_point", "zone")
"""Keys in an entry's detail that refer to other things."""
EXPORT_LIMIT = 10_000
"""Maximum number of entries in an exported file."""
ACTOR_LIMIT = 200
"""Maximum number of accounts in the filter's list."""
SUBJECT_KINDS = (
    "member",
    "account",
    "access_point",
    "credential",
    "group",
    "course_session",
    "certification",
    "plan",
    "site",
    "agent",
    "incident",
)
"""Kinds of subjects for the filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries to list; None: any.

    There is no filter by person, so that nobody can look up everything about one.
    """

    since: Utc | None = None
    until: Utc | None = None
    actor: str | None = None
    group: ActionGroup | None = None
    kind: str | None = None
    """The kind of the subject, such as `credential`."""
    before: int | None = None
    """The number of the last entry of the previous page."""


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """An entry with the names of its actor and its subject."""

    entry: Entry
    actor_name: str
    """Name of the actor, or its reference if it has none."""
    subject_name: str
    """Name of the subject if it is a person, or empty."""
    subject_label: Name | None = None
    """The subject's label if it is a thing that has one, such as a machine or a plan."""
    agent_label: Name | None = None
    """The label of the agent that acted."""
    parts: Mapping[str, Name] = field(default_factory=dict)
    """Labels of other things in the entry's detail, by `DETAIL_PARTS`."""
    session: Name | None = None
    """The name of the entry's course session; may be empty."""
    begins: Utc | None = None
    """When that course session begins."""


def page(
    db: Session, chosen: Filter, *, actor: Actor, limit: int = PAGE
) -> tuple[list[NamedEntry], int | None]:
    """Return a page of entries, and `before` for the next page (None at the end).

    Raises Forbidden.
    """
    actor.require_anywhere(Permission.AUDIT_READ)
    statement = _filter(audit.with_notes().where(audit.visible(db, actor)), chosen)
    rows = db.execute(statement.order_by(AuditEntry.seq.desc()).limit(limit + 1)).all()
    entries = [audit.shape(row, note) for row, note in rows[:limit]]
    return _named_entries(db, entries), entries[-1].seq if len(rows) > limit else None


def all_entries(db: Session, chosen: Filter, *, actor: Actor) -> list[NamedEntry]:
    """Return all entries, newest first, at most `EXPORT_LIMIT`. Raises Forbidden."""
    return page(db, chosen, actor=actor, limit=EXPORT_LIMIT)[0]


def note_export(db: Session, site_id: str, *, actor: Actor, now: Utc) -> None:
    """Record in the audit that entries were exported. Raises Forbidden."""
    actor.require(Permission.AUDIT_READ, site_id)
    audit.record(db, actor, now, "audit_exported", f"site:{site_id}", site_id)


def actors(db: Session, site_id: str, *, actor: Actor) -> list[tuple[str, str]]:
    """Return references and names of accounts with a role other than *member*. Raises Forbidden."""
    actor.require(Permission.AUDIT_READ, site_id)
    rows = db.execute(
        select(AccountRow.id, AccountRow.login, MemberRow.display_name)
        .join(AccountRole, AccountRole.account_id == AccountRow.id)
        .outerjoin(MemberRow, MemberRow.id == AccountRow.member_id)
        .where(AccountRole.site_id == site_id, AccountRole.role != Role.MEMBER)
        .distinct()
        .order_by(AccountRow.login)
        .limit(ACTOR_LIMIT)
    )
    accounts = [(key, login, name or login) for key, login, name in rows]
    ambiguous = _ambiguous_names(db, {name for _key, _login, name in accounts})
    return [
        (f"account:{key}", _with_login(name, login, ambiguous)) for key, login, name in accounts
    ]


def retention_entries(db: Session, site_id: str, *, actor: Actor) -> list[Entry]:
    """Return, for each kind of data, the latest entry on its removal by retention at the site."""
    actor.require(Permission.AUDIT_READ, site_id)
    statement = audit.with_notes().where(
        AuditEntry.action == "retention_applied", AuditEntry.site_id == site_id
    )
    rows = db.execute(statement.order_by(AuditEntry.seq.desc()).limit(200))
    newest: dict[object, Entry] = {}
    for row, note in rows:
        entry = audit.shape(row, note)
        newest.setdefault(entry.detail.get("what"), entry)
    return list(newest.values())


def _filter(
    statement: Select[AuditEntry, AuditNote], chosen: Filter
) -> Select[AuditEntry, AuditNote]:
    table = AuditEntry
    if chosen.since is not None:
        statement = statement.where(table.at >= chosen.since)
    if chosen.until is not None:
        statement = statement.where(table.at < chosen.until)
    if chosen.actor is not None:
        statement = statement.where(table.actor == chosen.actor)
    if chosen.group is not None:
        statement = statement.where(table.action.in_(GROUPS[chosen.group]))
    if chosen.kind is not None:
        matches_kind = table.subject.startswith(f"{chosen.kind}:", autoescape=True)
        if kind_actions := actions_on_kind(chosen.kind):
            matches_kind = or_(matches_kind, table.action.in_(kind_actions))
        statement = statement.where(matches_kind)
    if chosen.before is not None:
        statement = statement.where(table.seq < chosen.before)
    return statement


def _named_entries(db: Session, entries: list[Entry]) -> list[NamedEntry]:
    names = names_of(db, [ref for entry in entries for ref in (entry.actor, entry.subject)])
    logins = logins_of(db, {entry.actor for entry in entries})
    ambiguous = _ambiguous_names(db, {names[ref] for ref in logins if ref in names})
    labels = names_by_reference(db, [ref for entry in entries for ref in _refs(entry)])
    dates = sessions(db, {key for entry in entries if (key := _session(entry))})
    return [
        NamedEntry(
            entry,
            actor_name=_with_login(
                names.get(entry.actor, entry.actor), logins.get(entry.actor), ambiguous
            ),
            subject_name=names.get(entry.subject, ""),
            subject_label=labels.get(entry.subject),
            agent_label=labels.get(entry.actor),
            parts={part: labels[ref] for part, ref in _parts(entry) if ref in labels},
            session=session,
            begins=begins,
        )
        for entry in entries
        for session, begins in [dates.get(_session(entry), (None, None))]
    ]


def _with_login(name: str, login: str | None, ambiguous: Collection[str]) -> str:
    """Add the login to a name that several accounts have."""
    return f"{name} ({login})" if login and name.lower() in ambiguous else name


def _ambiguous_names(db: Session, names: Collection[str]) -> set[str]:
    """Return which of these names several accounts have, in lower case."""
    name = func.lower(func.coalesce(MemberRow.display_name, AccountRow.login))
    rows = (
        select(name)
        .select_from(AccountRow)
        .outerjoin(MemberRow, MemberRow.id == AccountRow.member_id)
        .where(name.in_({name.lower() for name in names}))
        .group_by(name)
        .having(func.count() > 1)
    )
    return set(db.scalars(rows))


def _session(entry: Entry) -> str:
    """Return the id of the entry's course session, or an empty string."""
    kind, _mark, key = entry.subject.partition(":")
    session_id = key if kind == "course_session" else entry.detail.get("session")
    return session_id if isinstance(session_id, str) else ""


def _refs(entry: Entry) -> list[str]:
    return [entry.actor, entry.subject, *(ref for _part, ref in _parts(entry))]


def _parts(entry: Entry) -> list[tuple[str, str]]:
    """Return the other things in the entry's detail, as pairs of `DETAIL_PARTS` key and
    reference."""
    ids_by_part = ((part, entry.detail.get(part)) for part in DETAIL_PARTS)
    return [(part, f"{part}:{key}") for part, key in ids_by_part if isinstance(key, str)]


# Names of the things that audit entries refer to.


def _name_query(name: Any, key: Any, reference: Any) -> Any:
    """Return the name of what a row refers to."""
    return select(name).where(key == reference).scalar_subquery()


_COLUMNS: Mapping[str, tuple[Any, ...]] = {
    "access_point": (AccessPointRow.id, AccessPointRow.name),
    "agent": (AgentRow.id, AgentRow.name),
    "alarm": (
        AlarmRow.id,
        _name_query(AccessPointRow.name, AccessPointRow.id, AlarmRow.access_point_id),
        _name_query(AgentRow.name, AgentRow.id, AlarmRow.agent_id),
    ),
    "certification": (CertificationRow.id, CertificationRow.name),
    "course": (CourseRow.id, CourseRow.name),
    "money_entry": (
        MoneyEntry.id,
        _name_query(MemberRow.display_name, MemberRow.id, MoneyEntry.member_id),
        _name_query(OrganisationRow.name, OrganisationRow.id, MoneyEntry.organisation_id),
    ),
    "organisation": (OrganisationRow.id, OrganisationRow.name),
    "partner": (PartnerRow.id, PartnerRow.name),
    "plan": (PlanRow.id, PlanRow.name),
    "project": (ProjectRow.id, ProjectRow.name),
    "project_dataset": (ProjectDataset.id, ProjectDataset.name),
    "schedule": (ScheduleRow.id, ScheduleRow.name),
    "site": (SiteRow.id, SiteRow.name),
    "zone": (ZoneRow.id, ZoneRow.name),
}
"""By kind: the id, and the names to show, the first that exists; a JSON label or a text."""


def names_by_reference(db: Session, refs: Iterable[str]) -> Mapping[str, Name]:
    """Return names by reference (`agent:pi`), one query per kind; without deleted things."""
    keys_by_kind: dict[str, set[str]] = {}
    for ref in refs:
        kind, _mark, key = ref.partition(":")
        if kind in _COLUMNS:
            keys_by_kind.setdefault(kind, set()).add(key)
    names_by_ref = {}
    for kind, keys in keys_by_kind.items():
        column, *names = _COLUMNS[kind]
        for key, *values in db.execute(select(column, *names).where(column.in_(keys))):
            if name := next(filter(None, values), None):
                names_by_ref[f"{kind}:{key}"] = (
                    Name(fr=name) if isinstance(name, str) else from_json(name, Name)
                )
    return names_by_ref


def sessions(db: Session, keys: Collection[str]) -> Mapping[str, tuple[Name, Utc]]:
    """Return name (possibly empty) and start of course sessions, by id."""
    if not keys:
        return {}
    table = CourseSessionRow
    rows = db.execute(
        select(table.id, table.theme, CourseRow.name, table.starts_at)
        .outerjoin(CourseRow, CourseRow.id == table.course_id)
        .where(table.id.in_(keys))
    )
    return {
        key: (Name(fr=theme) if theme else from_json(name, Name) if name else Name(), starts)
        for key, theme, name, starts in rows
    }
