"""A machine or door of the board: its state as style, icon and text, who uses it, since when."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from controller.capabilities.live import board as board_data
from controller.capabilities.live.reservations import Reservation
from controller.capabilities.print_jobs.progress import PrintProgress
from controller.domain import schedule
from controller.domain.facts import AccessPoint, PointKind, Site
from controller.domain.locale.decision import door_word, machine_word, warning_text
from controller.domain.states import DoorPhase, MachinePhase, WarningKind
from controller.domain.time import Utc
from controller.kernel.capability import AlarmKind
from webui.alarms import views as alarms
from webui.i18n import _, current, locale, pgettext, translator
from webui.i18n.dates import clock, format_remaining, format_until, is_date, moment, relative
from webui.icons import machine_icon
from webui.live.closing_time import overrun_text
from webui.live.point_actions import ON_THE_SPOT, actions_of
from webui.live.views import Action, Tile
from webui.parts import Bar, Chip, Part, plain, since_part, strong, time_part

KILO = 1000
"""Watts in a kilowatt."""
STYLE_ORDER = ("fault", "running", "armed", "cooling", "offline", "out", "off")
"""Styles of tiles in the order of the board: alarms, what works, what is on, what does not work."""
URGENT_STYLES = ("fault", "out", "offline")
"""Styles that need attention."""

_MACHINES: Mapping[MachinePhase, tuple[str, str]] = {
    MachinePhase.OFF: ("off", "clock"),
    MachinePhase.ARMED: ("armed", "power"),
    MachinePhase.RUNNING: ("running", "play"),
    MachinePhase.COOLING: ("cooling", "snowflake"),
    MachinePhase.FAULT: ("fault", "octagon-alert"),
    MachinePhase.OUT_OF_SERVICE: ("out", "wrench"),
}
_DOORS: Mapping[DoorPhase, tuple[str, str]] = {
    DoorPhase.LOCKED: ("off", "lock"),
    DoorPhase.RELEASED: ("armed", "lock-open"),
    DoorPhase.OPEN: ("armed", "door-open"),
    DoorPhase.HELD: ("fault", "octagon-alert"),
    DoorPhase.FORCED: ("fault", "octagon-alert"),
}


def tile(
    tile: board_data.Tile,
    kinds: Mapping[str, AlarmKind],
    now: Utc,
    site: Site,
    reservations: Sequence[Reservation] = (),
    may_command: bool = False,
) -> Tile:
    """Return the tile in the current language; `reservations` are today's reservations of it."""
    zone = ZoneInfo(site.time_zone)
    chip = _chip(tile, kinds, now, site)
    lines = (_user_parts(tile, chip, now, zone),)
    others = _other_reservations(tile, reservations)
    nothing: tuple[Action | None, tuple[Action, ...]] = (None, ())
    main, actions = actions_of(tile, site, now) if may_command else nothing
    return Tile(
        id=tile.point.id,
        name=name_of(tile),
        icon=_icon(tile),
        chip=chip,
        lines=tuple(line for line in lines if line),
        foot=_end_parts(tile, chip, now, zone),
        power="" if tile.watts is None else _power_text(tile.watts),
        bar=_progress_bar(tile, now),
        warning=tile.warning,
        next=_reservation_parts(chip, others, now, zone),
        soon=_short_reservation(others, now, zone),
        after=overrun_text(tile, reservations, now, site)
        if tile.point.kind is PointKind.MACHINE
        else "",
        main=main,
        actions=actions,
        silent_box=tile.point.agent or "" if may_command and chip.look == "offline" else "",
    )


def name_of(tile: board_data.Tile) -> str:
    """Return the name in the current language."""
    return tile.point.name.read(current()) or tile.point.id


def style_of(tile: board_data.Tile) -> str:
    """Return the style, one of `STYLE_ORDER`."""
    if tile.state is None:
        return "out" if _is_new(tile) else "offline"
    if tile.point.kind is not PointKind.DOOR:
        return _MACHINES[_phase(tile)][0]
    look = _DOORS[DoorPhase(tile.state or DoorPhase.LOCKED)][0]
    return "out" if not tile.point.in_service and look != "fault" else look


def _phase(tile: board_data.Tile) -> MachinePhase:
    """Return the machine's phase; out of service at once, before its box says so."""
    phase = MachinePhase(tile.state or MachinePhase.OFF)
    is_out = phase is MachinePhase.OFF and not tile.point.in_service
    return MachinePhase.OUT_OF_SERVICE if is_out else phase


def look_words() -> dict[str, str]:
    """Return the name of each style of a machine, in the order of the board."""
    texts = {
        look: machine_word(phase, translator()) for phase, (look, _icon_name) in _MACHINES.items()
    }
    texts["offline"] = _("Box offline")
    return {look: texts[look] for look in STYLE_ORDER}


def _other_reservations(
    tile: board_data.Tile, reservations: Sequence[Reservation]
) -> Sequence[Reservation]:
    """Other reservations; the user of the current one is named already."""
    name = tile.session.member_name if tile.session else None
    return [booking for booking in reservations if name is None or booking.who != name]


def _current_reservation(reservations: Sequence[Reservation], now: Utc) -> Reservation | None:
    return next((booking for booking in reservations if booking.ends_at > now), None)


def _reservation_parts(
    chip: Chip, reservations: Sequence[Reservation], now: Utc, zone: ZoneInfo
) -> tuple[Part, ...]:
    """Return the current or next reservation as text; empty: there is none."""
    if (first := _current_reservation(reservations, now)) is None:
        return ()
    name = first.course.read(current()) if first.course else first.who
    rest = (plain(name),) if name else ()
    if first.starts_at > now and chip.look == "off":
        at = moment(clock(first.starts_at, zone), first.starts_at, zone)
        return (Part(before=_("free until "), at=at), plain(_("then booked")), *rest)
    return (*_short_reservation(reservations, now, zone), *rest)


def _short_reservation(
    reservations: Sequence[Reservation], now: Utc, zone: ZoneInfo
) -> tuple[Part, ...]:
    """Return the current or next reservation in few words, without a name."""
    if (first := _current_reservation(reservations, now)) is None:
        return ()
    before, at = _("booked at "), first.starts_at
    if first.starts_at <= now:
        before, at = _("booked until "), first.ends_at
    return (time_part(before, moment(clock(at, zone), at, zone)),)


def _icon(tile: board_data.Tile) -> str:
    if tile.point.kind is PointKind.DOOR:
        is_open = tile.state in (DoorPhase.OPEN, DoorPhase.HELD, DoorPhase.FORCED)
        return "door-open" if is_open else "door-closed"
    return machine_icon(tile.point.icon)


def _door_chip(tile: board_data.Tile, now: Utc, site: Site) -> Chip:
    """Return the state of a door; if it is open to all, until when."""
    door = DoorPhase(tile.state or DoorPhase.LOCKED)
    look, icon = style_of(tile), _DOORS[door][1]
    if look == "out":
        return Chip(look="out", icon="shield-ban", word=_("Locked down"))
    word, until = door_word(door, translator()), _released_until(tile, now, site)
    if door is DoorPhase.RELEASED and until is not None:
        at = format_until(until, now, ZoneInfo(site.time_zone))
        word = pgettext("door", "Open until %(time)s", time=at)
        if is_date(at):
            word = _("Open until %(day)s", day=at)
    return Chip(look=look, icon=icon, word=word)


def _released_until(tile: board_data.Tile, now: Utc, site: Site) -> Utc | None:
    """Return until when staff or the door's public hours keep it released."""
    if tile.ends_at is not None:
        return tile.ends_at
    hours = site.schedules.get(tile.point.door.public_schedule or "")
    return schedule.closes_at(hours, site.time_zone, now) if hours else None


def _chip(tile: board_data.Tile, kinds: Mapping[str, AlarmKind], now: Utc, site: Site) -> Chip:
    if tile.state is None and _is_new(tile):
        look, icon = _MACHINES[MachinePhase.OUT_OF_SERVICE]
        return Chip(
            look=look, icon=icon, word=machine_word(MachinePhase.OUT_OF_SERVICE, translator())
        )
    if tile.state is None:
        return Chip(look="offline", icon="wifi-off", word=_("Box offline"))
    if tile.point.kind is PointKind.DOOR:
        return _door_chip(tile, now, site)
    phase = _phase(tile)
    look, icon = _MACHINES[phase]
    word = machine_word(phase, translator())
    if tile.warning and tile.ends_at is not None:
        seconds = (tile.ends_at - now).total_seconds()
        icon, word = "timer", warning_text(WarningKind.IDLE, max(0.0, seconds), translator()).title
    elif phase is MachinePhase.FAULT and tile.faults:
        word, _todo = alarms.alarm_texts(tile.faults[0], kinds)
    return Chip(look=look, icon=icon, word=word)


def _is_new(tile: board_data.Tile) -> bool:
    """Return whether it is a machine that was never put into service."""
    return tile.point.kind is PointKind.MACHINE and not tile.point.commissioned


def _user_parts(tile: board_data.Tile, chip: Chip, now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return who uses it and since when, what to do, or why it is off."""
    if chip.look == "offline":
        silent = tile.offline_since
        start = (since_part(relative(silent, now, zone)),) if silent else ()
        return (*start, plain(_("still decides on its own")))
    parts: list[Part] = []
    if tile.session is not None:
        parts.append(strong(tile.session.member_name or _("Somebody")))
    if chip.look == "out":
        parts.append(plain(_out_of_service_text(tile.point)))
    if chip.look not in ("off", "cooling") and tile.since is not None:
        parts.append(since_part(relative(tile.since, now, zone)))
    if tile.warning:
        parts.append(plain(_("tap to continue")))
    if any(fault in ON_THE_SPOT for fault in tile.faults):
        parts.append(strong(_("to be reset on the spot")))
    return tuple(parts)


def _power_text(watts: int) -> str:
    if watts < KILO:
        return _("%(n)s W", n=watts)
    return _("%(n)s kW", n=format_decimal(watts / KILO, format="0.#", locale=locale()))


def _out_of_service_text(point: AccessPoint) -> str:
    if not point.commissioned:
        return _("not commissioned yet")
    return point.service_reason or _("no reason given")


def _end_parts(tile: board_data.Tile, chip: Chip, now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return when a job, idling or cooling ends; empty for doors, and where nothing ends."""
    if tile.point.kind is PointKind.DOOR or tile.warning:
        return ()
    if chip.look == "running" and tile.print is not None:
        return print_foot(tile.print, zone)
    end = tile.foreseen_end(now)
    if end is None:
        return (plain(_("duration unknown")),) if chip.look == "running" else ()
    time = clock(end, zone)
    texts = {
        "running": _("stops at %(time)s", time=time),
        "armed": _("switches off at %(time)s", time=time),
        "cooling": _("free at %(time)s", time=time)
        if tile.point.in_service
        else _("until %(time)s, then out of service", time=time),
    }
    return (plain(texts[chip.look]),) if chip.look in texts else ()


def print_foot(progress: PrintProgress, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return how far a print has come, and when it ends."""
    share = _("%(n)s %%", n=progress.percent)
    return strong(share), plain(_("ends at %(time)s", time=clock(progress.ends_at, zone)))


def print_bar(progress: PrintProgress) -> Bar:
    """Return how far a print has come, as a bar."""
    return Bar(percent=progress.percent, label=_("%(n)s %% done", n=progress.percent))


def _progress_bar(tile: board_data.Tile, now: Utc) -> Bar | None:
    """Return how far a print or the cooling has come; nothing is drawn from a guess."""
    if tile.state == MachinePhase.RUNNING and tile.print is not None:
        return print_bar(tile.print)
    since, end = tile.since, tile.ends_at
    if tile.state != MachinePhase.COOLING or since is None or end is None or end <= since:
        return None
    whole = (end - since).total_seconds()
    left = min(whole, max(0.0, (end - now).total_seconds()))
    words = {"left": format_remaining(left), "whole": format_remaining(whole)}
    label = _("%(left)s left of %(whole)s", **words)
    return Bar(percent=round(100 * (whole - left) / whole), label=label)
