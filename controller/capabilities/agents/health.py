"""What needs attention at an agent, by its last telemetry; the same for pages and jobs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from controller.capabilities.agents.shapes import Agent
from controller.domain.time import Utc

CERTIFICATE_SOON = timedelta(days=21)
"""A certificate that ends within this time needs attention; it should have been renewed earlier."""
DISK_LOW = 500 * 1024 * 1024
"""Less free disk space than this, in bytes, needs attention."""
BACKLOG_MANY = 50
"""From this number of unsent events on, the agent needs attention."""
HOT_C = 80.0
"""From this temperature of the Pi on, in °C, the agent needs attention."""


class NeedKind(StrEnum):
    """What needs attention, the most urgent first."""

    SILENT = "silent"
    DEVICE = "device"
    CERTIFICATE = "certificate"
    DISK = "disk"
    CLOCK = "clock"
    HOT = "hot"
    BACKLOG = "backlog"
    VERSION = "version"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that needs attention."""

    kind: NeedKind
    at: Utc | None = None
    """`SILENT`: when it last reported; `CERTIFICATE`: when the certificate ends."""
    number: float | None = None
    """`BACKLOG`: unsent events; `DISK`: free bytes; `HOT`: °C."""
    detail: str = ""
    """`DEVICE`: the device that doesn't respond, as `point reader`; `VERSION`: the agent's
    version."""


def needs(agent: Agent, version: str, now: Utc) -> tuple[Need, ...]:
    """Return what needs attention, most urgent first. `version`: the controller's."""
    if agent.revoked_at is not None:
        return ()
    if agent.enrolled_at is None:
        return (Need(kind=NeedKind.NEW),)
    all_needs = [*_connection_needs(agent, version, now), *_telemetry_needs(agent.telemetry or {})]
    return tuple(sorted(all_needs, key=lambda need: list(NeedKind).index(need.kind)))


def is_troubled(telemetry: Mapping[str, Any]) -> bool:
    """Return whether the telemetry contains something that needs attention."""
    return next(_telemetry_needs(telemetry), None) is not None


def _connection_needs(agent: Agent, version: str, now: Utc) -> Iterator[Need]:
    if not agent.online:
        yield Need(kind=NeedKind.SILENT, at=agent.seen_at)
    until = agent.certificate_until
    if until is not None and until - now < CERTIFICATE_SOON:
        yield Need(kind=NeedKind.CERTIFICATE, at=until)
    if agent.program_version is not None and agent.program_version != version:
        yield Need(kind=NeedKind.VERSION, detail=agent.program_version)


def _telemetry_needs(telemetry: Mapping[str, Any]) -> Iterator[Need]:
    for device in telemetry.get("devices") or ():
        if not device.get("ok", True):
            device_name = " ".join(filter(None, (device.get("access_point"), device.get("device"))))
            yield Need(kind=NeedKind.DEVICE, detail=device_name)
    free, backlog = telemetry.get("disk_free_bytes"), telemetry.get("backlog") or 0
    if free is not None and free < DISK_LOW:
        yield Need(kind=NeedKind.DISK, number=free)
    if telemetry.get("clock_trusted") is False:
        yield Need(kind=NeedKind.CLOCK)
    if (telemetry.get("temperature_c") or 0) >= HOT_C:
        yield Need(kind=NeedKind.HOT, number=telemetry["temperature_c"])
    if backlog >= BACKLOG_MANY:
        yield Need(kind=NeedKind.BACKLOG, number=backlog)
