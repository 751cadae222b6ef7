"""A site's current state for Home Assistant, without names of people."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.live.board import AgentTile, Board, board
from controller.capabilities.live.rooms import heads_by_zone
from controller.capabilities.places.models import ZoneRow
from controller.domain.facts import Language, Name, PointKind
from controller.domain.time import Utc
from controller.integrations.home_assistant.doors import ITSELF
from controller.integrations.home_assistant.models import HomeDoorRow
from controller.kernel.actor import Actor
from controller.policy.reading import from_json

METERS = ("meter", "job")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A machine or a door."""

    id: str
    kind: PointKind
    name: str
    zone: str | None
    agent: str | None
    online: bool
    state: str | None
    watts: int | None
    metered: bool
    alarmed: bool
    may_open: bool
    """Whether a manager has allowed Home Assistant to open it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An agent."""

    id: str
    name: str
    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone, with how many people are in it."""

    id: str
    name: str
    heads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A site's state at one moment."""

    id: str
    name: str
    language: Language
    boxes: tuple[Box, ...]
    points: tuple[Point, ...]
    zones: tuple[Zone, ...]
    alarms: int


def snapshot(db: Session, site_id: str, now: Utc) -> Snapshot:
    """Read the site's state. Raises NotFound."""
    actor = Actor.system(ITSELF)
    site_board = board(db, site_id, actor=actor, now=now)
    language = site_board.site.language
    heads = heads_by_zone(db, site_id, actor=actor)
    zones = tuple(
        Zone(id=key, name=from_json(name, Name).read(language) or key, heads=heads.get(key, 0))
        for key, name in _zones(db, site_id)
    )
    return Snapshot(
        id=site_id,
        name=site_board.site.name.read(language) or site_id,
        language=language,
        boxes=tuple(_box(agent, language) for agent in site_board.agents),
        points=_points(db, site_board, {zone.id: zone.name for zone in zones}, language),
        zones=zones,
        alarms=len(site_board.alarms),
    )


def _zones(db: Session, site_id: str) -> list[tuple[str, object]]:
    rows = db.execute(
        select(ZoneRow.id, ZoneRow.name).where(ZoneRow.site_id == site_id).order_by(ZoneRow.id)
    )
    return [(key, name) for key, name in rows]


def _points(
    db: Session, site_board: Board, zones: Mapping[str, str], language: Language
) -> tuple[Point, ...]:
    allowed = set(
        db.scalars(
            select(HomeDoorRow.access_point_id).where(HomeDoorRow.site_id == site_board.site.id)
        )
    )
    metered = _metered_points(db, site_board.site.id)
    alarmed = {alarm.access_point for alarm in site_board.alarms}
    return tuple(
        Point(
            id=tile.point.id,
            kind=tile.point.kind,
            name=tile.point.name.read(language) or tile.point.id,
            zone=zones.get(tile.point.zone or ""),
            agent=tile.point.agent,
            online=bool(tile.online) and tile.state is not None,
            state=tile.state,
            watts=tile.watts,
            metered=tile.point.id in metered,
            alarmed=bool(tile.faults) or tile.point.id in alarmed,
            may_open=tile.point.id in allowed,
        )
        for tile in site_board.tiles
    )


def _metered_points(db: Session, site_id: str) -> set[str]:
    """Return the access points that are wired to a meter, as their agents reported."""
    wirings = db.scalars(select(AgentRow.wiring).where(AgentRow.site_id == site_id))
    points = [
        access_point
        for wiring in wirings
        if wiring
        for access_point in wiring.get("access_points", ())
    ]
    return {point["id"] for point in points if any(point.get(meter) for meter in METERS)}


def _box(tile: AgentTile, language: Language) -> Box:
    return Box(id=tile.id, name=tile.name.read(language) or tile.id, online=bool(tile.online))
