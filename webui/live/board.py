"""Make the Live page's board from what the services read of a site."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from controller.capabilities.live import board as services
from controller.domain import schedule
from controller.domain.facts import PointKind, Site
from controller.domain.time import Utc
from webui.alarms.alike import in_turn
from webui.alarms.views import alarm
from webui.i18n import _, current, plural
from webui.i18n.dates import clock, format_relative, moment
from webui.live.bounded import fitting
from webui.live.tiles import ORDER, tile
from webui.live.views import Alarm, Board, Tile
from webui.parts import Part, plain, strong, timed

FACTS, ALARMS, MACHINES, DOORS = 8_000, 24_000, 64_000, 24_000
"""Bytes that each list may take: with what stands around them, below 150,000."""


def live_board(found: services.Board, now: Utc, may_take: bool) -> Board:
    """The board in the current language: alarms first, faults first among the machines.

    However much there is, so much is shown, and the rest is counted.
    """
    zone = ZoneInfo(found.site.time_zone)
    tiles = [(each.point.kind, tile(each, found.kinds, now, zone)) for each in found.tiles]
    machines = sorted((it for kind, it in tiles if kind is PointKind.MACHINE), key=by_need)
    doors = [it for kind, it in tiles if kind is PointKind.DOOR]
    doors.sort(key=lambda each: each.chip.look != "fault")
    alarms, facts = _alarms(found, now, zone, may_take), _facts(found, now, zone)
    shown = Board(
        site=found.site.name.read(current()) or found.site.id,
        facts=fitting(facts, FACTS, 100),
        alarms=fitting(alarms, ALARMS, 1_000),
        machines=fitting(machines, MACHINES, 700),
        doors=fitting(doors, DOORS, 700),
    )
    return replace(
        shown,
        more_facts=_more(facts, shown.facts),
        more_alarms=_more(alarms, shown.alarms),
        more_machines=_more(machines, shown.machines),
        more_doors=_more(doors, shown.doors),
    )


def _more(there: Sequence[object], shown: Sequence[object]) -> str:
    """How many are not shown, in words; empty for none."""
    number = len(there) - len(shown)
    return plural("et %(n)s autre", "et %(n)s autres", number) if number else ""


def _alarms(found: services.Board, now: Utc, zone: ZoneInfo, may_take: bool) -> list[Alarm]:
    points = {str(each.point.id): each.point for each in found.tiles}
    agents = {each.id: _named(each) for each in found.agents}
    return [
        alarm(each, number, found.kinds, points, agents, now, zone, may_take)
        for each, number in in_turn(found.alarms)
    ]


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
