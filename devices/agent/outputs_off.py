"""Puts an agent's outputs off after it died: a dead process leaves its pins as they were."""

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
from devices.agent.keeper import Keeper
from devices.agent.main import report_failure
from devices.agent.points import door_memory
from devices.agent.points.door_point import FIRE
from devices.ports import DeviceError, FailMode
from devices.registry import WiredDevice
from devices.wiring import Context, SharedResources


def outputs_off(settings: Settings) -> int:
    """Drive every power output to off, lock what is locked without current, and let go.

    `hold` stays as it is, and so does a door that a fire has released. Returns 0, or 1. For
    ExecStopPost; the time is left for the next start, which tells how long power lasted.
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
                result |= _off(getattr(wiring, role), context)
    with closing(Heartbeat(folder, kernel_boot())) as heartbeat:
        heartbeat.outputs_off(time.monotonic())
    return result


def _roles(wiring: PointWiring, folder: Path) -> list[str]:
    """The outputs of a point that are put off."""
    found = [] if wiring.holds else ["power", "cooling"]
    strike = wiring.strike
    # A fail-safe strike would be released by it, and locks again at the next start only.
    secure = strike is not None and strike.options.fail is FailMode.FAIL_SECURE
    if secure and not _may_burn(wiring, folder):
        found.append("strike")
    return [role for role in found if getattr(wiring, role) is not None]


def _may_burn(wiring: PointWiring, folder: Path) -> bool:
    """Whether a fire has released this door, or nobody can tell."""
    if not any(name.startswith(FIRE) for name in wiring.inputs):
        return False
    try:
        with closing(sqlite.connect(folder / "state.db")) as db:
            kept = Keeper(db).get(f"point/{wiring.id}")
    except sqlite3.Error:
        return True
    return door_memory.load(kept, has_fire_input=True).fire_latched


def _off(wired: WiredDevice[Any, Any], context: Context) -> int:
    """Opening an output puts it off; each is tried, whatever the others do."""
    try:
        with closing(wired.open(context)) as output, suppress(DeviceError):
            (output.lock if context.device.endswith("/strike") else output.off)()
    except DeviceError as error:
        return report_failure(error)
    return 0
