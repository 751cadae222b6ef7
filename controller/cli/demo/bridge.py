"""The demo's laser behind a microcontroller: its agent's wiring, and what stands on the bench."""

from typing import Any

from controller.cli.demo.place import WiredPoint
from devices.sim.bridge_body import ESTOP_PIN, INPUT_PINS
from firmware_bridge.codes import ESTOP_INPUT

SENSE = 0
"""The input to which the contactor's auxiliary contact is wired."""
AMPS_PER_VOLT = 30.0
"""A common clip-on transformer: 30 A give 1 V."""


def board(wired: WiredPoint) -> str:
    """The microcontroller's name on the bench."""
    return f"{wired.point.id}-mcu"


def wiring(wired: WiredPoint, port: str) -> dict[str, Any]:
    """The tables of the agent's access point."""
    common = {"driver": "bridge", "port": port}
    return {
        "power": {**common, "relay": wired.power_pin, "sense_input": SENSE},
        "meter": {**common, "adc": 0, "amps_per_volt": AMPS_PER_VOLT},
        "inputs": {"estop": {**common, "input": ESTOP_INPUT}},
    }


def bench(wired: WiredPoint, port: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The bench's tables: microcontroller, contactor with its contact, E-stop."""
    id_, name = wired.point.id, board(wired)
    bridge = {"name": name, "link": port, "adc": [id_], "amps_per_volt": AMPS_PER_VOLT}
    machine = {
        "name": id_,
        "board": name,
        "pin": wired.power_pin,
        "feedback_pin": INPUT_PINS[SENSE],
        "job_w": wired.watts,
    }
    estop = {"name": f"{id_}/estop", "board": name, "pin": ESTOP_PIN, "rest": 0}
    return ("[bridge]", bridge), ("[machine]", machine), ("[contact]", estop)
