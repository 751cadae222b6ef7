"""Set up a simulated reader and relay, for a first tap before anything is soldered."""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.rights import write_rights_of
from controller.cli.installing.steps import Step, WriteFile
from controller.settings import AccessPointSettings, Device
from controller.settings.reading import load

UNIT = "loquet-simulated.service"
_LONGEST_SOCKET = 100
"""A Unix socket's path has at most 107 bytes (unix(7))."""
_POWER, _STRIKE = 17, 18
_UNIT = """\
[Unit]
Description=Loquet: a simulated reader and relay
Before=loquet-agent.service
RequiresMountsFor={folder}

[Service]
User=loquet
Group=loquet
ExecStart={command}
Restart=always
RestartSec=1
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={folder}
ProtectHome=yes

[Install]
WantedBy=multi-user.target
"""


def steps(layout: Layout, manifest: Manifest) -> Iterator[Step]:
    """Yield the step that installs the unit, unless a package has brought it."""
    if not layout.packaged(UNIT):
        text = _UNIT.format(command=command(layout), folder=_folder(layout))
        yield WriteFile(layout.units / UNIT, text, manifest)


def command(layout: Layout) -> str:
    """Return the command that simulates the hardware."""
    bench = _folder(layout) / "bench.toml"
    return f"{sys.executable} -m devices.sim.pins --socket {_socket(layout)} --bench {bench}"


def prepare(
    layout: Layout, agent: str, points: list[AccessPointSettings]
) -> list[AccessPointSettings]:
    """Write the bench's configuration and have the agent use it.

    Returns the wiring of its points.
    """
    folder = _folder(layout)
    text = "\n".join(_bench_tables(folder, agent, point) for point in points)
    with write_rights_of(layout.user, layout.config):
        for needed in (folder, _socket(layout).parent):
            needed.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "bench.toml").write_text(text)
        _use(layout.config, f"sim:{_socket(layout)}")
    return [_simulated_wiring(folder, point) for point in points]


def _folder(layout: Layout) -> Path:
    return layout.state / "var/simulated"


def _socket(layout: Layout) -> Path:
    socket = _folder(layout) / "pins.sock"
    if len(bytes(socket)) <= _LONGEST_SOCKET:
        return socket
    return Path("/tmp") / f"loquet-{hashlib.sha256(bytes(socket)).hexdigest()[:12]}" / "pins.sock"  # noqa: S108  mode 0700


def _simulated_wiring(folder: Path, point: AccessPointSettings) -> AccessPointSettings:
    port = str(folder / point.id)
    reader: Device = {"driver": "em4100_serial", "port": port, "reads": ["em", "uid"]}
    output: dict[str, Any] = {"strike": {"driver": "gpio", "pin": _STRIKE, "fail": "fail_secure"}}
    if point.kind == "machine":
        driver = "gpio_pulse" if _is_pulse(point) else "gpio"
        output = {"power": {"driver": driver, "pin": _POWER}}
    return AccessPointSettings(id=point.id, kind=point.kind, reader=reader, **output)


def _bench_tables(folder: Path, agent: str, point: AccessPointSettings) -> str:
    lines = [*_table("reader", name=point.id, link=str(folder / point.id))]
    if point.kind == "door":
        lines += _table("door", name=point.id, board=agent, pin=_STRIKE)
    else:
        drive = "pump" if _is_pulse(point) else "level"
        lines += _table("machine", name=point.id, board=agent, pin=_POWER, drive=drive)
    return "\n".join(lines)


def _is_pulse(point: AccessPointSettings) -> bool:
    return (point.power or {}).get("driver") == "gpio_pulse"


def _table(kind: str, **keys: str | int) -> list[str]:
    return [f"[[{kind}]]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items()), ""]


def _use(config: Path, pins: str) -> None:
    """Write `pins` into the table [agent] of the file, which keeps its owner."""
    text = config.read_text(encoding="utf-8")
    line = f"pins = {json.dumps(pins)}"
    lines = [line if part.startswith("pins = ") else part for part in text.splitlines()]
    if line not in lines:
        at = lines.index("[agent]") + 1 if "[agent]" in lines else len(lines)
        lines[at:at] = [line] if at < len(lines) or "[agent]" in lines else ["[agent]", line]
    config.write_text("\n".join([*lines, ""]), encoding="utf-8")
    load(config)
