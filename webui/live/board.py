"""The board of the Live page, made from the data of the capability `live`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from zoneinfo import ZoneInfo

from controller.capabilities.alarms import alarms
from controller.capabilities.live import board as board_data
from controller.capabilities.live.reservations import Reservation
from controller.domain.facts import PointKind, Site
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.capability import AlarmKind
from webui.alarms.alarm_groups import group_alarms
from webui.alarms.views import alarm
from webui.guard import current_site, is_allowed, is_htmx_request
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, relative
from webui.list_filter import NO_FILTER, ListFilter
from webui.live.facts import FACTS_BYTES, agent_name, fact_parts, heads_text, summary
from webui.live.list_bounds import fit_items, with_menus
from webui.live.point_list import is_shown, list_filters, urgency_key
from webui.live.supervision import Viewer, offers, window_line
from webui.live.tiles import style_of, tile
from webui.live.views import Alarm, Board, RoomLine, Tile
from webui.parts import Bar, Chip, NavCount, Part, strong
from webui.request_transaction import request_transaction

NO_HEADS: Mapping[str, int] = {}
"""Default of `heads`: nobody is in."""

NO_SUPERVISOR = Viewer()
"""Default of `viewer`: somebody who may not supervise."""
PAGE_SIZE = 24
"""Machines on one page."""

ALARM_BYTES, CARE_BYTES, MACHINE_BYTES, DOOR_BYTES = 10_000, 4_000, 26_000, 10_000
WINDOW_BYTES, SUPERVISE_BYTES = 4_000, 4_000
MACHINE_MENU_BYTES, DOOR_MENU_BYTES = 36_000, 12_000
"""Bytes of HTML that each list and its menus may take, so that the whole page stays below
150,000. *Care* are alarms that can wait, such as maintenance that is due. The numbers in calls of
`fit_items` are the bytes of one item's markup, as measured."""


def live_board(
    board: board_data.Board,
    now: Utc,
    *,
    may_command: bool,
    heads: Mapping[str, int] = NO_HEADS,
    reservations: Sequence[Reservation] = (),
    viewer: Viewer = NO_SUPERVISOR,
    list_filter: ListFilter = NO_FILTER,
) -> Board:
    """Return the board in the current language; machines with an alarm or a fault come first.

    Each list is cut to what fits on the page, and the rest is counted. Machines have further pages.
    `heads`: the result of `heads_inside`. `list_filter`: which machines and doors are listed.
    """
    zone = ZoneInfo(board.site.time_zone)
    listed = listed_machines(board, list_filter)
    machines = _tiles(board, list_filter.page(listed, PAGE_SIZE), now, reservations, may_command)
    doors = _tiles(board, _doors(board, list_filter), now, reservations, may_command)
    alarm_lines = alarms_of(board, now, zone, may_take=may_command)
    facts = fact_parts(board, heads, now, zone)
    machines = with_alarms(machines, alarm_lines)
    machines = with_menus(fit_items(machines, MACHINE_BYTES, 700), MACHINE_MENU_BYTES)
    at_tiles = {machine.alarm.id for machine in machines if machine.alarm}
    alarms = [alarm for alarm in alarm_lines if not alarm.can_wait and alarm.id not in at_tiles]
    care = [alarm for alarm in alarm_lines if alarm.can_wait]
    windows = [
        window_line(window, board.site, zone, viewer, may_end=may_command)
        for window in board.windows
    ]
    view = Board(
        site=board.site.name.read(current()) or board.site.id,
        no_contact_since=_no_contact_since(board, now, zone),
        facts=fit_items(facts, FACTS_BYTES, 100),
        summary=summary(board, alarm_lines),
        alarms=fit_items(alarms, ALARM_BYTES, 1_000),
        care=fit_items(care, CARE_BYTES, 700),
        machines=machines,
        free=plural("%(n)s free", "%(n)s free", sum(tile.chip.look == "off" for tile in machines)),
        filters=list_filters(
            "live.show", list_filter, board, matching=len(listed), shown=len(machines)
        ),
        doors=with_menus(fit_items(doors, DOOR_BYTES, 900), DOOR_MENU_BYTES),
        rooms=_rooms(board.site, heads),
        windows=fit_items(windows, WINDOW_BYTES, 600),
        supervise=fit_items(offers(board, viewer, now), SUPERVISE_BYTES, 1_600),
        waiting=count_waiting_alarms([alarm.kind for alarm in board.alarms], board.kinds),
    )
    return replace(
        view,
        more_facts=_hidden_count_text(facts, view.facts),
        more_alarms=_hidden_count_text([*alarms, *care], [*view.alarms, *view.care]),
        more_doors=_hidden_count_text(doors, view.doors),
        more_windows=_hidden_count_text(windows, view.windows),
    )


def _no_contact_since(board: board_data.Board, now: Utc, zone: ZoneInfo) -> Moment | None:
    since = board.no_contact_since
    return None if since is None else relative(since, now, zone)


def _hidden_count_text(total: Sequence[object], shown: Sequence[object]) -> str:
    """Return how many items are not shown, as text; empty if all are shown."""
    number = len(total) - len(shown)
    return plural("and %(n)s more", "and %(n)s more", number) if number else ""


def listed_machines(board: board_data.Board, list_filter: ListFilter) -> list[board_data.Tile]:
    """Return the filtered machines, on all pages: those with an alarm first, then by state."""
    waiting = {name for name, kind in board.kinds.items() if kind.can_wait}
    alarming = {alarm.access_point for alarm in board.alarms if alarm.kind not in waiting}
    machines = (tile for tile in board.tiles if tile.point.kind is PointKind.MACHINE)
    selected = (machine for machine in machines if is_shown(machine, list_filter))
    return sorted(selected, key=lambda tile: (tile.point.id not in alarming, urgency_key(tile)))


def _doors(board: board_data.Board, list_filter: ListFilter) -> list[board_data.Tile]:
    doors = (point_tile for point_tile in board.tiles if point_tile.point.kind is PointKind.DOOR)
    selected = (door for door in doors if is_shown(door, list_filter))
    return sorted(selected, key=lambda point_tile: style_of(point_tile) != "fault")


def _tiles(
    board: board_data.Board,
    shown: Sequence[board_data.Tile],
    now: Utc,
    reservations: Sequence[Reservation],
    may_command: bool,
) -> tuple[Tile, ...]:
    by_point = sorted(reservations, key=lambda booking: (booking.access_point, booking.starts_at))
    of_point = {
        key: [*rows] for key, rows in groupby(by_point, lambda booking: booking.access_point)
    }
    return tuple(
        tile(
            point_tile,
            board.kinds,
            now,
            board.site,
            of_point.get(point_tile.point.id, ()),
            may_command,
        )
        for point_tile in shown
    )


def alarms_of(board: board_data.Board, now: Utc, zone: ZoneInfo, *, may_take: bool) -> list[Alarm]:
    """Return the alarms, with similar ones grouped into one."""
    points = {str(point_tile.point.id): point_tile.point for point_tile in board.tiles}
    agents = {agent.id: agent_name(agent) for agent in board.agents}
    return [
        alarm(board_alarm, number, newest, board.kinds, points, agents, now, zone, may_take)
        for board_alarm, number, newest in group_alarms(board.alarms)
    ]


def with_alarms(machines: Sequence[Tile], alarms: Sequence[Alarm]) -> tuple[Tile, ...]:
    """Return the tiles, with the alarm of each machine that has an urgent one.

    Of several alarms, one that nobody has taken charge of is preferred.
    """
    urgent = [alarm for alarm in alarms if not alarm.can_wait]
    of_point = {alarm.point: alarm for alarm in sorted(urgent, key=lambda alarm: not alarm.taken)}
    return tuple(
        replace(
            tile,
            alarm=own_alarm,
            chip=Chip(look="fault", icon="octagon-alert", word=own_alarm.what),
            lines=_beside_alarm(tile),
        )
        if (own_alarm := of_point.get(tile.id))
        else tile
        for tile in machines
    )


def _beside_alarm(tile: Tile) -> tuple[tuple[Part, ...], ...]:
    """Return the lines beside an alarm: who uses the machine, or that its box is silent."""
    if tile.chip.look == "offline":
        return tuple((strong(tile.chip.word), *line) for line in tile.lines)
    return tuple(line[:1] for line in tile.lines if line[0].strong)


def _rooms(site: Site, heads: Mapping[str, int]) -> tuple[RoomLine, ...]:
    zones = site.zones.items()
    room_counts = (
        (zone.name.read(current()) or key, zone.capacity, heads.get(key, 0)) for key, zone in zones
    )
    return tuple(
        RoomLine(name=name, heads=heads_text(count, most), bar=_capacity_bar(count, most))
        for name, most, count in sorted(room_counts, key=lambda room: room[0].casefold())
    )


def _capacity_bar(count: int, capacity: int | None) -> Bar | None:
    if not capacity:
        return None
    label = _("%(n)s of %(most)s", n=count, most=capacity)
    return Bar(percent=min(100, round(100 * count / capacity)), label=label)


# The number of alarms on Live, for the navigation of every page.

ALARM_LIMIT = 100
"""Alarms beyond this number are not counted."""


def alarms_waiting() -> NavCount | None:
    """Return the number of active alarms, read in one statement; None if there are none, or if they
    are not shown."""
    at = current_site()
    if at is None or is_htmx_request() or not is_allowed(Permission.LIVE_READ):
        return None
    with request_transaction() as db:
        return count_waiting_alarms(
            alarms.active_kinds(db, at.id, ALARM_LIMIT), db.info["house"].alarms
        )


def count_waiting_alarms(
    active: Collection[str], kinds: Mapping[str, AlarmKind]
) -> NavCount | None:
    """Return the number of waiting alarms; None if there are none.

    It is marked as urgent unless all can wait.
    """
    if not active:
        return None
    count, waiting = len(active), {name for name, kind in kinds.items() if kind.can_wait}
    words = plural("%(n)s alarm", "%(n)s alarms", count)
    return NavCount(count, words, alarming=not waiting.issuperset(active))
