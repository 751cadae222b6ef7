"""The devices wired to a machine's box, named by their purpose instead of their driver."""

from collections.abc import Mapping

from controller.capabilities.machines.commissioning_plan import WiredDevices
from webui.i18n import _, pgettext


def wired_device_texts(devices: WiredDevices) -> tuple[tuple[str, str], ...]:
    """Return the wired devices as pairs of device and driver text, then the inputs."""
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
    driver_texts = _driver_words()
    drivers = [
        (names[role], driver_texts.get(role, driver_texts["power"]).get(driver, driver))
        for role, driver in devices.drivers.items()
    ]
    input_names = ", ".join(inputs.get(name, name) for name in devices.inputs)
    return (*drivers, (_("Inputs"), input_names)) if input_names else tuple(drivers)


def _driver_words() -> Mapping[str, Mapping[str, str]]:
    """Return the text of each of our drivers; other drivers are shown by name."""
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
