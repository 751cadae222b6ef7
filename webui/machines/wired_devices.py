"""What is wired to a machine's box, in words: what a driver is for, not its name."""

from collections.abc import Mapping

from controller.capabilities.machines.commissioning_plan import WiredDevices
from webui.i18n import _, pgettext


def wired_device_texts(found: WiredDevices) -> tuple[tuple[str, str], ...]:
    """Return the wired devices as pairs of what it is and how it works, then the inputs."""
    names = {
        "reader": _("Reader"),
        "power": _("Contactor"),
        "strike": _("Strike"),
        "cooling": _("Second contactor"),
        "meter": pgettext("measurement", "Meter"),
    }
    inputs = {
        "estop": _("emergency stop"),
        "interlock": _("cover"),
        "start": _("starting position"),
        "contact": _("door contact"),
        "rex": _("exit button"),
        "fire": _("fire"),
    }
    known = _driver_words()
    drivers = [
        (names[role], known.get(role, known["power"]).get(driver, driver))
        for role, driver in found.drivers.items()
    ]
    seen = ", ".join(inputs.get(name, name) for name in found.inputs)
    return (*drivers, (_("Inputs"), seen)) if seen else tuple(drivers)


def _driver_words() -> Mapping[str, Mapping[str, str]]:
    """Return what each driver of ours is; others keep their names."""
    clamp, plug = _("current clamp"), _("meter of the plug")
    return {
        "reader": {
            "rc522": "RC522",
            "pn532": "PN532",
            "em4100_serial": "RDM6300",
            "bridge": "Wiegand",
            "osdp": "OSDP",
            "keyboard_wedge": _("USB reader"),
            "line": _("serial reader"),
        },
        "power": {
            "gpio": _("relay"),
            "gpio_pulse": _("relay held by pulses"),
            "bridge": _("relay of a microcontroller"),
            "modbus": _("Modbus relay"),
            "shelly": "Shelly",
            "tasmota": "Tasmota",
        },
        "meter": {
            "ads1115": clamp,
            "bridge": clamp,
            "modbus": _("Modbus energy meter"),
            "shelly": plug,
            "tasmota": plug,
            "moonraker": "Moonraker",
            "octoprint": "OctoPrint",
            "sim": _("simulated"),
        },
    }
