"""Reads everything that the Live page shows of a site, with few queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import is_online
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.alarm_suppression import without_explained
from controller.capabilities.alarms.alarms import Alarm
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.live.hub_contact import no_contact_since
from controller.capabilities.machines.access_points import door_ids
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.print_jobs.progress import PrintProgress, progress_by_session
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.user_reports.models import ToldState, UserReport
from controller.domain.facts import AccessPoint, Name, PointKind, Site
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import AlarmKind
from controller.kernel.names import members_of
from controller.policy import facts_of
from controller.policy.reading import from_json

MAX_FORECAST = timedelta(hours=12)
"""How far ahead the end of a session is shown."""


_IS_DANGER = and_(
    AccessPointRow.in_service.is_(False),
    exists().where(
        UserReport.access_point_id == AccessPointRow.id,
        UserReport.dangerous.is_(True),
        UserReport.state != ToldState.DONE,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A machine's running session; the name is None if the person is unknown or erased."""

    id: str
    member_id: str | None
    member_name: str | None
    started_at: Utc | None
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """An access point and its state; None if unknown."""

    point: AccessPoint
    online: bool | None
    offline_since: Utc | None
    state: str | None
    since: Utc | None
    available: bool
    ends_at: Utc | None
    """When the session will end, as reported by the agent."""
    warning: bool
    faults: tuple[str, ...]
    watts: int | None
    session: OpenSession | None
    danger: bool = False
    """Whether a report of a danger keeps it out of service."""
    print: PrintProgress | None = None
    """The progress of its print, if it prints and its printer reports it."""

    def foreseen_end(self, now: Utc) -> Utc | None:
        """Return when the session is expected to end; None if that is over `MAX_FORECAST` away.

        Such an end is when a right expires, not when the work is done.
        """
        soon = self.ends_at is not None and self.ends_at - now <= MAX_FORECAST
        return self.ends_at if soon else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTile:
    """An agent, whether it is connected, and when the controller last received something from
    it."""

    id: str
    name: Name
    online: bool | None
    seen_at: Utc | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindow:
    """An open supervision window: who is responsible in a zone, and until when."""

    id: str
    zone_id: str
    member_id: str | None
    supervisor_name: str | None
    until: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The current state of a site."""

    site: Site
    """The site with only its opening hours and zones."""
    tiles: tuple[Tile, ...]
    agents: tuple[AgentTile, ...]
    alarms: tuple[Alarm, ...]
    kinds: Mapping[str, AlarmKind]
    """Every kind of alarm, by name."""
    windows: tuple[OpenWindow, ...]
    no_contact_since: Utc | None = None
    """Since when no hub has been receiving from the site's agents; None if one is."""


def board(db: Session, site_id: str, *, actor: Actor, now: Utc) -> Board:
    """Return the site's board. Raises Forbidden, NotFound."""
    actor.require(Permission.LIVE_READ, site_id)
    agents = _agents(db, site_id, now)
    return Board(
        site=facts_of.site_hours_and_zones(db, site_id, now),
        tiles=_tiles(
            db,
            facts_of.points(db, site_id, now),
            {agent.id: agent for agent in agents},
            AccessPointRow.site_id == site_id,
            now,
        ),
        agents=agents,
        alarms=tuple(without_explained(alarms.active_at(db, site_id))),
        kinds=db.info["house"].alarms,
        windows=_windows(db, site_id, now),
        no_contact_since=no_contact_since(db, site_id, now),
    )


def doors(db: Session, site: Site, *, actor: Actor, now: Utc) -> tuple[Tile, ...]:
    """Return the tiles of the site's doors. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site.id)
    agents = {agent.id: agent for agent in _agents(db, site.id, now)}
    ids = door_ids(db, site.id)
    points = facts_of.points_of(db, site.id, ids, now)
    return _tiles(db, points, agents, AccessPointRow.id.in_(ids), now)


def tile(
    db: Session, site_id: str, access_point_id: str, *, actor: Actor, now: Utc
) -> tuple[Tile, Site]:
    """Return the tile of one access point, and its site. Raises Forbidden, NotFound."""
    actor.require(Permission.LIVE_READ, site_id)
    point = facts_of.point(db, site_id, access_point_id, now)
    agents = {agent.id: agent for agent in _agents(db, site_id, now)}
    (tile,) = _tiles(db, [point], agents, AccessPointRow.id == point.id, now)
    return tile, facts_of.site_hours_and_zones(db, site_id, now)


def _agents(db: Session, site_id: str, now: Utc) -> tuple[AgentTile, ...]:
    rows = db.execute(
        select(AgentRow.id, AgentRow.name, AgentState)
        .outerjoin(AgentState, AgentState.agent_id == AgentRow.id)
        .where(AgentRow.site_id == site_id, AgentRow.revoked_at.is_(None))
        .order_by(AgentRow.id)
    )
    return tuple(
        AgentTile(
            id=key,
            name=from_json(name, Name),
            online=is_online(state, now),
            seen_at=state.seen_at if state else None,
        )
        for key, name, state in rows
    )


def _tiles(
    db: Session,
    points: Sequence[AccessPoint],
    agents: dict[str, AgentTile],
    condition: ColumnElement[bool],
    now: Utc,
) -> tuple[Tile, ...]:
    rows = db.execute(
        select(
            AccessPointRow.id,
            AccessPointRow.out_of_service_at,
            _IS_DANGER,
            PointStateRow,
            SessionRow,
        )
        .outerjoin(PointStateRow, PointStateRow.access_point_id == AccessPointRow.id)
        .outerjoin(SessionRow, SessionRow.id == PointStateRow.session_id)
        .where(condition)
    ).all()
    state_rows = {row[0]: row for row in rows}
    sessions = [session for *_, session in rows if session is not None]
    people = members_of(db, [session.member_ref for session in sessions])
    prints = progress_by_session(db, [session.id for session in sessions], now)
    return tuple(
        replace(
            _tile(point, out, state, _session(session, people), agents.get(point.agent or "")),
            danger=danger,
            print=prints.get(session.id) if session is not None else None,
        )
        for point in points
        for _, out, danger, state, session in (state_rows[point.id],)
    )


def _tile(
    point: AccessPoint,
    out_of_service_at: Utc | None,
    state: PointStateRow | None,
    session: OpenSession | None,
    agent: AgentTile | None,
) -> Tile:
    online = agent.online if agent else False
    reported = state if online else None
    is_shut = point.kind is PointKind.DOOR and not point.in_service
    since = reported.since if reported else None  # for a door: when its lock last changed
    return Tile(
        point=point,
        online=online,
        offline_since=None if online or agent is None else agent.seen_at,
        state=reported.state if reported else None,
        since=out_of_service_at if is_shut else since,
        available=reported.available if reported else False,
        ends_at=reported.ends_at if reported else None,
        warning=reported.warning if reported else False,
        faults=tuple(reported.faults) if reported else (),
        watts=reported.watts if reported else None,
        session=session if reported else None,
    )


def _session(
    row: SessionRow | None, people: dict[str, tuple[str | None, str]]
) -> OpenSession | None:
    if row is None or row.ended_at is not None:
        return None
    member_id, name = people.get(row.member_ref or "", (None, None))
    return OpenSession(
        id=row.id, member_id=member_id, member_name=name, started_at=row.started_at, state=row.state
    )


def _windows(db: Session, site_id: str, now: Utc) -> tuple[OpenWindow, ...]:
    statement = select(WindowRow).where(
        WindowRow.site_id == site_id, WindowRow.closed_at.is_(None), WindowRow.until > now
    )
    rows = db.scalars(statement.order_by(WindowRow.until)).all()
    people = members_of(db, [row.supervisor for row in rows])
    return tuple(
        OpenWindow(
            id=row.id, zone_id=row.zone_id, member_id=member, supervisor_name=name, until=row.until
        )
        for row in rows
        for member, name in [people.get(row.supervisor or "", (None, None))]
        if row.until is not None
    )
