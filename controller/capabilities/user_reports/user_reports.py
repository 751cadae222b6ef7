"""Creates, takes and settles user reports; a report of danger stops the machine."""

from datetime import timedelta

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sees
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.user_reports import dangers
from controller.capabilities.user_reports.models import ToldState
from controller.capabilities.user_reports.models import UserReport as ReportRow
from controller.capabilities.user_reports.news import UserReportNews
from controller.capabilities.user_reports.report_codes import active_code
from controller.capabilities.user_reports.shapes import (
    Dealt,
    NewUserReport,
    PublicLabel,
    Telling,
    Told,
    UserReport,
)
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.names import names_of
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.privacy import MARGIN
from controller.kernel.rows import at_sites, get_or_404
from controller.kernel.validate import one_line, several_lines
from controller.wire.ids import uuid7

DANGER_ALARM = "told_dangerous"
REPORTER_RETENTION = timedelta(days=30)
"""How long the reporter is stored after a report is settled, so that they can read the answer."""
CONTACT_RETENTION = timedelta(days=90)
"""How long contact details are stored at most, even if the report is not settled."""
CONTACT_AFTER_ANSWER = timedelta(days=1)
"""How long contact details are stored after the report's need was answered, which can be undone."""
REPEAT_WINDOW = timedelta(minutes=10)
"""Within this time, the same text of the same person counts as one report, since a form may be sent
twice."""
WAITING_LIMIT = 20
"""Maximum number of open anonymous reports about a machine or zone; further ones are refused."""


def create(db: Session, new: NewUserReport, *, actor: Actor, now: Utc) -> Told:
    """Create a report by a member, or by the desk for a member. Raises Invalid, Forbidden.

    A dangerous fault reported by a badge holder or by staff puts the machine out of service once
    its running job has ended.
    """
    site_id = _site_of(db, new, actor)
    member = _reporter(db, new.member_id, site_id, actor)
    row = _add(db, site_id, new, new.access_point, new.zone_id, member, now)
    in_charge = actor.may(Permission.COMMAND, site_id)
    if row.dangerous and (in_charge or dangers.has_badge(db, member, site_id, now)):
        dangers.stop(db, row, actor, now)
    return reporter_views(db, [row])[0]


def create_by_code(db: Session, code: str, new: Telling, *, now: Utc) -> Told:
    """Create a report by somebody without an account, at the QR of a machine or zone.

    Raises NotFound for an unknown or revoked code, Conflict for too many open reports.
    """
    found_code = active_code(db, code)
    point, zone = found_code.access_point_id, found_code.zone_id
    open_count = select(func.count()).where(
        ReportRow.access_point_id == point if point else ReportRow.zone_id == zone,
        ReportRow.state == ToldState.NEW,
        ReportRow.member_id.is_(None),
    )
    if (db.scalar(open_count) or 0) >= WAITING_LIMIT:
        raise Conflict("too many reports are waiting; staff will look at them")
    row = _add(db, found_code.site_id, new, point, zone, None, now)
    return reporter_views(db, [row])[0]


def confirm(db: Session, code: str, report_id: str) -> None:
    """Confirm an open report at a code, anonymously.

    Raises NotFound if the code is unknown or revoked or has no such report, Conflict if the report
    is settled.
    """
    code_row, row = active_code(db, code), get_or_404(db, ReportRow, report_id, "report")
    is_at_code = (row.access_point_id, row.zone_id) == (code_row.access_point_id, code_row.zone_id)
    if not is_at_code or row.site_id != code_row.site_id:
        raise NotFound("report", report_id)
    if row.state is ToldState.DONE:
        raise Conflict("this report is settled; make a new one")
    row.also += 1
    _publish(db, row)


def get(db: Session, report_id: str, *, actor: Actor) -> UserReport:
    """Return one report, for staff. Raises NotFound."""
    return _shapes(db, [_visible(db, report_id, actor)], actor)[0]


def page(
    db: Session,
    *,
    actor: Actor,
    state: ToldState | None = None,
    access_point: str | None = None,
    cursor: Cursor = FIRST,
) -> Page[UserReport]:
    """Return a page of the reports of the sites at whose desk the actor works."""
    at_actors_sites = at_sites(ReportRow.site_id, actor.sites(Permission.DESK))
    statement = select(ReportRow).where(at_actors_sites)
    if state is not None:
        statement = statement.where(ReportRow.state == state)
    if access_point is not None:
        statement = statement.where(ReportRow.access_point_id == access_point)
    return paged(db, statement, ReportRow.id, cursor, lambda rows: _shapes(db, rows, actor))


def open_reports(
    db: Session, access_point: str, *, actor: Actor, limit: int
) -> tuple[UserReport, ...]:
    """Return open reports at an access point: dangers first, then those that nobody takes care of
    yet, then by age."""
    rows = db.scalars(
        _at_point(access_point, actor)
        .where(ReportRow.state != ToldState.DONE)
        .order_by(ReportRow.dangerous.desc(), ReportRow.state == ToldState.TAKEN, ReportRow.id)
        .limit(limit)
    )
    return tuple(_shapes(db, list(rows), actor))


def settled_reports(
    db: Session, access_point: str, *, actor: Actor, limit: int
) -> tuple[UserReport, ...]:
    """Return the last reports that were settled at an access point, newest first."""
    rows = db.scalars(
        _at_point(access_point, actor)
        .where(ReportRow.state == ToldState.DONE, ReportRow.discarded.is_(None))
        .order_by(ReportRow.id.desc())
        .limit(limit)
    )
    return tuple(_shapes(db, list(rows), actor))


def _at_point(access_point: str, actor: Actor) -> Select[ReportRow]:
    at_actors_sites = at_sites(ReportRow.site_id, actor.sites(Permission.DESK))
    return select(ReportRow).where(at_actors_sites, ReportRow.access_point_id == access_point)


def list_own(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Told]:
    """Return a page of the actor's own reports, with the answers."""
    statement = select(ReportRow).where(
        ReportRow.member_id == (actor.member_id or ""), ReportRow.discarded.is_(None)
    )
    return paged(db, statement, ReportRow.id, cursor, lambda rows: reporter_views(db, rows))


def take(db: Session, report_id: str, *, actor: Actor, now: Utc) -> UserReport:
    """Take care of a report, visibly for others; a report that is already taken stays so.

    Raises NotFound.
    """
    row = _visible(db, report_id, actor)
    if row.state is ToldState.NEW:
        row.state, row.taken_by, row.taken_at = ToldState.TAKEN, actor.ref, now
        _publish(db, row)
    return _shapes(db, [row], actor)[0]


def publish_label(
    db: Session, report_id: str, new: PublicLabel, *, actor: Actor, now: Utc
) -> UserReport:
    """Publish the report's subject at the QR code. Raises NotFound, Invalid."""
    row = _visible(db, report_id, actor)
    row.label = one_line("label", new.label) if new.label else None
    _publish(db, row)
    return _shapes(db, [row], actor)[0]


def settle(db: Session, report_id: str, new: Dealt, *, actor: Actor, now: Utc) -> UserReport:
    """Settle a report with a remark.

    Raises NotFound, and Conflict when it is already settled.
    """
    row = _visible(db, report_id, actor)
    if row.state is ToldState.DONE:
        raise Conflict("this report is settled already")
    row.taken_by, row.taken_at = row.taken_by or actor.ref, row.taken_at or now
    row.state, row.done_by, row.done_at = ToldState.DONE, actor.ref, now
    row.remark, row.stop_at_idle = several_lines("remark", new.remark), False
    row.contact = None
    _publish(db, row)
    _update_alarm(db, row, now)
    return _shapes(db, [row], actor)[0]


def forget_people(db: Session, now: Utc) -> None:
    """Remove reporters and contacts from reports some time after they were settled."""
    long_settled = (
        ReportRow.done_at < Utc.of(now - REPORTER_RETENTION - MARGIN)
    ) & ReportRow.member_id.is_not(None)
    db.execute(update(ReportRow).where(long_settled).values(member_id=None))
    old = or_(
        ReportRow.created_at < Utc.of(now - CONTACT_RETENTION - MARGIN),
        ReportRow.done_at < Utc.of(now - CONTACT_AFTER_ANSWER),
    )
    with_contact = ReportRow.contact.is_not(None)
    db.execute(update(ReportRow).where(with_contact, old).values(contact=None))


def _site_of(db: Session, new: NewUserReport, actor: Actor) -> str:
    """Return the site of the machine or zone, if the actor may read it. Raises Invalid."""
    if new.access_point is not None:
        point = db.get(AccessPointRow, new.access_point)
        if point is None or not actor.may(Permission.RULES_READ, point.site_id):
            raise Invalid.of("access_point", f"no access point {new.access_point}")
        return point.site_id
    zone = db.get(ZoneRow, new.zone_id)
    if zone is None or not actor.may(Permission.RULES_READ, zone.site_id):
        raise Invalid.of("zone_id", f"no zone {new.zone_id}")
    return zone.site_id


def _reporter(db: Session, member_id: str | None, site_id: str, actor: Actor) -> MemberRow | None:
    """Return the reporter: the actor or, for the desk, the member who came to it.

    None for an actor without a member. Raises Forbidden, Invalid.
    """
    key = member_id or actor.member_id
    member = db.get(MemberRow, key) if key is not None else None
    if member_id is None or member_id == actor.member_id:
        return member
    if not actor.may(Permission.DESK, site_id):
        raise Forbidden("only the desk reports for somebody else")
    if member is None or not sees(db, actor, member):
        raise Invalid.of("member_id", f"no member {member_id}")
    return member


def _add(
    db: Session,
    site_id: str,
    new: Telling,
    point: str | None,
    zone: str | None,
    member: MemberRow | None,
    now: Utc,
) -> ReportRow:
    if (repeat := _find_repeat(db, site_id, new, point, zone, member, now)) is not None:
        return repeat
    row = ReportRow(
        id=uuid7(),
        site_id=site_id,
        kind=new.kind,
        access_point_id=point,
        zone_id=zone,
        text=several_lines("text", new.text),
        dangerous=new.dangerous,
        state=ToldState.NEW,
        member_id=member.id if member is not None else None,
        created_at=now,
        stop_at_idle=False,
        contact=one_line("contact", new.contact) if new.contact else None,
    )
    db.add(row)
    db.flush()
    _publish(db, row)
    _update_alarm(db, row, now)
    return row


def _find_repeat(
    db: Session,
    site_id: str,
    new: Telling,
    point: str | None,
    zone: str | None,
    member: MemberRow | None,
    now: Utc,
) -> ReportRow | None:
    """Return the same report if this person has just sent it; None for anonymous ones."""
    if member is None and new.contact is None:
        return None
    return db.scalar(
        select(ReportRow).where(
            ReportRow.site_id == site_id,
            ReportRow.access_point_id == point if point else ReportRow.zone_id == zone,
            ReportRow.kind == new.kind,
            ReportRow.text == new.text,
            ReportRow.dangerous == new.dangerous,
            ReportRow.state == ToldState.NEW,
            ReportRow.member_id == (member.id if member else None),
            ReportRow.contact == new.contact,
            ReportRow.created_at > Utc.of(now - REPEAT_WINDOW),
        )
    )


def _update_alarm(db: Session, row: ReportRow, now: Utc) -> None:
    set_alarm(
        db,
        key=f"{DANGER_ALARM}:{row.id}",
        site_id=row.site_id,
        kind=DANGER_ALARM,
        access_point=row.access_point_id,
        detail={"report": row.id, "zone": row.zone_id},
        is_on=row.dangerous and row.state is not ToldState.DONE,
        now=now,
    )


def _visible(db: Session, key: str, actor: Actor) -> ReportRow:
    row = get_or_404(db, ReportRow, key, "report")
    if not actor.may(Permission.DESK, row.site_id):
        raise NotFound("report", key)
    return row


def _publish(db: Session, row: ReportRow) -> None:
    db.flush()
    post_news(db, UserReportNews(site=row.site_id, key=row.id))


def reporter_views(db: Session, rows: list[ReportRow]) -> list[Told]:
    """Return the reports as their reporters see them."""
    stopped = _stopped_reports(db, rows)
    return [to_shape(row, Told, out_of_service=row.id in stopped) for row in rows]


def _stopped_reports(db: Session, rows: list[ReportRow]) -> set[str]:
    points = {row.access_point_id for row in rows if row.access_point_id}
    out_of_service = set(
        db.scalars(
            select(AccessPointRow.id).where(
                AccessPointRow.id.in_(points), AccessPointRow.in_service.is_(False)
            )
        )
    )
    return {row.id for row in rows if row.stop_at_idle or row.access_point_id in out_of_service}


def _shapes(db: Session, rows: list[ReportRow], actor: Actor) -> list[UserReport]:
    refs = {ref for row in rows for ref in (row.taken_by, row.done_by) if ref}
    names = names_of(db, refs | {f"member:{row.member_id}" for row in rows if row.member_id})
    stopped = _stopped_reports(db, rows)
    return [_shape(row, row.id in stopped, names, actor) for row in rows]


def _shape(row: ReportRow, out_of_service: bool, names: dict[str, str], actor: Actor) -> UserReport:
    def name(ref: str | None) -> str | None:
        return names.get(ref, ref) if ref else None

    reads_people = actor.may(Permission.MEMBERS_READ, row.site_id)
    member = row.member_id if reads_people else None
    return to_shape(
        row,
        UserReport,
        told_by=name(f"member:{member}") if member else None,
        member_id=member,
        taken_by=name(row.taken_by),
        done_by=name(row.done_by),
        out_of_service=out_of_service,
        contact=row.contact if reads_people else None,
    )
