"""Switches an agent's outputs off after its process has died, which leaves pins as they were."""

import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from controller.settings import Settings, SettingsError
from devices.agent import sqlite
from devices.agent.hardware import PointWiring, wire_points
from devices.agent.heartbeat import Heartbeat
from devices.agent.journal.ledger import kernel_boot
from devices.agent.main import report_failure
from devices.agent.points import door_memory
from devices.agent.points.door_point import FIRE
from devices.agent.state_store import StateStore
from devices.ports import DeviceError, FailMode
from devices.registry import WiredDevice
from devices.wiring import Context, SharedResources


def outputs_off(settings: Settings) -> int:
    """Switch every power output off, and lock every fail-secure strike; then close the devices.

    Machines with `hold` stay as they are, and so do doors that a fire has released. For systemd's
    ExecStopPost. The time is stored for the next start, which reports how long power was on.
    Returns 0, or 1 if an output failed.
    """
    try:
        wirings = wire_points(settings, installed=False)
    except SettingsError as error:
        return report_failure(error)
    folder, result = Path(settings.agent.state_dir), 0
    with closing(SharedResources()) as shared:
        for wiring in wirings:
            for role in _roles(wiring, folder):
                context = Context(
                    device=f"{wiring.id}/{role}",
                    emit=lambda _: None,
                    agent=settings.agent.id or "agent",
                    pins=settings.agent.pins,
                    shared=shared,
                )
                result |= _switch_off(getattr(wiring, role), context)
    with closing(Heartbeat(folder, kernel_boot())) as heartbeat:
        heartbeat.outputs_off(time.monotonic())
    return result


def _roles(wiring: PointWiring, folder: Path) -> list[str]:
    """Return the outputs of a point that are to be switched off."""
    roles = [] if wiring.holds else ["power", "cooling"]
    strike = wiring.strike
    # Without current a fail-safe strike is released, and would only be locked at the next start.
    secure = strike is not None and strike.options.fail is FailMode.FAIL_SECURE
    if secure and not _fire_possible(wiring, folder):
        roles.append("strike")
    return [role for role in roles if getattr(wiring, role) is not None]


def _fire_possible(wiring: PointWiring, folder: Path) -> bool:
    """Return whether a fire has released this door, or this is unknown."""
    if not any(name.startswith(FIRE) for name in wiring.inputs):
        return False
    try:
        with closing(sqlite.connect(folder / "state.db")) as db:
            saved = StateStore(db).get(f"point/{wiring.id}")
    except sqlite3.Error:
        return True
    return door_memory.load(saved, has_fire_input=True).fire_latched


def _switch_off(wired: WiredDevice[Any, Any], context: Context) -> int:
    """Open an output and switch it off; returns 0, or 1 after printing an error."""
    try:
        with closing(wired.open(context)) as output, suppress(DeviceError):
            (output.lock if context.device.endswith("/strike") else output.off)()
    except DeviceError as error:
        return report_failure(error)
    return 0
