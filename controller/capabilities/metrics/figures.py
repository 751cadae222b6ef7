"""Reads the state of the installation as metrics: counts by site, agent or access point."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from controller.capabilities.agents.agents import is_online
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.metrics.models import DecisionTotal, EventTotal
from controller.capabilities.presence.models import PresenceRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.policy.models import PolicySite

# Permissions of this feature, and the roles that have them.

READ_METRICS = Permission("metrics")
"""To read the metrics; meant for a monitoring system's token."""


class AgentFigures(NamedTuple):
    """The state of an agent as last reported, and how far its policy is behind."""

    site: str
    agent: str
    online: bool
    seen_at: Utc | None
    certificate_until: Utc | None
    policy_behind: int
    """By how many versions the policy that it has confirmed is behind."""
    backlog: float | None
    """Events in its journal that are not acknowledged."""
    disk_free_bytes: float | None
    temperature_c: float | None


class SiteCount(NamedTuple):
    """A count of one kind at a site."""

    site: str
    kind: str
    number: int


def event_totals(db: Session, actor: Actor) -> Sequence[EventTotal]:
    """Return the totals of stored events, by site and type."""
    query = select(EventTotal).where(*_visible(EventTotal.site_id, actor))
    return db.scalars(query.order_by(EventTotal.site_id, EventTotal.type)).all()


def decision_totals(db: Session, actor: Actor) -> Sequence[DecisionTotal]:
    """Return the totals of decisions on taps, by access point and reason."""
    query = select(DecisionTotal).where(*_visible(DecisionTotal.site_id, actor))
    order = (DecisionTotal.site_id, DecisionTotal.access_point_id, DecisionTotal.reason)
    return db.scalars(query.order_by(*order)).all()


def agents(db: Session, actor: Actor, now: Utc) -> Iterator[AgentFigures]:
    """Yield the figures of every enrolled and unrevoked agent."""
    query = (
        select(AgentRow, AgentState, PolicySite.version)
        .join(AgentState, AgentState.agent_id == AgentRow.id, isouter=True)
        .join(PolicySite, PolicySite.site_id == AgentRow.site_id, isouter=True)
        .where(AgentRow.enrolled_at.is_not(None), AgentRow.revoked_at.is_(None))
        .where(*_visible(AgentRow.site_id, actor))
        .order_by(AgentRow.site_id, AgentRow.id)
    )
    for row, state, version in db.execute(query):
        telemetry = (state.telemetry if state else None) or {}
        yield AgentFigures(
            site=row.site_id,
            agent=row.id,
            online=is_online(state, now) is True,
            seen_at=state.seen_at if state else None,
            certificate_until=row.certificate_until,
            policy_behind=max(0, (version or 0) - (state.policy_version if state else 0)),
            backlog=telemetry.get("backlog"),
            disk_free_bytes=telemetry.get("disk_free_bytes"),
            temperature_c=telemetry.get("temperature_c"),
        )


def alarms(db: Session, actor: Actor) -> list[SiteCount]:
    """Return the numbers of open alarms, by site and kind."""
    is_open = Alarm.cleared_at.is_(None) & Alarm.resolved_at.is_(None)
    query = select(Alarm.site_id, Alarm.kind, func.count()).where(is_open)
    query = query.where(*_visible(Alarm.site_id, actor)).group_by(Alarm.site_id, Alarm.kind)
    return [SiteCount(*row) for row in db.execute(query.order_by(Alarm.site_id, Alarm.kind))]


def people(db: Session, actor: Actor) -> list[SiteCount]:
    """Return the numbers of people present, by site and zone."""
    query = select(PresenceRow.site_id, PresenceRow.zone_id, func.sum(PresenceRow.heads))
    query = query.where(PresenceRow.zone_id.is_not(None), *_visible(PresenceRow.site_id, actor))
    query = query.group_by(PresenceRow.site_id, PresenceRow.zone_id)
    order = (PresenceRow.site_id, PresenceRow.zone_id)
    return [
        SiteCount(site, zone or "", heads)
        for site, zone, heads in db.execute(query.order_by(*order))
    ]


def points(db: Session, actor: Actor) -> list[tuple[str, str, bool]]:
    """Return site and id of every access point, and whether it is in service."""
    point = AccessPointRow
    query = select(point.site_id, point.id, point.in_service).where(*_visible(point.site_id, actor))
    return [
        (site, key, is_in)
        for site, key, is_in in db.execute(query.order_by(point.site_id, point.id))
    ]


def _visible(site: InstrumentedAttribute[str], actor: Actor) -> list[ColumnElement[bool]]:
    sites = actor.sites(READ_METRICS)
    return [] if sites is None else [site.in_(sites)]
