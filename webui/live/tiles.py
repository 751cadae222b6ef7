"""A machine or door of the board: its state as style, icon and text, who uses it, since when."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from controller.capabilities.live import board as services
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
    found: services.Tile,
    kinds: Mapping[str, AlarmKind],
    now: Utc,
    site: Site,
    kept: Sequence[Reservation] = (),
    may_command: bool = False,
) -> Tile:
    """Return the tile in the current language; `kept` are today's reservations of it."""
    zone = ZoneInfo(site.time_zone)
    chip = _chip(found, kinds, now, site)
    lines = (_who(found, chip, now, zone),)
    others = _others(found, kept)
    nothing: tuple[Action | None, tuple[Action, ...]] = (None, ())
    main, acts = actions_of(found, site, now) if may_command else nothing
    return Tile(
        id=found.point.id,
        name=name_of(found),
        icon=_icon(found),
        chip=chip,
        lines=tuple(line for line in lines if line),
        foot=_foot(found, chip, now, zone),
        power="" if found.watts is None else _power(found.watts),
        bar=_bar(found, now),
        warning=found.warning,
        next=_next(chip, others, now, zone),
        soon=_soon(others, now, zone),
        after=overrun_text(found, kept, now, site) if found.point.kind is PointKind.MACHINE else "",
        main=main,
        acts=acts,
    )


def name_of(found: services.Tile) -> str:
    """Return the name in the current language."""
    return found.point.name.read(current()) or found.point.id


def style_of(found: services.Tile) -> str:
    """Return the style, one of `STYLE_ORDER`."""
    if found.state is None:
        return "out" if _is_new(found) else "offline"
    if found.point.kind is not PointKind.DOOR:
        return _MACHINES[_phase(found)][0]
    look = _DOORS[DoorPhase(found.state or DoorPhase.LOCKED)][0]
    return "out" if not found.point.in_service and look != "fault" else look


def _phase(found: services.Tile) -> MachinePhase:
    """Return the machine's phase; out of service at once, before its box says so."""
    phase = MachinePhase(found.state or MachinePhase.OFF)
    is_out = phase is MachinePhase.OFF and not found.point.in_service
    return MachinePhase.OUT_OF_SERVICE if is_out else phase


def look_words() -> dict[str, str]:
    """Return the name of each style of a machine, in the order of the board."""
    said = {look: machine_word(phase, translator()) for phase, (look, _icon) in _MACHINES.items()}
    said["offline"] = _("Box offline")
    return {look: said[look] for look in STYLE_ORDER}


def _others(found: services.Tile, kept: Sequence[Reservation]) -> Sequence[Reservation]:
    """Other reservations; the user of the current one is named already."""
    name = found.session.member_name if found.session else None
    return [booking for booking in kept if name is None or booking.who != name]


def _first(kept: Sequence[Reservation], now: Utc) -> Reservation | None:
    return next((booking for booking in kept if booking.ends_at > now), None)


def _next(chip: Chip, kept: Sequence[Reservation], now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return the current or next reservation as text; empty: there is none."""
    if (first := _first(kept, now)) is None:
        return ()
    name = first.course.read(current()) if first.course else first.who
    rest = (plain(name),) if name else ()
    if first.starts_at > now and chip.look == "off":
        at = moment(clock(first.starts_at, zone), first.starts_at, zone)
        return (Part(before=_("free until "), at=at), plain(_("then booked")), *rest)
    return (*_soon(kept, now, zone), *rest)


def _soon(kept: Sequence[Reservation], now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return the current or next reservation in few words, without a name."""
    if (first := _first(kept, now)) is None:
        return ()
    before, at = _("booked at "), first.starts_at
    if first.starts_at <= now:
        before, at = _("booked until "), first.ends_at
    return (time_part(before, moment(clock(at, zone), at, zone)),)


def _icon(found: services.Tile) -> str:
    if found.point.kind is PointKind.DOOR:
        is_open = found.state in (DoorPhase.OPEN, DoorPhase.HELD, DoorPhase.FORCED)
        return "door-open" if is_open else "door-closed"
    return machine_icon(found.point.icon)


def _door_chip(found: services.Tile, now: Utc, site: Site) -> Chip:
    """Return the state of a door; if it is open to all, until when."""
    door = DoorPhase(found.state or DoorPhase.LOCKED)
    look, icon = style_of(found), _DOORS[door][1]
    if look == "out":
        return Chip(look="out", icon="shield-ban", word=_("Locked down"))
    word, until = door_word(door, translator()), _released_until(found, now, site)
    if door is DoorPhase.RELEASED and until is not None:
        at = format_until(until, now, ZoneInfo(site.time_zone))
        word = pgettext("door", "Open until %(time)s", time=at)
        if is_date(at):
            word = _("Open until %(day)s", day=at)
    return Chip(look=look, icon=icon, word=word)


def _released_until(found: services.Tile, now: Utc, site: Site) -> Utc | None:
    """Return until when staff or the door's public hours keep it released."""
    if found.ends_at is not None:
        return found.ends_at
    hours = site.schedules.get(found.point.door.public_schedule or "")
    return schedule.closes_at(hours, site.time_zone, now) if hours else None


def _chip(found: services.Tile, kinds: Mapping[str, AlarmKind], now: Utc, site: Site) -> Chip:
    if found.state is None and _is_new(found):
        look, icon = _MACHINES[MachinePhase.OUT_OF_SERVICE]
        return Chip(
            look=look, icon=icon, word=machine_word(MachinePhase.OUT_OF_SERVICE, translator())
        )
    if found.state is None:
        return Chip(look="offline", icon="wifi-off", word=_("Box offline"))
    if found.point.kind is PointKind.DOOR:
        return _door_chip(found, now, site)
    phase = _phase(found)
    look, icon = _MACHINES[phase]
    word = machine_word(phase, translator())
    if found.warning and found.ends_at is not None:
        seconds = (found.ends_at - now).total_seconds()
        icon, word = "timer", warning_text(WarningKind.IDLE, max(0.0, seconds), translator()).title
    elif phase is MachinePhase.FAULT and found.faults:
        word, _todo = alarms.alarm_texts(found.faults[0], kinds)
    return Chip(look=look, icon=icon, word=word)


def _is_new(found: services.Tile) -> bool:
    """Return whether it is a machine that was never put into service."""
    return found.point.kind is PointKind.MACHINE and not found.point.commissioned


def _who(found: services.Tile, chip: Chip, now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return who uses it and since when, what to do, or why it is off."""
    if chip.look == "offline":
        silent = found.offline_since
        start = (since_part(relative(silent, now, zone)),) if silent else ()
        return (*start, plain(_("still decides on its own")))
    parts: list[Part] = []
    if found.session is not None:
        parts.append(strong(found.session.member_name or _("Somebody")))
    if chip.look == "out":
        parts.append(plain(_service(found.point)))
    if chip.look not in ("off", "cooling") and found.since is not None:
        parts.append(since_part(relative(found.since, now, zone)))
    if found.warning:
        parts.append(plain(_("tap to continue")))
    if any(fault in ON_THE_SPOT for fault in found.faults):
        parts.append(strong(_("to be reset on the spot")))
    return tuple(parts)


def _power(watts: int) -> str:
    if watts < KILO:
        return _("%(n)s W", n=watts)
    return _("%(n)s kW", n=format_decimal(watts / KILO, format="0.#", locale=locale()))


def _service(point: AccessPoint) -> str:
    if not point.commissioned:
        return _("not commissioned yet")
    return point.service_reason or _("no reason given")


def _foot(found: services.Tile, chip: Chip, now: Utc, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return when a job, idling or cooling ends; empty for doors, and where nothing ends."""
    if found.point.kind is PointKind.DOOR or found.warning:
        return ()
    if chip.look == "running" and found.print is not None:
        return print_foot(found.print, zone)
    end = found.foreseen_end(now)
    if end is None:
        return (plain(_("duration unknown")),) if chip.look == "running" else ()
    time = clock(end, zone)
    said = {
        "running": _("stops at %(time)s", time=time),
        "armed": _("switches off at %(time)s", time=time),
        "cooling": _("free at %(time)s", time=time),
    }
    return (plain(said[chip.look]),) if chip.look in said else ()


def print_foot(progress: PrintProgress, zone: ZoneInfo) -> tuple[Part, ...]:
    """Return how far a print has come, and when it ends."""
    share = _("%(n)s %%", n=progress.percent)
    return strong(share), plain(_("ends at %(time)s", time=clock(progress.ends_at, zone)))


def print_bar(progress: PrintProgress) -> Bar:
    """Return how far a print has come, as a bar."""
    return Bar(percent=progress.percent, label=_("%(n)s %% done", n=progress.percent))


def _bar(found: services.Tile, now: Utc) -> Bar | None:
    """Return how far a print or the cooling has come; nothing is drawn from a guess."""
    if found.state == MachinePhase.RUNNING and found.print is not None:
        return print_bar(found.print)
    since, end = found.since, found.ends_at
    if found.state != MachinePhase.COOLING or since is None or end is None or end <= since:
        return None
    whole = (end - since).total_seconds()
    left = min(whole, max(0.0, (end - now).total_seconds()))
    words = {"left": format_remaining(left), "whole": format_remaining(whole)}
    label = _("%(left)s left of %(whole)s", **words)
    return Bar(percent=round(100 * (whole - left) / whole), label=label)
