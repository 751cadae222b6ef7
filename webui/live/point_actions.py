"""The actions for a machine or a door, with a reason for each that is not possible now."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.live import board as board_data
from controller.domain import schedule
from controller.domain.facts import PointKind, Site
from controller.domain.states import DoorPhase, FaultKind, MachinePhase
from controller.domain.time import Utc
from webui.i18n import _, pgettext
from webui.i18n.dates import clock, format_relative, is_date
from webui.live.views import Action
from webui.parts import Option

ON_THE_SPOT = frozenset(fault.value for fault in FaultKind if fault.on_the_spot_only)
"""Faults that can only be reset at the machine."""
HOLD_MINUTES = (30, 60, 120)
"""Choices of how long a door is kept open, in minutes."""


def actions_of(
    tile: board_data.Tile, site: Site, now: Utc
) -> tuple[Action | None, tuple[Action, ...]]:
    """Return the main action, None if there is none, and the actions of the menu."""
    zone = ZoneInfo(site.time_zone)
    silent = _silent_reason(tile, now, zone)
    if tile.point.kind is PointKind.DOOR:
        first, *rest = (_disable(silent, action) for action in _of_door(tile, site, now))
        return first, tuple(rest)
    actions = tuple(_disable(silent, action) for action in _of_machine(tile, zone))
    return _main_action(tile, actions), actions


def _silent_reason(tile: board_data.Tile, now: Utc, zone: ZoneInfo) -> str:
    if tile.point.agent is None:
        return _("no box yet")
    if tile.online:
        return ""
    if tile.offline_since is None:
        return _("box offline")
    at = format_relative(tile.offline_since, now, zone)
    if is_date(at):
        return _("box offline since %(day)s", day=at)
    return _("box offline since %(time)s", time=at)


def _disable(why: str, action: Action) -> Action:
    return replace(action, why=why) if why else action


def _of_door(tile: board_data.Tile, site: Site, now: Utc) -> list[Action]:
    point = str(tile.point.id)
    is_down = not tile.point.in_service
    down = _("locked down: return it to its hours first") if is_down else ""
    return [
        _make_action(point, "open", pgettext("button", "Open"), "lock-open", why=down),
        _make_action(
            point,
            "hold",
            _("Keep open until…"),
            "door-open",
            why=down,
            field="until",
            choices=_hold_options(site, now),
            other_label=_("Until a time"),
            other_type="time",
        ),
        _make_action(
            point, "hours", _("Back to its hours"), "calendar-clock", why=_hours_refusal(tile)
        ),
        _make_action(
            point,
            "lock-down",
            _("Lock down"),
            "shield-ban",
            why=_("it is already locked down") if is_down else "",
            grave=True,
            field="reason",
            choices=_options(_("Intrusion"), _("Incident inside"), _("Building work")),
            other_label=_("Another reason"),
        ),
        _identify(point),
    ]


def _hours_refusal(tile: board_data.Tile) -> str:
    """Return why a door can't be returned to its hours; empty if it can."""
    is_kept = tile.ends_at is not None or not tile.point.in_service
    locked = tile.state == DoorPhase.LOCKED and tile.point.door.public_schedule is None
    return _("it already follows its hours") if locked and not is_kept else ""


def _hold_options(site: Site, now: Utc) -> tuple[Option, ...]:
    zone = ZoneInfo(site.time_zone)
    words = {30: _("30 min"), 60: _("1 h"), 120: _("2 h")}
    options = [Option(value=f"+{minutes}", text=words[minutes]) for minutes in HOLD_MINUTES]
    hours = site.schedules.get(site.opening or "")
    closes = schedule.closes_at(hours, site.time_zone, now) if hours else None
    # later than in 24 hours, a time of day would be ambiguous
    if closes is not None and (closes - now).total_seconds() < 86_400:
        at = clock(closes, zone)
        options.append(Option(value=at, text=_("closing time, %(time)s", time=at)))
    return tuple(options)


def _of_machine(tile: board_data.Tile, zone: ZoneInfo) -> list[Action]:
    """Return the actions; the stop that finishes the job comes before the one that loses it."""
    point = str(tile.point.id)
    is_in_use = tile.state in (MachinePhase.ARMED, MachinePhase.RUNNING)
    powered = is_in_use or tile.state == MachinePhase.COOLING
    works = tile.state == MachinePhase.RUNNING
    free = _("nobody is using it")
    finish = _("Finish, then stop") if works else _("Turn off")
    ends = _("at %(time)s", time=clock(tile.print.ends_at, zone)) if tile.print else ""
    lost = _("loses %(n)s %%", n=tile.print.percent) if tile.print else ""
    return [
        _make_action(
            point, "finish", finish, "circle-stop", why="" if is_in_use else free, effect=ends
        ),
        _make_action(
            point,
            "cut",
            _("Cut the power"),
            "plug-zap",
            why="" if powered else _("the power is already off"),
            grave=True,
            confirmation=_("Everything stops at once, including a running job."),
            effect=lost,
        ),
        _reset(tile, point),
        _identify(point),
        _service(tile, point),
    ]


def _main_action(tile: board_data.Tile, actions: tuple[Action, ...]) -> Action | None:
    """Return the main action for the machine's state; the menu contains it too."""
    name = "finish" if tile.state in (MachinePhase.ARMED, MachinePhase.RUNNING) else "reset"
    if not tile.point.in_service:
        name = "back"
    return next((action for action in actions if action.name == name and not action.why), None)


def _reset(tile: board_data.Tile, point: str) -> Action:
    why = "" if tile.faults else _("no fault")
    if any(fault in ON_THE_SPOT for fault in tile.faults):
        why = _("to be reset on the spot")
    return _make_action(point, "reset", _("Reset"), "rotate-ccw", why=why)


def _service(tile: board_data.Tile, point: str) -> Action:
    if not tile.point.in_service:
        why = _("reported as dangerous: resolve the report first") if tile.danger else ""
        return _make_action(point, "back", _("Put back in service"), "circle-check", why=why)
    return _make_action(
        point,
        "out",
        _("Take out of service"),
        "wrench",
        field="reason",
        choices=_options(_("Broken"), _("Part to replace"), _("Maintenance"), _("Dangerous")),
        other_label=_("Another reason"),
        preview_href=url_for("machine.bookers", point=point),
    )


def _identify(point: str) -> Action:
    return _make_action(point, "identify", _("Blink its box"), "lightbulb")


def _options(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(value=text, text=text) for text in texts)


def _make_action(
    point: str,
    action: str,
    text: str,
    icon: str,
    *,
    why: str = "",
    grave: bool = False,
    confirmation: str = "",
    field: str = "",
    choices: tuple[Option, ...] = (),
    other_label: str = "",
    other_type: str = "text",
    effect: str = "",
    preview_href: str = "",
) -> Action:
    return Action(
        name=action,
        text=text,
        icon=icon,
        href=url_for("actions.do", point=point, action=action),
        why=why,
        grave=grave,
        confirmation=confirmation,
        field=field,
        choices=choices,
        other_label=other_label,
        other_type=other_type,
        effect=effect,
        preview_href=preview_href,
    )
