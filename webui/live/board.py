"""Make the Live page's board from what the services read of a site."""

from zoneinfo import ZoneInfo

from controller.capabilities.live import board as services
from controller.domain import schedule
from controller.domain.facts import PointKind, Site
from controller.domain.time import Utc
from webui.alarms.views import alarm
from webui.i18n import _, current, plural
from webui.i18n.dates import clock, format_relative, moment
from webui.live.tiles import ORDER, tile
from webui.live.views import Board, Tile
from webui.parts import Part, plain, strong, timed


def live_board(found: services.Board, now: Utc, may_take: bool) -> Board:
    """The board in the current language: alarms first, faults first among the machines."""
    zone = ZoneInfo(found.site.time_zone)
    points = {str(each.point.id): each.point for each in found.tiles}
    agents = {each.id: _named(each) for each in found.agents}
    tiles = [(each.point.kind, tile(each, found.kinds, now, zone)) for each in found.tiles]
    machines = [shown for kind, shown in tiles if kind is PointKind.MACHINE]
    doors = [shown for kind, shown in tiles if kind is PointKind.DOOR]
    return Board(
        site=found.site.name.read(current()) or found.site.id,
        facts=_facts(found, now, zone),
        alarms=tuple(
            alarm(each, found.kinds, points, agents, now, zone, may_take) for each in found.alarms
        ),
        machines=tuple(sorted(machines, key=by_need)),
        doors=tuple(sorted(doors, key=lambda each: each.chip.look != "fault")),
    )


def by_need(tile: Tile) -> tuple[int, str]:
    """What needs somebody first, then by name."""
    return ORDER.index(tile.chip.look), tile.name.casefold()


def _facts(found: services.Board, now: Utc, zone: ZoneInfo) -> tuple[tuple[Part, ...], ...]:
    facts = [_opening(found.site, now, zone), _machines(found)]
    facts += [_window(each, found.site, zone) for each in found.windows]
    away = [each for each in found.agents if not each.online]
    facts += [_away(each, now, zone) for each in away]
    return tuple(each for each in facts if each)


def _opening(site: Site, now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    hours = site.schedules.get(site.opening or "")
    if hours is None:
        return (strong(_("Toujours ouvert")),)
    if schedule.is_open(hours, site.time_zone, now):
        closes = schedule.closes_at(hours, site.time_zone, now)
        if closes is None:
            return (strong(_("Ouvert")),)
        return (
            strong(_("Ouvert")),
            timed(_("jusqu’à "), moment(clock(closes, zone), closes, zone)),
        )
    opens = schedule.opens_next(hours, site.time_zone, now)
    if opens is None:
        return (strong(_("Fermé")),)
    return strong(_("Fermé")), timed(
        _("ouvre "), moment(format_relative(opens, now, zone), opens, zone)
    )


def _machines(found: services.Board) -> tuple[Part, ...]:
    states = [each.state for each in found.tiles if each.point.kind is PointKind.MACHINE]
    running, free = states.count("running"), states.count("off")
    return (
        strong(_("%(n)s en marche", n=running)),
        plain(plural("%(n)s libre", "%(n)s libres", free)),
    )


def _window(window: services.OpenWindow, site: Site, zone: ZoneInfo) -> tuple[Part, ...]:
    room = site.zones.get(window.zone_id)
    name = room.name.read(current()) if room else window.zone_id
    until = moment(clock(window.until, zone), window.until, zone)
    who = window.supervisor_name or _("quelqu’un")
    label = _("Encadrement, %(zone)s : ", zone=name)
    return Part(before=label, text=who, strong=True), timed(_("jusqu’à "), until)


def _away(agent: services.AgentTile, now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    name = Part(text=_("%(name)s : pas de nouvelles", name=_named(agent)), alert=True)
    if agent.seen_at is None:
        return (name,)
    return name, timed(
        _("depuis "), moment(format_relative(agent.seen_at, now, zone), agent.seen_at, zone)
    )


def _named(agent: services.AgentTile) -> str:
    return agent.name.read(current()) or agent.id
