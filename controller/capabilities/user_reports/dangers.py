"""Takes a machine out of service, once idle, after somebody with a badge reported it as
dangerous, and keeps it so until the report is resolved."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.machines.access_points import record_change, service_changed
from controller.capabilities.machines.changes import ServiceChanged, StillDangerous
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.machines.shapes import SessionShape
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.places.models import SiteRow
from controller.capabilities.user_reports.models import ToldState, UserReport
from controller.domain.facts import CredentialStatus, MemberStatus, OnRevoke, PointKind
from controller.domain.states import MachinePhase
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.translation import translator
from controller.policy.reading import from_json


def has_badge(db: Session, member: MemberRow | None, site_id: str, now: Utc) -> bool:
    """Return whether the member is active, known at the site, and has a valid badge."""
    if member is None or member.status is not MemberStatus.ACTIVE:
        return False
    if site_id not in sites_of(db, member):
        return False
    badge = CredentialRow.__table__.c
    is_valid_badge = (
        (badge.member_id == member.id)
        & (badge.status == CredentialStatus.ACTIVE)
        & (badge.valid_from.is_(None) | (badge.valid_from <= now))
        & (badge.valid_until.is_(None) | (badge.valid_until > now))
    )
    return bool(db.scalar(select(exists().where(is_valid_badge))))


def stop(db: Session, report: UserReport, actor: Actor, now: Utc) -> None:
    """Take the machine out of service: now, or after the current job if that would be cut."""
    point = db.get(AccessPointRow, report.access_point_id or "")
    if point is None or point.kind is not PointKind.MACHINE or not point.in_service:
        return
    if _would_cut(db, point):
        report.stop_at_idle = True
        db.flush()
        return
    language = db.get_one(SiteRow, point.site_id).language
    point.in_service = False
    point.service_reason = translator(db, language).say("Reported as dangerous: to be checked")
    service_reason = point.service_reason
    record_change(db, point, "out_of_service", actor, now, reason=service_reason, report=report.id)
    service_changed(db, point, True, now)


def stop_idle(db: Session, now: Utc, points: set[str] | None = None) -> None:
    """Take those machines out of service (or those among `points`) whose job has ended."""
    pending_reports = select(UserReport).where(UserReport.stop_at_idle.is_(True))
    if points is not None:
        pending_reports = pending_reports.where(UserReport.access_point_id.in_(points))
    for report in db.scalars(pending_reports.order_by(UserReport.id)).all():
        report.stop_at_idle = False
        stop(db, report, Actor.system("dangers"), now)


def check_resolved(db: Session, change: ServiceChanged) -> None:
    """Keep a machine out of service while a report of a danger is open. Raises StillDangerous."""
    point = change.point
    if not point.in_service or point.kind is not PointKind.MACHINE:
        return
    is_open = UserReport.dangerous.is_(True) & (UserReport.state != ToldState.DONE)
    if db.scalar(select(exists().where(UserReport.access_point_id == point.id, is_open))):
        raise StillDangerous


def _would_cut(db: Session, point: AccessPointRow) -> bool:
    """Return whether going out of service would cut a job; assumes a job if unknown."""
    if (
        from_json(point.session, SessionShape).on_revoke is not OnRevoke.CUT
        or point.agent_id is None
    ):
        return False
    agent, state = db.get(AgentState, point.agent_id), db.get(PointStateRow, point.id)
    if agent is None or not agent.online or state is None:
        return True
    return state.state == MachinePhase.RUNNING.value
