"""The health of an agent: what needs attention, as pages and jobs show it."""

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
"""An agent with at least this many unsent events needs attention."""
HOT_C = 80.0
"""An agent whose Pi has at least this temperature, in °C, needs attention."""


class IssueKind(StrEnum):
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
class HealthIssue:
    """A problem of an agent, or a fact about it, that needs attention."""

    kind: IssueKind
    at: Utc | None = None
    """`SILENT`: when it last reported; `CERTIFICATE`: when the certificate ends."""
    number: float | None = None
    """`BACKLOG`: unsent events; `DISK`: free bytes; `HOT`: °C."""
    detail: str = ""
    """`DEVICE`: the device that doesn't respond, as `point reader`; `VERSION`: the agent's
    version."""


def health_issues(agent: Agent, version: str, now: Utc) -> tuple[HealthIssue, ...]:
    """Return the issues of an agent, most urgent first; `version` is the controller's."""
    if agent.revoked_at is not None:
        return ()
    if agent.enrolled_at is None:
        return (HealthIssue(kind=IssueKind.NEW),)
    issues = [*_connection_issues(agent, version, now), *_telemetry_issues(agent.telemetry or {})]
    return tuple(sorted(issues, key=lambda issue: list(IssueKind).index(issue.kind)))


def is_troubled(telemetry: Mapping[str, Any]) -> bool:
    """Return whether the telemetry contains something that needs attention."""
    return next(_telemetry_issues(telemetry), None) is not None


def _connection_issues(agent: Agent, version: str, now: Utc) -> Iterator[HealthIssue]:
    if not agent.online:
        yield HealthIssue(kind=IssueKind.SILENT, at=agent.seen_at)
    until = agent.certificate_until
    if until is not None and until - now < CERTIFICATE_SOON:
        yield HealthIssue(kind=IssueKind.CERTIFICATE, at=until)
    if agent.program_version is not None and agent.program_version != version:
        yield HealthIssue(kind=IssueKind.VERSION, detail=agent.program_version)


def _telemetry_issues(telemetry: Mapping[str, Any]) -> Iterator[HealthIssue]:
    for device in telemetry.get("devices") or ():
        if not device.get("ok", True):
            device_name = " ".join(filter(None, (device.get("access_point"), device.get("device"))))
            yield HealthIssue(kind=IssueKind.DEVICE, detail=device_name)
    free, backlog = telemetry.get("disk_free_bytes"), telemetry.get("backlog") or 0
    if free is not None and free < DISK_LOW:
        yield HealthIssue(kind=IssueKind.DISK, number=free)
    if telemetry.get("clock_trusted") is False:
        yield HealthIssue(kind=IssueKind.CLOCK)
    if (telemetry.get("temperature_c") or 0) >= HOT_C:
        yield HealthIssue(kind=IssueKind.HOT, number=telemetry["temperature_c"])
    if backlog >= BACKLOG_MANY:
        yield HealthIssue(kind=IssueKind.BACKLOG, number=backlog)
