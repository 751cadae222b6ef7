"""Lists machine sessions by time, agent and access point, and books them to an organisation or
project."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, select, text
from sqlalchemy.orm import Session

from controller.capabilities.journal.events import ALL, Filter
from controller.capabilities.members import memberships, on_behalf
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.places.models import SiteRow
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.news import SessionNews
from controller.capabilities.usage.shapes import BookedTo, MachineSession
from controller.capabilities.usage.totals import share, time_zones, update_totals
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import NotFound, Stale
from controller.kernel.journal import SKEW_MS
from controller.kernel.mapping import to_shape
from controller.kernel.names import members_of
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Keys, Page, index_branches
from controller.kernel.paging import page as paged
from controller.kernel.rows import get_or_404, require_readable
from controller.kernel.validate import merge
from controller.store.packed_event import first_id


def page(
    db: Session, *, actor: Actor, filters: Filter = ALL, cursor: Cursor = FIRST
) -> Page[MachineSession]:
    """Return a page of the machine sessions of the actor's sites."""
    actor.require_anywhere(Permission.EVENTS_READ)
    site_key = Keys(SessionRow.site_id, actor.sites(Permission.EVENTS_READ))
    statement = _filter(select(SessionRow), filters)
    session_branches = index_branches(
        *_key_conditions(filters), site_key, **filters.in_time(_usual, _SKEWED)
    )
    return paged(
        db, statement, SessionRow.id, cursor, lambda rows: _shapes(db, rows), session_branches
    )


_SKEWED = text("machine_session.skewed")  # written exactly as in the partial index


def _usual(since: Utc | None, until: Utc | None) -> ColumnElement[bool]:
    """Return the condition on a session's time by its id, which excludes skewed sessions."""
    conditions: list[Any] = [text("NOT machine_session.skewed")]
    if since is not None:
        conditions.append(SessionRow.id >= first_id(since.millis() - SKEW_MS))
    if until is not None:
        conditions.append(SessionRow.id < first_id(until.millis() + SKEW_MS + 1))
    return and_(*conditions)


def _key_conditions(filters: Filter) -> list[Keys]:
    columns_and_values = (
        (SessionRow.access_point_id, filters.access_point),
        (SessionRow.agent_id, filters.agent),
    )
    return [Keys(column, [value]) for column, value in columns_and_values if value is not None]


def get(db: Session, session_id: str, *, actor: Actor) -> MachineSession:
    """Return one session. Raises NotFound."""
    row = get_or_404(db, SessionRow, session_id, "session")
    require_readable(actor, Permission.EVENTS_READ, row.site_id, "session", session_id)
    return _shapes(db, [row])[0]


def change(
    db: Session, session_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> MachineSession:
    """Change on whose behalf the session was, as desk or manager; a merge patch of `OnBehalf`.

    This decides who pays: one's own use can only go to an organisation or project to which one
    belongs, and use on an earlier day needs the permission to correct charges. Raises NotFound,
    Stale, Invalid, Forbidden.
    """
    locked = select(SessionRow).where(SessionRow.id == session_id).with_for_update()
    row = db.scalar(locked.execution_options(populate_existing=True))
    if row is None:
        raise NotFound("session", session_id)
    require_readable(actor, Permission.MEMBERS_WRITE, row.site_id, "session", session_id)
    if version is not None and row.row_version != version:
        raise Stale("somebody else has changed on whose behalf it was; reload it")
    new = merge(_shapes(db, [row])[0], on_behalf.complete_patch(patch), OnBehalf)
    chosen = on_behalf.resolve(db, [row.site_id], new, row.started_at or now)
    _check_payer(db, row, chosen, actor, now)
    before = share(row, time_zones(db, [row.site_id]))
    row.organisation_id, row.project_id = chosen.organisation_id, chosen.project_id
    row.booked_by, row.row_version = actor.ref, row.row_version + 1
    db.flush()
    update_totals(db, [before], [share(row, time_zones(db, [row.site_id]))])
    payer_details = on_behalf.audit_details(chosen)
    audit.record(
        db, actor, now, "session_booked", f"session:{row.id}", row.site_id, **payer_details
    )
    post_news(db, SessionNews(site=row.site_id, key=row.id))
    return _shapes(db, [row])[0]


def _check_payer(db: Session, row: SessionRow, chosen: OnBehalf, actor: Actor, now: Utc) -> None:
    if actor.is_system:
        return
    zone = ZoneInfo(db.get_one(SiteRow, row.site_id).time_zone)
    started = row.started_at or now
    user = db.scalar(select(MemberRow.id).where(MemberRow.ref == row.member_ref))
    is_today = started.astimezone(zone).date() == now.astimezone(zone).date()
    # a group's session, or of somebody whose name is no longer stored
    if not is_today or user is None:
        actor.require(Permission.MONEY_WRITE, row.site_id)
        before = OnBehalf(organisation_id=row.organisation_id, project_id=row.project_id)
        memberships.check_not_own(db, actor, user, before)
    on_behalf.check_payer(db, row.site_id, user, chosen, actor=actor)


def booked_to(db: Session, session_id: str, *, actor: Actor) -> BookedTo:
    """Return on whose behalf it was, for those who may change that. Raises NotFound."""
    row = get_or_404(db, SessionRow, session_id, "session")
    require_readable(actor, Permission.MEMBERS_WRITE, row.site_id, "session", session_id)
    return to_shape(row, BookedTo)


def _filter(statement: Select[SessionRow], filters: Filter) -> Select[SessionRow]:
    if filters.since is not None:
        statement = statement.where(SessionRow.started_at >= filters.since)
    if filters.until is not None:
        statement = statement.where(SessionRow.started_at < filters.until)
    return statement


def _shapes(db: Session, rows: list[SessionRow]) -> list[MachineSession]:
    people = members_of(db, [row.member_ref for row in rows])
    return [
        to_shape(
            row,
            MachineSession,
            member_id=people.get(row.member_ref or "", (None, ""))[0],
            grams=row.material_mg / 1000,
        )
        for row in rows
    ]
