"""The summary above Live and the plan: opening, people present, what needs attention.

A fact is a short text here, not a row that agents need.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.live import board as board_data
from controller.domain import schedule
from controller.domain.facts import PointKind, Site
from controller.domain.time import Utc
from webui.i18n import _, current, plural
from webui.i18n.dates import clock, format_day, format_until, moment, relative
from webui.live.list_bounds import fit_items
from webui.live.tiles import style_of
from webui.live.views import Alarm
from webui.parts import Part, plain, since_part, strong, time_part, until_part

FACTS_BYTES = 5_000
"""Bytes of HTML that the facts may take."""
FEW_ALARMS = 2
"""So many alarms are named above the tiles; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The summary above the plan: facts, urgent alarms, and the people in rooms."""

    facts: tuple[tuple[Part, ...], ...]
    alarms: tuple[Alarm, ...]
    counts: Mapping[str, str]


def plan_head(
    board: board_data.Board, heads: Mapping[str, int], now: Utc, alarms: Sequence[Alarm]
) -> Head:
    """Return the head of the plan in the current language."""
    zone = ZoneInfo(board.site.time_zone)
    urgent = [alarm for alarm in alarms if not alarm.can_wait]
    zones = board.site.zones.items()
    return Head(
        facts=fit_items(fact_parts(board, heads, now, zone), FACTS_BYTES, 100),
        alarms=tuple(urgent[:FEW_ALARMS]),
        counts={key: heads_text(heads.get(key, 0), zone.capacity) for key, zone in zones},
    )


def summary(board: board_data.Board, alarms: Sequence[Alarm]) -> tuple[Part, ...]:
    """Return what needs attention, and how many machines are in each state."""
    urgent = [alarm.title for alarm in alarms if not alarm.can_wait]
    if len(urgent) > FEW_ALARMS:
        # as many as the navigation says: also those that can wait, and each one of a group
        urgent = [plural("%(n)s alarm", "%(n)s alarms", len(board.alarms))]
    alarming = {alarm.point for alarm in alarms if not alarm.can_wait}
    machines = [tile for tile in board.tiles if tile.point.kind is PointKind.MACHINE]
    styles = Counter(style_of(tile) for tile in machines if tile.point.id not in alarming)
    if not styles:
        return tuple(Part(text=f"{title}.", alert=True) for title in urgent)
    running = sum(style_of(tile) == "running" for tile in machines)  # one with an alarm, too
    free = styles["off"]
    named = [tile for tile in machines if tile.point.id in alarming]
    silent, out = styles["offline"], styles["out"]
    on = styles["armed"] + styles["cooling"]
    counts = [
        plural("%(n)s machine is running", "%(n)s machines are running", running)
        if running
        else _("No machine is running"),
        plural("%(n)s is on without a job", "%(n)s are on without a job", on) if on else "",
        plural("%(n)s is free", "%(n)s are free", free) if free else "",
        _silent_text(silent, any(style_of(tile) == "offline" for tile in named)) if silent else "",
        plural("%(n)s is out of service", "%(n)s are out of service", out) if out else "",
    ]
    return (
        *(Part(text=f"{title}.", alert=True) for title in urgent),
        plain(", ".join(filter(None, counts)) + "."),
    )


def _silent_text(silent: int, is_more: bool) -> str:
    """Return how many boxes are silent; `is_more`: more than those that the alarms name."""
    if is_more:
        return plural("%(n)s other has a silent box", "%(n)s others have a silent box", silent)
    return plural("%(n)s has a silent box", "%(n)s have a silent box", silent)


def _present_parts(site: Site, heads: Mapping[str, int]) -> tuple[Part, ...]:
    """Return how many people are in, and the limit if every room has one."""
    if not site.zones:
        return ()
    count = sum(heads.values())
    most = [zone.capacity for zone in site.zones.values()]
    words = plural("present", "present", count)
    limits = [limit for limit in most if limit is not None]
    if len(limits) == len(most):
        words = plural("present of %(most)s", "present of %(most)s", count, most=sum(limits))
    return strong(str(count)), plain(words)


def fact_parts(
    board: board_data.Board, heads: Mapping[str, int], now: Utc, zone: ZoneInfo
) -> tuple[tuple[Part, ...], ...]:
    """Return whether it is open, the time, who is in, who supervises, and which box is silent."""
    day, time = format_day(now.astimezone(zone).date(), "EEEE d MMMM"), clock(now, zone)
    today = (plain(_("%(day)s,", day=day)), strong(time))
    facts = [opening_text(board.site, now, zone), today, _present_parts(board.site, heads)]
    facts += [_window_parts(window, board.site, zone) for window in board.windows]
    agent_ids = {tile.point.agent for tile in board.tiles}
    away = [
        agent
        for agent in board.agents
        if not agent.online and agent.seen_at is not None and agent.id not in agent_ids
    ]
    facts += [_offline_parts(agent_tile, now, zone) for agent_tile in away]
    return tuple(fact for fact in facts if fact)


def opening_text(site: Site, now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return whether the place is open, and until when or from when."""
    hours = site.schedules.get(site.opening or "")
    if hours is None:
        return (strong(_("Always open")),)
    if schedule.is_open(hours, site.time_zone, now):
        closes = schedule.closes_at(hours, site.time_zone, now)
        if closes is None:
            return (strong(_("Open")),)
        return (
            strong(_("Open")),
            until_part(moment(format_until(closes, now, zone), closes, zone)),
        )
    opens = schedule.opens_next(hours, site.time_zone, now)
    if opens is None:
        return (strong(_("Closed")),)
    when = relative(opens, now, zone)
    if when.is_date:
        lead = _("opens on ")
    else:
        lead = _("opens at ") if when.text == clock(opens, zone) else _("opens ")
    return strong(_("Closed")), time_part(lead, when)


def _window_parts(window: board_data.OpenWindow, site: Site, zone: ZoneInfo) -> tuple[Part, ...]:
    room = site.zones.get(window.zone_id)
    name = room.name.read(current()) if room else window.zone_id
    ends = moment(clock(window.until, zone), window.until, zone)
    who = window.supervisor_name or _("somebody")
    return strong(who), time_part(_("supervises %(zone)s until ", zone=name), ends)


def _offline_parts(agent: board_data.AgentTile, now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return the fact that an agent is offline; agents that were never connected have none."""
    name = Part(text=_("%(name)s: box offline", name=agent_name(agent)), alert=True)
    return (name, since_part(relative(agent.seen_at, now, zone))) if agent.seen_at else (name,)


def agent_name(agent: board_data.AgentTile) -> str:
    """Return the name of a box in the current language."""
    return agent.name.read(current()) or agent.id


def heads_text(count: int, capacity: int | None) -> str:
    """Return how many people are in a room, and how many may be."""
    return str(count) if capacity is None else f"{count} / {capacity}"
