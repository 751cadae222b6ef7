"""Where everything of the week's place is plugged in: two agents, three doors, two machines."""

from collections.abc import Iterator
from pathlib import Path

AGENTS = ("entrance", "machines")
BOARDS = {
    "workshop-in": "entrance",
    "workshop-out": "entrance",
    "desks-in": "entrance",
    "laser": "machines",
    "printer": "machines",
}
_PINS = {"workshop-in": 17, "workshop-out": 18, "desks-in": 27, "laser": 17, "printer": 18}
_CONTACTS = {"workshop-in": 22, "workshop-out": 23, "desks-in": 25}
_FIRE_PIN = 24
FIRE = "fire-alarm"
"""The fire alarm's contact on the bench."""

_SERVE = """
[site]
id = "la-fabrique"
name = "La Fabrique"
keys = "keys"
[database]
url = "sqlite:///loquet.db"
[mqtt]
port = {broker}
ca = "keys/ca.crt"
cert = "keys/hub.crt"
key = "keys/hub.key"
broker_dir = "broker"
[web]
bind = "127.0.0.1:{web}"
public_url = "http://127.0.0.1:{web}"
secret = "keys/web.secret"
"""
_AGENT = """
[agent]
id = "{agent}"
state_dir = "state"
pins = "sim:{folder}/pins.sock"
clock = "trusted"
"""
_POINT = """
[[agent.access_point]]
id = "{point}"
kind = "{kind}"
reader = {{ driver = "em4100_serial", port = "{folder}/readers/{point}", gone_after_ms = 80 }}
indicator = {{ driver = "group", each = [{indicators}] }}
"""
_DISPLAY = '{{ driver = "display", panel = "sh1106", bus = "sim:{folder}/shown/{point}" }}'
_VOICE = '{{ driver = "speech", to = "sim:{folder}/shown/{point}" }}'

_PATIENT = "half_period_ms = 10, stale_ms = 240, hold_ms = 250"
"""As long as a dangerous machine may be left without a sign: tests share the cores."""


def write(folder: Path, *, web: int, broker: int) -> None:
    """Every configuration file, and what stands on the simulated bench."""
    for name in ("readers", "shown", "logs", *(f"shown/{point}" for point in BOARDS)):
        (folder / name).mkdir()
    (folder / "config.toml").write_text(_SERVE.format(web=web, broker=broker))
    for agent in AGENTS:
        (folder / agent).mkdir()
        points = "".join(_point(folder, point) for point in BOARDS if BOARDS[point] == agent)
        text = _AGENT.format(agent=agent, folder=folder) + points
        (folder / agent / "config.toml").write_text(text)
    (folder / "bench.toml").write_text("\n".join(_bench(folder)))


def _point(folder: Path, point: str) -> str:
    pin, where = _PINS[point], {"folder": folder, "point": point}
    shows = [_DISPLAY, _VOICE] if point == "laser" else [_DISPLAY]
    indicators = ", ".join(pattern.format(**where) for pattern in shows)
    kind = "door" if point in _CONTACTS else "machine"
    lines = [_POINT.format(kind=kind, indicators=indicators, **where)]
    if kind == "door":
        inputs = [f'contact = {{ driver = "gpio", pin = {_CONTACTS[point]}, active = "high" }}']
        if point == "workshop-in":
            inputs.append(f'fire = {{ driver = "gpio", pin = {_FIRE_PIN}, active = "high" }}')
        lines.append(f'strike = {{ driver = "gpio", pin = {pin}, fail = "fail_secure" }}')
        lines.append(f"inputs = {{ {', '.join(inputs)} }}")
    else:
        driver = f'"gpio_pulse", {_PATIENT}' if point == "laser" else '"gpio"'
        lines.append(f"power = {{ driver = {driver}, pin = {pin} }}")
        lines.append(f'meter = {{ driver = "sim", machine = "{point}" }}')
    return "\n".join(lines) + "\n"


def _bench(folder: Path) -> Iterator[str]:
    for point, board in BOARDS.items():
        yield f'[[reader]]\nname = "{point}"\nlink = "{folder}/readers/{point}"'
        pins = f'name = "{point}"\nboard = "{board}"\npin = {_PINS[point]}'
        if point in _CONTACTS:
            yield f"[[door]]\n{pins}\ncontact_pin = {_CONTACTS[point]}\nswing_s = 0.3"
        else:
            drive = "pump" if point == "laser" else "level"
            yield f'[[machine]]\n{pins}\ndrive = "{drive}"'
    yield f'[[contact]]\nname = "{FIRE}"\nboard = "entrance"\npin = {_FIRE_PIN}\nrest = 0'
