"""What the *Bench* page shows: readers to tap, signals to watch, buttons to press."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.capabilities.badges.demo_badges import BenchBadge
from controller.capabilities.journal.shapes import Event
from controller.domain.access.decision import DenyReason
from controller.domain.facts import Site
from controller.domain.locale.decision_context import TITLES
from webui.i18n import _, current, pgettext, translator
from webui.live.views import Tile
from webui.parts import Chip, Option

# The parts of a station.


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A pin or a meter: its value as text, and whether it is on."""

    name: str
    text: str
    on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button that posts `op` and `value`, with its state."""

    text: str
    op: str
    value: str
    pressed: bool | None = None
    """None: the button does something once and has no state."""
    grave: bool = False


ESTOP = "estop"
START = "start-axe"
REX = "rex"
"""Roles of contacts, as the demo names them: `laser-1/estop`, `laser-1/start-axe`, `door-1/rex`."""
FIRST_BADGES = 8
"""How many badges are offered first."""
GRANTED, DENIED = "access_granted", "access_denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """An access point with its reader, signals and buttons."""

    id: str
    name: str
    icon: str
    chip: Chip
    """The state that Live shows."""
    reader: bool
    last: str | None = None
    """The decision of the last tap within a minute; None: there was none."""
    signals: tuple[Signal, ...] = ()
    pushes: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPage:
    """The whole bench; `people` are the badges of the demo's people, `near` those offered first."""

    stations: tuple[Station, ...]
    people: tuple[Option, ...] = ()
    near: tuple[Option, ...] = ()
    day: str = ""
    """State of the script that plays a day: `plays` or `paused`; empty: there is none."""


def bench_page(
    tiles: Sequence[Tile],
    state: Mapping[str, Any],
    badges: Sequence[BenchBadge],
    last: Mapping[str, Event],
    site: Site,
) -> BenchPage:
    """Return the bench, from Live's tiles and the state of the simulated hardware.

    `last` is the event of the last tap, by access point.
    """
    near = tuple(Option(value=badge.value, text=badge.name) for badge in badges[:FIRST_BADGES])
    by_name = sorted(badges, key=lambda badge: badge.name.casefold())
    people = tuple(
        Option(value=badge.value, text=f"{badge.name} · {badge.value}") for badge in by_name
    )
    stations = tuple(_station(tile, state, last.get(tile.id), site) for tile in tiles)
    return BenchPage(stations=stations, people=people, near=near, day=state["day"])


def _station(tile: Tile, state: Mapping[str, Any], last: Event | None, site: Site) -> Station:
    machine = state["machines"].get(tile.id)
    mcu = None if machine is None else state["bridges"].get(machine["board"])
    door = state["doors"].get(tile.id)
    signals: tuple[Signal, ...] = ()
    pushes: tuple[Button, ...] = ()
    if machine is not None:
        signals, pushes = _machine_signals(machine), _machine_buttons(machine)
        if mcu is not None:
            signals, pushes = (*signals[1:], *mcu_signals(mcu)), (*pushes, *mcu_pushes(mcu))
    elif door is not None:
        signals, pushes = _door_signals(door), _door_buttons(door)
    return Station(
        id=tile.id,
        name=tile.name,
        icon=tile.icon,
        chip=tile.chip,
        reader=bool(state["readers"].get(tile.id, {}).get("plugged")),
        last=None if last is None else _answer(last, site),
        signals=signals,
        pushes=(*pushes, *_contact_buttons(tile.id, state["contacts"])),
    )


def _answer(event: Event, site: Site) -> str:
    if event.type == GRANTED:
        return _("Last tap: granted")
    reason = str(event.data.get("reason"))
    is_known = reason in tuple(DenyReason)
    title = translator().say(TITLES[DenyReason(reason)]) if is_known else reason
    missing = ", ".join(_missing(event.data.get("detail"), site))
    why = f"{title} ({missing})" if missing else title
    return _("Last tap: denied. %(reason)s", reason=why)


def _missing(detail: object, site: Site) -> Iterator[str]:
    """Yield the names of the certifications that are missing according to the denial."""
    groups = detail.get("certifications", ()) if isinstance(detail, dict) else ()
    for key in (key for group in groups for key in group):
        certification = site.certifications.get(key)
        yield certification.name.read(current()) if certification else str(key)


def _machine_signals(machine: Mapping[str, Any]) -> tuple[Signal, ...]:
    closed, watts, pump = machine["closed"], machine["meter"], machine["pump"]
    power = Signal(name=_("Contactor"), text=_("closed") if closed else _("open"), on=closed)
    if pump is not None:
        pulses = _("pulses") if pump else _("no pulse")
        power_pin = Signal(name=_("Pin %(pin)s", pin=machine["pin"]), text=pulses, on=pump)
    else:
        power_pin = Signal(
            name=_("Pin %(pin)s", pin=machine["pin"]), text="1" if closed else "0", on=closed
        )
    text = _("silent") if watts is None else _("%(n).0f W", n=watts)
    return power_pin, power, Signal(name=_("Meter"), text=text)


def _machine_buttons(machine: Mapping[str, Any]) -> tuple[Button, ...]:
    job = bool(machine["job"])
    return (Button(text=_("Job running"), op="job", value="stop" if job else "start", pressed=job),)


def _door_signals(door: Mapping[str, Any]) -> tuple[Signal, ...]:
    released, is_open = door["released"], door["open"]
    strike = pgettext("strike", "released") if released else _("locked")
    return (
        Signal(name=_("Strike"), text=strike, on=released),
        Signal(
            name=_("Contact"),
            text=pgettext("door", "open")
            if is_open
            else pgettext("door or organisation", "closed"),
            on=is_open,
        ),
    )


def _door_buttons(door: Mapping[str, Any]) -> tuple[Button, ...]:
    if door["open"]:
        return (Button(text=_("Close the door"), op="door", value="close"),)
    return (
        Button(text=_("Walk through"), op="door", value="open"),
        Button(text=_("Prop open"), op="door", value="hang"),
        Button(text=_("Force"), op="door", value="force"),
    )


def _contact_buttons(point: str, contacts: Mapping[str, bool]) -> tuple[Button, ...]:
    pushes = []
    for name, pressed in contacts.items():
        owner, _slash, role = name.rpartition("/")
        if owner != point:
            continue
        if role == REX:
            pushes.append(Button(text=_("Exit button"), op="rex", value="press"))
        else:
            text = {ESTOP: _("Emergency stop"), START: _("Start button")}.get(role, role)
            value = "release" if pressed else "press"
            pushes.append(
                Button(text=text, op=role, value=value, pressed=pressed, grave=role == ESTOP)
            )
    return tuple(pushes)


# What Bench shows of a microcontroller; pins are named as printed on an Arduino Nano.

BRIDGE_OP = "bridge"
PLUG, UNPLUG, RESET = "plug", "unplug", "reset"


def mcu_signals(mcu: Mapping[str, Any]) -> tuple[Signal, ...]:
    """Return the state of its cable, relays, inputs and E-stop, and the number of its session."""
    is_closed = any(mcu["relays"])
    return (
        Signal(
            name=_("Microcontroller"),
            text=_("plugged in") if mcu["plugged"] else _("unplugged"),
            on=bool(mcu["plugged"]),
        ),
        Signal(name=_("Relays A0 to A3"), text=_levels_text(mcu["relays"]), on=is_closed),
        Signal(name=_("Inputs D7 to A5"), text=_levels_text(mcu["inputs"])),
        Signal(name=_("E-stop D6"), text=_estop(mcu)),
        Signal(name=_("Session"), text=str(mcu["session"])),
    )


def mcu_pushes(mcu: Mapping[str, Any]) -> tuple[Button, ...]:
    """Return the buttons for its cable and its reset."""
    plugged = bool(mcu["plugged"])
    return (
        Button(
            text=_("Pull the cable") if plugged else _("Plug the cable in"),
            op=BRIDGE_OP,
            value=UNPLUG if plugged else PLUG,
        ),
        Button(text=_("Reset the microcontroller"), op=BRIDGE_OP, value=RESET),
    )


def _levels_text(levels: Sequence[bool]) -> str:
    return " ".join(str(int(level)) for level in levels)


def _estop(mcu: Mapping[str, Any]) -> str:
    if mcu["estop"]:
        return _("pressed")
    return _("latched") if mcu["latched"] else _("released")
