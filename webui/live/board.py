"""Make the board of the Live page from what the services read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from zoneinfo import ZoneInfo

from controller.capabilities.alarms import alarms
from controller.capabilities.live import board as services
from controller.capabilities.live.reservations import Reservation
from controller.domain.facts import PointKind, Site
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.capability import AlarmKind
from webui.alarms.alike import group_alarms
from webui.alarms.views import alarm
from webui.guard import current_site, is_allowed, is_htmx_request
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, relative
from webui.list_filter import NO_FILTER, ListFilter
from webui.live.facts import FACTS, agent_name, heads_text, summary
from webui.live.facts import facts as facts_of
from webui.live.list_bounds import fit_items, with_menus
from webui.live.point_list import by_need, is_shown, list_filters
from webui.live.supervision import Viewer, offers, window_line
from webui.live.tiles import style_of, tile
from webui.live.views import Alarm, Board, RoomLine, Tile
from webui.parts import Bar, Chip, Part, WaitingCount, strong
from webui.request_transaction import request_transaction

NO_HEADS: Mapping[str, int] = {}
"""Default of `heads`: nobody is in."""

NO_SUPERVISOR = Viewer()
"""Default of `me`: a viewer who may not supervise."""
PAGE_SIZE = 24
"""Machines on one page."""

ALARMS, CARE, MACHINES, DOORS = 10_000, 4_000, 26_000, 10_000
WINDOWS, SUPERVISE = 4_000, 4_000
MACHINE_MENUS, DOOR_MENUS = 36_000, 12_000
"""Bytes of HTML that each list and its menus may take, so that the whole page stays below
150,000."""


def live_board(
    found: services.Board,
    now: Utc,
    *,
    may_command: bool,
    heads: Mapping[str, int] = NO_HEADS,
    kept: Sequence[Reservation] = (),
    me: Viewer = NO_SUPERVISOR,
    narrowing: ListFilter = NO_FILTER,
) -> Board:
    """Return the board in the current language: alarms first, and machines with a fault first.

    Each list is cut to what fits; the rest is counted, and machines have further pages.
    """
    zone = ZoneInfo(found.site.time_zone)
    there = listed_machines(found, narrowing)
    machines = _tiles(found, narrowing.page(there, PAGE_SIZE), now, kept, may_command)
    doors = _tiles(found, _doors(found, narrowing), now, kept, may_command)
    known, facts = alarms_of(found, now, zone, may_command), facts_of(found, heads, now, zone)
    machines = with_alarms(machines, known)
    machines = with_menus(fit_items(machines, MACHINES, 700), MACHINE_MENUS)
    at_tiles = {machine.alarm.id for machine in machines if machine.alarm}
    alarms = [alarm for alarm in known if not alarm.calm and alarm.id not in at_tiles]
    care = [alarm for alarm in known if alarm.calm]
    windows = [
        window_line(window, found.site, zone, me, may_end=may_command) for window in found.windows
    ]
    shown = Board(
        site=found.site.name.read(current()) or found.site.id,
        unheard=_unheard(found, now, zone),
        facts=fit_items(facts, FACTS, 100),
        summary=summary(found, known),
        alarms=fit_items(alarms, ALARMS, 1_000),
        care=fit_items(care, CARE, 700),
        machines=machines,
        free=plural("%(n)s free", "%(n)s free", sum(tile.chip.look == "off" for tile in machines)),
        filters=list_filters("live.show", narrowing, found, found=len(there), shown=len(machines)),
        doors=with_menus(fit_items(doors, DOORS, 900), DOOR_MENUS),
        rooms=_rooms(found.site, heads),
        windows=fit_items(windows, WINDOWS, 600),
        supervise=fit_items(offers(found, me, now), SUPERVISE, 1_600),
        waiting=count_waiting_alarms([alarm.kind for alarm in found.alarms], found.kinds),
    )
    return replace(
        shown,
        more_facts=_more(facts, shown.facts),
        more_alarms=_more([*alarms, *care], [*shown.alarms, *shown.care]),
        more_doors=_more(doors, shown.doors),
        more_windows=_more(windows, shown.windows),
    )


def _unheard(found: services.Board, now: Utc, zone: ZoneInfo) -> Moment | None:
    since = found.unheard_since
    return None if since is None else relative(since, now, zone)


def _more(there: Sequence[object], shown: Sequence[object]) -> str:
    """Return how many items are not shown, as text; empty: all are."""
    number = len(there) - len(shown)
    return plural("and %(n)s more", "and %(n)s more", number) if number else ""


def listed_machines(found: services.Board, narrowing: ListFilter) -> list[services.Tile]:
    """Return the filtered machines, on all pages: those with an alarm first, then by state."""
    calm = {kind for kind, known in found.kinds.items() if known.calm}
    alarming = {alarm.access_point for alarm in found.alarms if alarm.kind not in calm}
    machines = (tile for tile in found.tiles if tile.point.kind is PointKind.MACHINE)
    shown = (machine for machine in machines if is_shown(machine, narrowing))
    return sorted(shown, key=lambda tile: (tile.point.id not in alarming, by_need(tile)))


def _doors(found: services.Board, narrowing: ListFilter) -> list[services.Tile]:
    doors = (point_tile for point_tile in found.tiles if point_tile.point.kind is PointKind.DOOR)
    shown = (door for door in doors if is_shown(door, narrowing))
    return sorted(shown, key=lambda point_tile: style_of(point_tile) != "fault")


def _tiles(
    found: services.Board,
    shown: Sequence[services.Tile],
    now: Utc,
    kept: Sequence[Reservation],
    may_command: bool,
) -> tuple[Tile, ...]:
    by_point = sorted(kept, key=lambda booking: (booking.access_point, booking.starts_at))
    of_point = {
        key: [*rows] for key, rows in groupby(by_point, lambda booking: booking.access_point)
    }
    return tuple(
        tile(
            point_tile,
            found.kinds,
            now,
            found.site,
            of_point.get(point_tile.point.id, ()),
            may_command,
        )
        for point_tile in shown
    )


def alarms_of(found: services.Board, now: Utc, zone: ZoneInfo, may_take: bool) -> list[Alarm]:
    """Return the alarms, similar ones as one."""
    points = {str(point_tile.point.id): point_tile.point for point_tile in found.tiles}
    agents = {agent.id: agent_name(agent) for agent in found.agents}
    return [
        alarm(board_alarm, number, found.kinds, points, agents, now, zone, may_take)
        for board_alarm, number in group_alarms(found.alarms)
    ]


def with_alarms(machines: Sequence[Tile], alarms: Sequence[Alarm]) -> tuple[Tile, ...]:
    """Return the tiles with their alarms, those that have one first; its other alarms are listed.

    An alarm that nobody is taking care of goes before another of the same machine.
    """
    urgent = [alarm for alarm in alarms if not alarm.calm]
    of_point = {alarm.point: alarm for alarm in sorted(urgent, key=lambda alarm: not alarm.taken)}
    return tuple(
        replace(
            tile,
            alarm=found,
            chip=Chip(look="fault", icon="octagon-alert", word=found.what),
            lines=_beside_alarm(tile),
        )
        if (found := of_point.get(tile.id))
        else tile
        for tile in machines
    )


def _beside_alarm(tile: Tile) -> tuple[tuple[Part, ...], ...]:
    """Return who uses it or that its box is silent, as the alarm says the rest."""
    if tile.chip.look == "offline":
        return tuple((strong(tile.chip.word), *line) for line in tile.lines)
    return tuple(line[:1] for line in tile.lines if line[0].strong)


def _rooms(site: Site, heads: Mapping[str, int]) -> tuple[RoomLine, ...]:
    zones = site.zones.items()
    named = (
        (zone.name.read(current()) or key, zone.capacity, heads.get(key, 0)) for key, zone in zones
    )
    return tuple(
        RoomLine(name=name, heads=heads_text(count, most), bar=_filled(count, most))
        for name, most, count in sorted(named, key=lambda room: room[0].casefold())
    )


def _filled(count: int, capacity: int | None) -> Bar | None:
    if not capacity:
        return None
    label = _("%(n)s of %(most)s", n=count, most=capacity)
    return Bar(percent=min(100, round(100 * count / capacity)), label=label)


# The number of alarms on Live, for the navigation of every page.

ALARM_LIMIT = 100
"""Alarms beyond this number are not counted."""


def alarms_waiting() -> WaitingCount | None:
    """Return the number of active alarms, read in one statement; None: there are none, or not
    shown."""
    at = current_site()
    if at is None or is_htmx_request() or not is_allowed(Permission.LIVE_READ):
        return None
    with request_transaction() as db:
        return count_waiting_alarms(
            alarms.active_kinds(db, at.id, ALARM_LIMIT), db.info["house"].alarms
        )


def count_waiting_alarms(
    active: Collection[str], kinds: Mapping[str, AlarmKind]
) -> WaitingCount | None:
    """Return the number of waiting alarms; None if there are none.

    It is marked as urgent unless all can wait.
    """
    if not active:
        return None
    count, calm = len(active), {kind for kind, known in kinds.items() if known.calm}
    words = plural("%(n)s alarm", "%(n)s alarms", count)
    return WaitingCount(count, words, alarming=not calm.issuperset(active))
