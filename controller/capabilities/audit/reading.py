"""The audit as people read it: newest first, filtered, with the names that records still have."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.capabilities.accounts.names import logins_of, of_token
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.audit.action_labels import GROUPS, Group, filed_elsewhere
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow, CourseRow, CourseSessionRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission, Role
from controller.kernel.audit import Entry
from controller.kernel.models import AuditEntry, AuditNote
from controller.kernel.names import by_name, names_of
from controller.policy.reading import from_json

PAGE = 50
PARTS = ("certification", "access_point", "zone")
"""Of an entry's detail: what else an act is about."""
MOST = 10_000
"""Entries of one file."""
ACTORS = 200
"""Accounts that one can choose from."""
KINDS = (
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
"""Of what an act can be, to choose from; never of which person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries; None: any. There is none by person: nobody reads what happened to one."""

    since: Utc | None = None
    until: Utc | None = None
    actor: str | None = None
    group: Group | None = None
    kind: str | None = None
    """Of what it was, such as `credential`."""
    before: int | None = None
    """The number at which the page before ended."""


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """An entry with the names of who acted and of what it was."""

    entry: Entry
    actor: str
    subject: str
    name: Name | None = None
    """Of what has one, such as a machine, a box or a plan."""
    by: Name | None = None
    """Of the box that acted."""
    parts: Mapping[str, Name] = field(default_factory=dict)
    """Of what else it is about, by PARTS."""
    session: Name | None = None
    """What the course session is called that it is, or is about; empty: by its kind alone."""
    begins: Utc | None = None
    """When that session begins."""


def page(
    db: Session, chosen: Filter, *, actor: Actor, limit: int = PAGE
) -> tuple[list[NamedEntry], int | None]:
    """The newest of them; and the `before` of the next page, None at the end. Raises Forbidden."""
    actor.require_anywhere(Permission.AUDIT_READ)
    statement = _filtered(audit.with_notes().where(audit.visible(db, actor)), chosen)
    rows = db.execute(statement.order_by(AuditEntry.seq.desc()).limit(limit + 1)).all()
    entries = [audit.shape(row, note) for row, note in rows[:limit]]
    return _told(db, entries), entries[-1].seq if len(rows) > limit else None


def all_entries(db: Session, chosen: Filter, *, actor: Actor) -> list[NamedEntry]:
    """All of them, newest first, up to MOST."""
    return page(db, chosen, actor=actor, limit=MOST)[0]


def note_export(db: Session, site_id: str, *, actor: Actor, now: Utc) -> None:
    """A part of it leaves as a file: the audit says to whom. Raises Forbidden."""
    actor.require(Permission.AUDIT_READ, site_id)
    audit.record(db, actor, now, "audit_exported", f"site:{site_id}", site_id)


def actors(db: Session, site_id: str, *, actor: Actor) -> list[tuple[str, str]]:
    """References and names of the accounts that do more than use the site. Raises Forbidden."""
    actor.require(Permission.AUDIT_READ, site_id)
    rows = db.execute(
        select(AccountRow.id, AccountRow.login, MemberRow.display_name)
        .join(AccountRole, AccountRole.account_id == AccountRow.id)
        .outerjoin(MemberRow, MemberRow.id == AccountRow.member_id)
        .where(AccountRole.site_id == site_id, AccountRole.role != Role.MEMBER)
        .distinct()
        .order_by(AccountRow.login)
        .limit(ACTORS)
    )
    return [(f"account:{key}", _with_login(name or login, login)) for key, login, name in rows]


def proofs(db: Session, site_id: str, *, actor: Actor) -> list[Entry]:
    """The last entry of what retention has done at the site, for each kind of thing."""
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


def _filtered(
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
        is_it = table.subject.startswith(f"{chosen.kind}:", autoescape=True)
        if acts := filed_elsewhere(chosen.kind):
            is_it = or_(is_it, table.action.in_(acts))
        statement = statement.where(is_it)
    if chosen.before is not None:
        statement = statement.where(table.seq < chosen.before)
    return statement


def _told(db: Session, entries: list[Entry]) -> list[NamedEntry]:
    names = names_of(db, [ref for entry in entries for ref in (entry.actor, entry.subject)])
    logins = logins_of(db, {entry.actor for entry in entries})
    things = names_by_reference(db, [ref for entry in entries for ref in _refs(entry)])
    dates = sessions(db, {key for entry in entries if (key := _session(entry))})
    return [
        NamedEntry(
            entry,
            _with_login(names.get(entry.actor, entry.actor), logins.get(entry.actor)),
            names.get(entry.subject, ""),
            things.get(entry.subject),
            things.get(entry.actor),
            {part: things[ref] for part, ref in _parts(entry) if ref in things},
            *dates.get(_session(entry), (None, None)),
        )
        for entry in entries
    ]


def _with_login(name: str, login: str | None) -> str:
    """A name can be changed to somebody else's; a login is one account's."""
    if login is None or name in (login, by_name(login)) or name.startswith(of_token(login)):
        return name
    return f"{name} ({login})"


def _session(entry: Entry) -> str:
    """The course session that it is about, or nothing."""
    kind, _mark, key = entry.subject.partition(":")
    found = key if kind == "course_session" else entry.detail.get("session")
    return found if isinstance(found, str) else ""


def _refs(entry: Entry) -> list[str]:
    return [entry.actor, entry.subject, *(ref for _part, ref in _parts(entry))]


def _parts(entry: Entry) -> list[tuple[str, str]]:
    """What else an entry is about, and the reference of each."""
    found = ((part, entry.detail.get(part)) for part in PARTS)
    return [(part, f"{part}:{key}") for part, key in found if isinstance(key, str)]


# Names of the things that audit entries refer to.

_COLUMNS = {
    "access_point": (AccessPointRow.id, AccessPointRow.name),
    "agent": (AgentRow.id, AgentRow.name),
    "certification": (CertificationRow.id, CertificationRow.name),
    "course": (CourseRow.id, CourseRow.name),
    "plan": (PlanRow.id, PlanRow.name),
    "schedule": (ScheduleRow.id, ScheduleRow.name),
    "site": (SiteRow.id, SiteRow.name),
    "zone": (ZoneRow.id, ZoneRow.name),
}


def names_by_reference(db: Session, refs: Iterable[str]) -> Mapping[str, Name]:
    """Names by reference (`agent:pi`), in one statement per kind; deleted things have none."""
    wanted: dict[str, set[str]] = {}
    for ref in refs:
        kind, _mark, key = ref.partition(":")
        if kind in _COLUMNS:
            wanted.setdefault(kind, set()).add(key)
    found = {}
    for kind, keys in wanted.items():
        column, name_of = _COLUMNS[kind]
        for key, name in db.execute(select(column, name_of).where(column.in_(keys))):
            found[f"{kind}:{key}"] = from_json(name, Name)
    return found


def sessions(db: Session, keys: Collection[str]) -> Mapping[str, tuple[Name, Utc]]:
    """What course sessions are called, and when they begin; a name can be empty."""
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
