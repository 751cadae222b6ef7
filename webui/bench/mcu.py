"""What Bench shows of a microcontroller: its pins, called as they are printed on a Nano."""

from collections.abc import Mapping, Sequence
from typing import Any

from webui.bench.parts import Push, Signal
from webui.i18n import _

OP = "bridge"
PLUG, UNPLUG, RESET = "plug", "unplug", "reset"


def mcu_signals(mcu: Mapping[str, Any]) -> tuple[Signal, ...]:
    """The relays, the inputs, the E-stop and the session of its link."""
    held = any(mcu["relays"])
    return (
        Signal(
            name=_("Microcontroller"),
            text=_("plugged in") if mcu["plugged"] else _("unplugged"),
            on=bool(mcu["plugged"]),
        ),
        Signal(name=_("Relays A0 to A3"), text=_levels(mcu["relays"]), on=held),
        Signal(name=_("Inputs D7 to A5"), text=_levels(mcu["inputs"])),
        Signal(name=_("E-stop D6"), text=_estop(mcu)),
        Signal(name=_("Session"), text=str(mcu["session"])),
    )


def mcu_pushes(mcu: Mapping[str, Any]) -> tuple[Push, ...]:
    """Its cable and its reset button."""
    plugged = bool(mcu["plugged"])
    return (
        Push(
            text=_("Pull the cable") if plugged else _("Plug the cable in"),
            op=OP,
            value=UNPLUG if plugged else PLUG,
            grave=plugged,
        ),
        Push(text=_("Reset the microcontroller"), op=OP, value=RESET, grave=True),
    )


def mcu_of(point: str) -> str:
    """The name on the bench of the microcontroller at an access point."""
    return f"{point}-mcu"


def _levels(levels: Sequence[bool]) -> str:
    return " ".join(str(int(level)) for level in levels)


def _estop(mcu: Mapping[str, Any]) -> str:
    if mcu["estop"]:
        return _("pressed")
    return _("latched") if mcu["latched"] else _("released")
