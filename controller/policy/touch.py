"""Note, while a transaction runs, which policy rows its changes may concern."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import ORMExecuteState, Session

from controller.capabilities.agents.models import HubKey
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import GroupRow, WindowRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import Maintainer, MemberRow, MemberSite, Supervisor
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.plans.models import PassRow, PassUse, PlanRow, SubscriptionRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionRow,
    EnrolmentRow,
    HeldRow,
)

_TABLE_OF = {
    ScheduleRow: "schedule",
    ZoneRow: "zone",
    PlanRow: "plan",
    AccessPointRow: "point",
    WindowRow: "window",
    BookingRow: "booking",
}
_OF_MEMBER = (SubscriptionRow, HeldRow, Maintainer, MemberSite, Supervisor, PassRow, PassUse)
_WATCHED = frozenset(
    {
        SiteRow,
        CertificationRow,
        HubKey,
        MemberRow,
        CredentialRow,
        GroupRow,
        CourseRow,
        CourseSessionRow,
        EnrolmentRow,
        PresenceRow,
        *_TABLE_OF,
        *_OF_MEMBER,
    }
)
TOUCHED_BY_HAND = "policy_touched"
"""Execution option of a bulk statement whose author calls `touch` or `touch_members`."""


@dataclass(slots=True)
class Touched:
    """What changed; holder rows are found from members only under the site's lock."""

    rows: set[tuple[str, str, str]] = field(default_factory=set)
    """Site, table, key."""
    certifications: set[str] = field(default_factory=set)
    recognised: set[str] = field(default_factory=set)
    """Certifications that count at other sites than before."""
    hub_keys: bool = False
    courses: set[str] = field(default_factory=set)
    course_sessions: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    plans: set[tuple[str, str]] = field(default_factory=set)
    """Site and plan; plans whose grace days, which stand in the holder rows, changed."""
    keys: set[tuple[str, str]] = field(default_factory=set)
    """Site and holder key of credentials that were removed, or are known there no longer."""

    def __bool__(self) -> bool:
        return bool(
            self.rows
            or self.certifications
            or self.hub_keys
            or self.courses
            or self.course_sessions
            or self.members
            or self.groups
            or self.plans
            or self.keys
        )


def touched(db: Session) -> Touched:
    """What this session's transaction touched so far."""
    found: Touched = db.info.setdefault("touched", Touched())
    return found


def touch(db: Session, site_id: str, table: str, key: str) -> None:
    """Have a row compiled again before the commit."""
    touched(db).rows.add((site_id, table, key))


def touch_members(db: Session, members: Iterable[str]) -> None:
    """Have the holder rows of these members compiled again before the commit."""
    touched(db).members.update(members)


def collect(db: Session) -> None:
    """Before a flush: note every row that the changed objects concern."""
    changed = [each for each in db.dirty if db.is_modified(each)]
    for each in (*db.new, *db.deleted, *changed):
        if type(each) in _WATCHED:
            _note(touched(db), each)
    for each in db.deleted:
        if isinstance(each, CredentialRow):
            sites = _sites_knowing(db, each)
            touched(db).keys.update((site, each.holder_key) for site in sites)
        elif isinstance(each, MemberSite):
            badges = select(CredentialRow.holder_key).where(
                CredentialRow.member_id == each.member_id
            )
            touched(db).keys.update((each.site_id, key) for key in db.scalars(badges))


def _sites_knowing(db: Session, badge: CredentialRow) -> set[str]:
    """The sites whose agents have this badge."""
    if badge.group_id is not None:
        return {db.get_one(GroupRow, badge.group_id).site_id}
    also = select(MemberSite.site_id).where(MemberSite.member_id == badge.member_id)
    return {db.get_one(MemberRow, badge.member_id).site_id, *db.scalars(also)}


def _note(noted: Touched, row: Any) -> None:
    if table := _TABLE_OF.get(type(row)):
        noted.rows.add((row.site_id, table, row.id))
    if isinstance(row, PresenceRow):
        _note_zones(noted, row)
    if isinstance(row, PlanRow) and inspect(row).attrs.grace_days.history.deleted:
        noted.plans.add((row.site_id, row.id))
    if isinstance(row, SiteRow):
        noted.rows.add((row.id, "site", row.id))
    elif isinstance(row, CertificationRow):
        noted.certifications.add(row.id)
        if inspect(row).attrs.scope.history.deleted:
            noted.recognised.add(row.id)
    elif isinstance(row, CourseRow | CourseSessionRow | EnrolmentRow):
        _note_training(noted, row)
    elif isinstance(row, HubKey):
        noted.hub_keys = True
    elif isinstance(row, MemberRow):
        noted.members.add(row.id)
    elif isinstance(row, GroupRow):
        noted.groups.add(row.id)
    elif isinstance(row, CredentialRow):
        noted.groups.update(filter(None, [row.group_id]))
        noted.members.update(filter(None, [row.member_id]))
    elif isinstance(row, _OF_MEMBER):
        noted.members.add(row.member_id)


def _note_zones(noted: Touched, row: PresenceRow) -> None:
    """The counts of the zone that somebody left, maybe at another site, and of that they are in."""
    was = inspect(row).attrs
    zones = {row.zone_id, *(was.zone_id.history.deleted or ())} - {None}
    sites = {row.site_id, *(was.site_id.history.deleted or ())}
    noted.rows.update((site, "zone", zone) for site in sites for zone in zones)


def _note_training(noted: Touched, row: CourseRow | CourseSessionRow | EnrolmentRow) -> None:
    """What may change which course session comes next for a certification."""
    if isinstance(row, EnrolmentRow):
        noted.course_sessions.add(row.session_id)
    elif isinstance(row, CourseSessionRow):
        noted.course_sessions.add(row.id)
        noted.courses.update(filter(None, inspect(row).attrs.course_id.history.deleted or ()))
    else:
        noted.courses.add(row.id)
        noted.certifications.update(*(inspect(row).attrs.grants.history.deleted or ()))


def guard_bulk(state: ORMExecuteState) -> None:
    """Refuse a bulk statement on facts that `collect` can't see, unless touched by hand."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    if mapper is None or mapper.class_ not in _WATCHED:
        return
    if not state.execution_options.get(TOUCHED_BY_HAND):
        raise RuntimeError(
            f"a bulk statement on {mapper.class_.__name__} hides from the policy; call touch or"
            f" touch_members and set the execution option {TOUCHED_BY_HAND}"
        )
