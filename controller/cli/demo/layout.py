"""Where the demo's files are, and the configuration files that it writes for them."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.cli.demo.place import AGENTS, POINTS, SITE_ID, SITE_NAME, WiredPoint
from controller.cli.demo.texts import place_language
from controller.domain.facts import PointKind, Risk
from devices.sim.bridge_body import ESTOP_PIN, INPUT_PINS
from firmware_bridge.codes import ESTOP_INPUT

_LONGEST_SOCKET_PATH = 100
"""A Unix socket's path has at most 107 bytes (unix(7)); deeper folders need another location."""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    web: int
    broker: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The files under the demo's state folder."""

    state: Path
    socket: Path
    """Control socket of the simulated hardware."""
    gone_after_ms: int = 400
    """Silence after which a reader counts a card as taken away."""

    @classmethod
    def under(cls, state: Path, gone_after_ms: int = 400) -> "Layout":
        """Create the folders.

        The socket goes to a temporary folder if its path would be too long.
        """
        state = state.resolve()
        for folder in (state / "readers", state / "logs", state / "agents"):
            folder.mkdir(parents=True, exist_ok=True)
        socket = state / "pins.sock"
        if len(bytes(socket)) > _LONGEST_SOCKET_PATH:
            socket = Path(tempfile.mkdtemp(prefix="loquet-")) / "pins.sock"
        return cls(state, socket, gone_after_ms)

    @property
    def config(self) -> Path:
        """The controller's configuration."""
        return self.state / "config.toml"

    @property
    def bench(self) -> Path:
        """The configuration of the simulated bench."""
        return self.state / "bench.toml"

    def agent_config(self, agent: str) -> Path:
        """Return an agent's configuration file; its state is in the same folder."""
        return self.state / "agents" / agent / "config.toml"

    def reader(self, point: str) -> Path:
        """Return the serial device of an access point's reader."""
        return self.state / "readers" / point

    def bridge(self, point: str) -> Path:
        """Return the serial device of an access point's microcontroller."""
        return self.state / "bridges" / point

    def write(self, ports: Ports) -> None:
        """Write every configuration file."""
        self.config.write_text(self._controller(ports))
        self.bench.write_text(self._bench())
        for agent in AGENTS:
            file = self.agent_config(agent)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._agent(agent, ports))

    def _controller(self, ports: Ports) -> str:
        address = f"127.0.0.1:{ports.web}"
        return "\n".join(
            (
                _table(
                    "site", id=SITE_ID, name=SITE_NAME, keys="keys", language=str(place_language())
                ),
                _table("database", url="sqlite:///loquet.db"),
                _table(
                    "mqtt",
                    port=ports.broker,
                    ca="keys/ca.crt",
                    cert="keys/hub.crt",
                    key="keys/hub.key",
                    broker_dir="broker",
                ),
                _table(
                    "web",
                    bind=address,
                    public_url=f"http://{address}",
                    secret="keys/web.secret",  # noqa: S106  a path
                    bench_socket=str(self.socket),
                ),
                _table(
                    "spaceapi",
                    url="https://lafabrique.example",
                    logo="https://lafabrique.example/logo.png",
                    email="bonjour@lafabrique.example",
                ),
            )
        )

    def _agent(self, agent: str, ports: Ports) -> str:
        tables = [
            _table("site", id=SITE_ID, name=SITE_NAME),
            _table("mqtt", port=ports.broker),
            _table("agent", id=agent, state_dir="state", pins=f"sim:{self.socket}"),
        ]
        points = [wired for wired in POINTS if wired.point.agent == agent]
        return "\n".join(tables + [self._wiring(wired) for wired in points])

    def _wiring(self, wired: WiredPoint) -> str:
        point = wired.point
        red, green, blue = wired.led_pins
        keys: dict[str, Any] = {
            "id": point.id,
            "kind": point.kind.value,
            "reader": {
                "driver": "em4100_serial",
                "port": str(self.reader(point.id)),
                "reads": ["em", "uid"],
                "gone_after_ms": self.gone_after_ms,
            },
            "indicator": {"driver": "gpio", "red": red, "green": green, "blue": blue},
        }
        if wired.bridged:
            keys |= wiring(wired, str(self.bridge(point.id)))
        elif point.kind is PointKind.DOOR:
            keys["strike"] = {"driver": "gpio", "pin": wired.power_pin, "fail": "fail_secure"}
        else:
            driver = "gpio_pulse" if point.risk is Risk.DANGEROUS else "gpio"
            keys["power"] = {"driver": driver, "pin": wired.power_pin}
            keys["meter"] = {"driver": "sim", "machine": point.id}
        if wired.cooling_pin is not None:
            keys["cooling"] = {"driver": "gpio", "pin": wired.cooling_pin}
        if inputs := {name: _input(name, pin) for name, pin in _inputs(wired)}:
            keys["inputs"] = inputs
        return _table("[agent.access_point]", **keys)

    def _bench(self) -> str:
        tables = []
        for wired in POINTS:
            board, id_ = wired.point.agent, wired.point.id
            tables.append(_table("[reader]", name=id_, link=str(self.reader(id_))))
            if wired.bridged:
                tables_of_board = bench(wired, str(self.bridge(id_)))
                tables += [_table(header, **keys) for header, keys in tables_of_board]
            elif wired.point.kind is PointKind.DOOR:
                keys = {"contact_pin": wired.contact_pin}
                tables.append(_table("[door]", name=id_, board=board, pin=wired.power_pin, **keys))
            else:
                drive = "pump" if wired.point.risk is Risk.DANGEROUS else "level"
                tables.append(
                    _table(
                        "[machine]",
                        name=id_,
                        board=board,
                        pin=wired.power_pin,
                        drive=drive,
                        job_w=wired.watts,
                    )
                )
            tables += [
                _table(
                    "[contact]", name=f"{id_}/{name}", board=board, pin=pin, rest=int(name == "rex")
                )
                for name, pin in _inputs(wired)
                if name != "contact"
            ]
        return "\n".join(tables)


def _inputs(wired: WiredPoint) -> list[tuple[str, int]]:
    pins = (
        ("estop", wired.estop_pin),
        ("start-axe", wired.start_pin),
        ("contact", wired.contact_pin),
        ("rex", wired.exit_pin),
    )
    return [(name, pin) for name, pin in pins if pin is not None]


def _input(name: str, pin: int) -> dict[str, Any]:
    """Return an input's wiring.

    A push-button closes to ground; an E-stop and a door contact are closed at rest.
    """
    return {"driver": "gpio", "pin": pin, "active": "low" if name == "rex" else "high"}


def _table(header: str, /, **keys: Any) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in keys.items()]
    return "\n".join([f"[{header}]", *lines, ""])


def _value(value: Any) -> str:
    """Return a TOML value: text, numbers and booleans are written as in JSON."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {_value(element)}" for key, element in value.items())
        return f"{{ {inner} }}"
    return json.dumps(value, ensure_ascii=False)


# The demo's laser behind a microcontroller: its agent's wiring, and its part of the bench.

SENSE = 0
"""The input to which the contactor's auxiliary contact is wired."""
AMPS_PER_VOLT = 30.0
"""A common clip-on transformer: 30 A give 1 V."""


def board(wired: WiredPoint) -> str:
    """Return the microcontroller's name on the bench."""
    return f"{wired.point.id}-mcu"


def wiring(wired: WiredPoint, port: str) -> dict[str, Any]:
    """Return the wiring in the agent's access point."""
    common = {"driver": "bridge", "port": port}
    return {
        "power": {**common, "relay": wired.power_pin, "sense_input": SENSE},
        "meter": {**common, "adc": 0, "amps_per_volt": AMPS_PER_VOLT},
        "inputs": {"estop": {**common, "input": ESTOP_INPUT}},
    }


def bench(wired: WiredPoint, port: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the bench's tables: microcontroller, contactor with its contact, E-stop."""
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
