"""Measures what the agent reports in telemetry."""

import os
from collections.abc import Sequence
from pathlib import Path

from controller.wire.messages import AgentTelemetry, DeviceHealth, FoundPlug, RunsProgram
from devices.agent.journal.ledger import Recorder

EVERY_S = 30.0
"""How often telemetry is published."""
_TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")


def measure(
    recorder: Recorder,
    *,
    backlog: int,
    policy_age_s: float | None,
    loop_lag_s: float,
    state_dir: Path,
    devices: Sequence[DeviceHealth],
    plugs: Sequence[FoundPlug] = (),
    program: RunsProgram | None = None,
) -> AgentTelemetry:
    """Return the agent's current telemetry."""
    clock = recorder.clock
    disk = os.statvfs(state_dir)
    return AgentTelemetry(
        boot_id=recorder.boot,
        at=clock.now(),
        mono_ms=int(clock.mono() * 1000),
        backlog=backlog,
        policy_age_s=policy_age_s,
        clock_trusted=clock.trusted,
        loop_lag_ms=loop_lag_s * 1000,
        disk_free_bytes=disk.f_bavail * disk.f_frsize,
        temperature_c=_temperature(),
        devices=tuple(devices),
        plugs=tuple(plugs),
        program=program,
    )


def _temperature() -> float | None:
    try:
        return int(_TEMPERATURE.read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        return None
